#include "cef/task/runner_install.hpp"

#include <algorithm>
#include <sstream>

#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr unsigned k_package_mode = 0644;

/// "architecture", then what cef says of itself, if it is there.
Result<void> ask(const Host& host, RunnerInstallReport& report, std::string& version) {
  const auto answer = host.run(
      "command -v dpkg >/dev/null || { echo 'the host has no dpkg: cef is packaged for Debian' >&2; exit 3; }\n"
      "dpkg --print-architecture\ncef --version 2>/dev/null || true");
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    return fail(script_error("asking for cef", *answer));
  }
  std::istringstream lines(answer->out);
  std::string name;
  std::getline(lines, report.architecture);
  version.clear();
  lines >> name >> version;
  return {};
}

Result<std::filesystem::path> package_for(const std::string& architecture, const RunnerInstallOptions& options) {
  for (const auto& file : options.packages) {
    if (architecture_of_package(file) == architecture) {
      return file;
    }
  }
  return fail(ErrorCode::host_failed, "there is no package cef_" CEF_VERSION "_" + architecture +
                                          ".deb; build it on such a machine with 'cmake --build --preset release "
                                          "--target package' and name it with --package");
}

/// Sent to a folder of its own in /tmp, which goes away whatever happens. The folder is the login user's, who sends.
Result<void> put_there(const Host& host, const std::filesystem::path& package, const RunnerInstallOptions& options) {
  const Host login(host.connection(), {}, host.deadline(), host.stop());
  const auto made = login.run("mktemp -d /tmp/cef-package.XXXXXX");
  if (!made || made->exit_status != 0) {
    return fail(made ? script_error("making a temporary folder", *made) : made.error());
  }
  const std::string folder = last_line(made->out);
  const std::string file = folder + "/" + package.filename().string();
  const std::string quoted = core::shell_quote(file);
  const auto clean = [&] { static_cast<void>(login.run("rm -rf -- " + core::shell_quote(folder))); };
  if (auto sent = host.connection().upload(package, file, k_package_mode, options.transfer_deadline, host.stop());
      !sent) {
    clean();
    return sent;
  }
  const auto installed = host.run_as_root(
      "chmod 755 " + core::shell_quote(folder) + "\n[ \"$(dpkg-deb -f " + quoted + " Package)\" = cef ] || { echo " +
      core::shell_quote(package.filename().string() + " is not a package of cef") +
      " >&2; exit 3; }\n"
      "export DEBIAN_FRONTEND=noninteractive\n"
      "apt-get install -y -q --reinstall --allow-downgrades --no-install-recommends -o Dpkg::Lock::Timeout=60 " +
      quoted +
      " 2>&1 >/dev/null || { s=$?; apt-get update -q >/dev/null 2>&1; apt-get install -y -q --reinstall "
      "--allow-downgrades --no-install-recommends -o Dpkg::Lock::Timeout=60 " +
      quoted + " >&2 || exit $s; }");
  clean();
  if (!installed) {
    return fail(installed.error());
  }
  return installed->exit_status == 0 ? Result<void>() : fail(script_error("installing cef", *installed));
}

}  // namespace

std::string architecture_of_package(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  const std::size_t line = name.rfind('_');
  const std::size_t end = name.rfind(".deb");
  return name.rfind("cef_", 0) == 0 && line != std::string::npos && end != std::string::npos && end > line &&
                 end + 4 == name.size()
             ? name.substr(line + 1, end - line - 1)
             : std::string();
}

Result<void> install_runner(const Host& host, const RunnerInstallOptions& options, bool check,
                            RunnerInstallReport& report) {
  if (auto asked = ask(host, report, report.version_before); !asked) {
    return asked;
  }
  report.version = report.version_before;
  if (report.version == CEF_VERSION && !options.reinstall) {
    return {};
  }
  const auto package = package_for(report.architecture, options);
  if (!package) {
    return fail(package.error());
  }
  report.package = package->filename().string();
  if (check) {
    report.changed = true;
    report.version = CEF_VERSION;
    return {};
  }
  if (auto put = put_there(host, *package, options); !put) {
    return put;
  }
  report.changed = true;
  if (auto asked = ask(host, report, report.version); !asked) {
    return asked;
  }
  if (report.version != CEF_VERSION) {
    return fail(ErrorCode::host_failed, report.package + " was installed, but 'cef --version' says " +
                                            (report.version.empty() ? "nothing" : report.version) +
                                            ", not " CEF_VERSION "; another cef may stand before it in PATH");
  }
  return {};
}

}  // namespace cef::task
