#include <map>
#include <sstream>

#include "cef/core/shell.hpp"
#include "cef/task/apt.hpp"
#include "cef/task/docker.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::shell_quote;

namespace {

using Facts = std::map<std::string, std::string>;

/// As the login user, whoever become is: who that is must be known.
Result<Facts> ask(const Host& host, const std::string& user) {
  const std::string script =
      "LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH\nlogin=" + shell_quote(user) + R"X(
[ -n "$login" ] || login=$(id -un)
echo "user=$login"; echo "uid=$(id -u -- "$login" 2>/dev/null)"; echo "groups= $(id -nG -- "$login" 2>/dev/null) "
echo "client=$(docker --version 2>/dev/null)"; echo "daemon=$(command -v dockerd 2>/dev/null)"
[ -d /run/systemd/system ] && echo systemd=yes
echo "active=$(systemctl is-active docker.service 2>/dev/null)"
echo "enabled=$(systemctl is-enabled docker.service 2>/dev/null)"
echo end=yes)X";
  ssh::ExecRequest request;
  request.command = "exec sh -c " + shell_quote(script);
  request.deadline = host.deadline();
  const auto answer = host.connection().exec(request, host.stop());
  if (!answer) {
    return fail(answer.error());
  }
  Facts facts;
  std::istringstream lines(answer->out);
  for (std::string line; std::getline(lines, line);) {
    if (const std::size_t equals = line.find('='); equals != std::string::npos) {
      facts[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  if (!facts.contains("end")) {
    return fail(script_error("asking for docker", *answer));
  }
  return facts;
}

bool is_installed(Facts& facts) {
  return !probe::parse_docker_version(facts["client"]).empty() && !facts["daemon"].empty();
}

bool is_started(Facts& facts) {
  return facts["systemd"] != "yes" || (facts["active"] == "active" && facts["enabled"] == "enabled");
}

/// The script goes over stdin into a file that only root can read, and runs only when all of it came.
Result<void> run_script(const Host& host, const std::string& text, DockerInstallReport& report) {
  const std::string script =
      "umask 077\ndir=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$dir\"' EXIT; trap 'exit 143' HUP INT TERM\n"
      "cat >\"$dir/script\" || exit 1\n[ \"$(wc -c <\"$dir/script\")\" -eq " +
      std::to_string(text.size()) +
      " ] || { echo 'the script did not come whole' >&2; exit 1; }\numask 022\nsh \"$dir/script\" </dev/null 2>&1";
  const auto done = host.run_as_root(script, text);
  if (!done) {
    return fail(done.error());
  }
  report.changed = true;  // also by one that fails on its way
  report.output = done->out;
  if (done->exit_status != 0) {
    return fail(script_error("the script", *done));
  }
  return {};
}

Result<void> install(const Host& host, const DockerInstallOptions& options, DockerInstallReport& report) {
  report.method = options.script ? "script" : "package";
  if (options.script && options.check) {
    report.changed = true;
    return {};
  }
  if (options.script) {
    auto ran = run_script(host, *options.script, report);
    report.installed = ran.has_value();
    return ran;
  }
  AptOptions packages;
  packages.action = AptAction::install;
  packages.packages = {"docker.io", "iptables"};
  packages.check = options.check;
  AptReport done;
  const auto installed = apt(host, packages, done);
  report.packages = done.packages;
  report.changed = done.changed;
  report.installed = done.changed && !options.check;
  return installed;
}

Result<void> start(const Host& host) {
  const auto done = host.run_as_root(
      "systemctl enable --now docker.service 2>&1 && exit\n"
      "journalctl --no-pager -q -o cat -n 20 -u docker.service 2>/dev/null | grep -i 'fail' | tail -n 1\nexit 1");
  if (!done) {
    return fail(done.error());
  }
  return done->exit_status == 0 ? Result<void>() : fail(script_error("starting docker", *done));
}

Result<void> add_user(const Host& host, const std::string& user) {
  const auto done = host.run_as_root(
      "PATH=$PATH:/usr/sbin:/sbin\ngetent group docker >/dev/null || groupadd --system docker || exit\n"
      "usermod -aG docker -- " +
      shell_quote(user));
  if (!done) {
    return fail(done.error());
  }
  return done->exit_status == 0 ? Result<void>() : fail(script_error("putting " + user + " into group docker", *done));
}

/// What is missing is done, or in a check said.
Result<void> complete(const Host& host, const DockerInstallOptions& options, Facts& facts,
                      DockerInstallReport& report) {
  if (!is_started(facts)) {
    if (!options.check) {
      if (auto started = start(host); !started) {
        return started;
      }
    }
    report.started = !options.check;
    report.changed = true;
  }
  const bool member = facts["uid"] == "0" || facts["groups"].find(" docker ") != std::string::npos;
  if (options.add_user && !member) {
    if (!options.check) {
      if (auto added = add_user(host, report.user); !added) {
        return added;
      }
    }
    report.user_added = !options.check;
    report.changed = true;
  }
  return {};
}

}  // namespace

Result<void> docker_install(const Host& host, const DockerInstallOptions& options, DockerInstallReport& report) {
  auto facts = ask(host, options.user);
  if (!facts) {
    return fail(facts.error());
  }
  report.method = "none";
  report.user = (*facts)["user"];
  report.version_before = report.version_after = probe::parse_docker_version((*facts)["client"]);
  if (options.add_user && (*facts)["uid"].empty()) {
    return fail(ErrorCode::host_failed, "there is no user " + report.user + " on this host");
  }
  if (!is_installed(*facts)) {
    if (auto installed = install(host, options, report); !installed) {
      return installed;
    }
    if (!options.check) {
      if (facts = ask(host, options.user); !facts) {
        return fail(facts.error());
      }
      report.version_after = probe::parse_docker_version((*facts)["client"]);
      if (!is_installed(*facts)) {
        return fail(ErrorCode::host_failed, "the installation ended well, but there is no docker on the host");
      }
    }
  }
  return complete(host, options, *facts, report);
}

}  // namespace cef::task
