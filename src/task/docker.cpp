#include "cef/task/docker.hpp"

#include <algorithm>
#include <sstream>

#include "cef/core/shell.hpp"
#include "docker_shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::shell_quote;

namespace {

std::string inspect_state(const std::string& container) {
  return "cef_ask container inspect --format '{{.State.Status}}' -- " + shell_quote(container);
}

Result<void> keep(Result<DockerScript::Answer> answer, DockerProgramReport& report) {
  if (!answer) {
    return fail(answer.error());
  }
  report.program.result = std::move(answer->result);
  report.program.ran = true;
  return {};
}

}  // namespace

bool is_docker_name(const std::string& name) noexcept {
  return !name.empty() && name.size() <= 512 && name.front() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/@") ==
             std::string::npos;
}

Result<void> docker_status(const Host& host, DockerStatusReport& report) {
  const auto answer = DockerScript(host, probe::docker_fragment()).run();
  if (!answer) {
    return fail(answer.error());
  }
  auto facts = probe::parse_docker(answer->result.out);
  if (!facts) {
    return fail(facts.error());
  }
  report.facts = std::move(*facts);
  if (report.facts.state == probe::DockerState::down) {
    return fail(ErrorCode::host_failed, report.facts.reason);
  }
  return {};
}

Result<void> docker_exec(const Host& host, const std::string& container, const std::vector<std::string>& command,
                         DockerProgramReport& report) {
  const std::string name = shell_quote(container);
  const DockerScript script(host, "state=$(" + inspect_state(container) +
                                      ") || exit\n"
                                      "[ \"$state\" = running ] || cef_no \"the container \"" +
                                      name + "\" does not run: it is $state\"\nexec docker exec -- " + name + " " +
                                      core::shell_join(command) + " </dev/null");
  if (auto kept = keep(script.run(), report); !kept) {
    return kept;
  }
  return judge_program(report.program);
}

Result<void> docker_logs(const Host& host, const DockerLogsOptions& options, DockerProgramReport& report) {
  std::string line = inspect_state(options.container) + " >/dev/null || exit\nexec docker logs";
  if (options.tail) {
    line += " --tail " + std::to_string(*options.tail);
  }
  if (options.since) {
    line += " --since " + std::to_string(std::chrono::ceil<std::chrono::seconds>(*options.since).count()) + "s";
  }
  if (auto kept = keep(DockerScript(host, line + " -- " + shell_quote(options.container)).run(), report); !kept) {
    return kept;
  }
  const auto& result = report.program.result;
  return result.exit_status == 0 ? Result<void>() : fail(ErrorCode::host_failed, probe::docker_reason(result.err));
}

Result<void> docker_ps(const Host& host, bool all, DockerPsReport& report) {
  const DockerScript script(host, std::string("cef_ask ps ") + (all ? "-a " : "") + "--no-trunc --format '{{json .}}'");
  const auto answer = script.run();
  if (!answer) {
    return fail(answer.error());
  }
  auto containers = probe::parse_docker_ps(answer->result.out);
  if (!containers) {
    return fail(containers.error());
  }
  report.containers = std::move(*containers);
  return {};
}

Result<void> docker_stop(const Host& host, const std::vector<std::string>& containers, bool check,
                         DockerStopReport& report) {
  std::string body = "stop=\n";
  for (const auto& name : containers) {
    body += "state=$(" + inspect_state(name) + ") || exit; printf 'before %s %s\\n' " + shell_quote(name) +
            " \"$state\"\ncase $state in running|paused|restarting) stop=\"$stop \"" + shell_quote(name) + " ;; esac\n";
  }
  // The names are of letters, digits and ._-:/@ alone, so $stop may be split.
  body +=
      std::string("[ -n \"$stop\" ] || exit 0\n") + (check ? "exit 0\n" : "cef_ask stop -- $stop >/dev/null || exit\n");
  body +=
      "for name in $stop; do state=$(docker container inspect --format '{{.State.Status}}' -- \"$name\" "
      "2>/dev/null) || state=removed; printf 'after %s %s\\n' \"$name\" \"$state\"; done\n";
  const auto answer = DockerScript(host, body).run();
  if (!answer) {
    return fail(answer.error());
  }
  std::istringstream lines(answer->result.out);
  for (std::string when, name, state; lines >> when >> name >> state;) {
    if (when == "before") {
      report.containers.push_back({name, state, state});
      report.changed = report.changed || state == "running" || state == "paused" || state == "restarting";
      continue;
    }
    for (auto& one : report.containers) {
      one.after = one.name == name ? state : one.after;
    }
  }
  for (const auto& one : report.containers) {
    if (!check && (one.after == "running" || one.after == "restarting")) {
      return fail(ErrorCode::host_failed, "the container " + one.name + " still runs");
    }
  }
  return {};
}

}  // namespace cef::task
