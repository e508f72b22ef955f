#include "cef/operation/docker.hpp"

#include <cstdlib>
#include <sstream>

#include "cef/core/file.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr core::Bytes k_script_cap = core::operator""_MiB(16);
constexpr core::Bytes k_environment_cap = core::operator""_MiB(1);

Result<void> check_container(const std::string& name) {
  if (!task::is_docker_name(name)) {
    return fail(ErrorCode::usage, "'" + name + "' is not a name of a container");
  }
  return {};
}

/// KEY=VALUE, or KEY with its value from the environment.
Result<std::string> variable_line(const std::string& text, const std::string& where) {
  const std::string key = text.substr(0, text.find('='));
  if (key.empty() || key.find_first_of(" \t#") != std::string::npos) {
    return fail(ErrorCode::usage, where + ": not a variable; write KEY=VALUE");
  }
  std::string line = text;
  if (text.find('=') == std::string::npos) {
    const char* value = std::getenv(key.c_str());
    if (value == nullptr) {
      return fail(ErrorCode::usage, where + ": " + key + " has no value here; export it or write " + key + "=VALUE");
    }
    line = key + "=" + value;
  }
  if (line.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) {
    return fail(ErrorCode::usage, where + ": the value of " + key + " has more than one line; docker cannot take that");
  }
  return line + "\n";
}

Result<std::string> read_script(const std::filesystem::path& path) {
  auto text = core::read_file(path, k_script_cap);
  if (!text) {
    return fail(ErrorCode::usage, text.error().message);
  }
  if (text->empty()) {
    return fail(ErrorCode::usage, path.string() + " is empty");
  }
  return text;
}

}  // namespace

Result<std::optional<core::Secret>> read_environment(const std::vector<std::string>& variables,
                                                     const std::vector<std::filesystem::path>& files) {
  std::string all;
  for (const auto& file : files) {
    const auto text = core::read_file(file, k_environment_cap);
    if (!text) {
      return fail(ErrorCode::usage, text.error().message);
    }
    std::istringstream lines(*text);
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') {
        continue;
      }
      const auto one = variable_line(line, file.string() + ":" + std::to_string(number));
      if (!one) {
        return fail(one.error());
      }
      all += *one;
    }
  }
  for (const auto& variable : variables) {
    const auto one = variable_line(variable, "--env");
    if (!one) {
      return fail(one.error());
    }
    all += *one;
  }
  return all.empty() ? std::optional<core::Secret>() : core::Secret(std::move(all));
}

Result<FleetResult<DockerStatusHost>> docker_status(const FleetOptions& options,
                                                    const FleetEvents<DockerStatusHost>& events,
                                                    const core::StopToken& stop) {
  return over_task_hosts<task::DockerStatusReport>(
      options, events, stop, [](const task::Host& host, auto& report) { return task::docker_status(host, report); });
}

Result<FleetResult<DockerInstallHost>> docker_install(const DockerInstallOptions& options,
                                                      const FleetEvents<DockerInstallHost>& events,
                                                      const core::StopToken& stop) {
  task::DockerInstallOptions one{std::nullopt, options.add_user || !options.user.empty(), options.user,
                                 options.fleet.check};
  if (options.script) {
    auto text = read_script(*options.script);
    if (!text) {
      return fail(text.error());
    }
    one.script = std::move(*text);
  }
  if (!options.user.empty() && !task::is_docker_name(options.user)) {
    return fail(ErrorCode::usage, "'" + options.user + "' is not a name of a user");
  }
  return over_task_hosts<task::DockerInstallReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, auto& report) { return task::docker_install(host, one, report); });
}

Result<FleetResult<DockerBuildHost>> docker_build(const DockerBuildOptions& options,
                                                  const FleetEvents<DockerBuildHost>& events,
                                                  const core::StopToken& stop) {
  if (int{!options.model.empty()} + int{!options.directory.empty()} + int{options.context.has_value()} != 1) {
    return fail(ErrorCode::usage, "what is to be built? give one of --model, --dir and --context");
  }
  task::DockerBuildOptions one{options.tag,       options.model, options.dest,
                               options.directory, std::nullopt,  options.fleet.check};
  if (options.context) {
    auto context = task::DockerContext::scan(*options.context);
    if (!context) {
      return fail(context.error());
    }
    one.context = std::move(*context);
  }
  if (auto good = task::check(one); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::DockerBuildReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, auto& report) { return task::docker_build(host, one, report); });
}

Result<FleetResult<DockerRunHost>> docker_run(const DockerRunOptions& options, const FleetEvents<DockerRunHost>& events,
                                              const core::StopToken& stop) {
  task::DockerRunOptions one = options.run;
  one.check = options.fleet.check;
  auto environment = read_environment(options.environment, options.environment_files);
  if (!environment) {
    return fail(environment.error());
  }
  one.environment = std::move(*environment);
  if (auto good = task::check(one); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::DockerRunReport>(options.fleet, events, stop, [&](const task::Host& host, auto& report) {
    return task::docker_run(host, one, report);
  });
}

Result<FleetResult<DockerProgramHost>> docker_exec(const DockerExecOptions& options,
                                                   const FleetEvents<DockerProgramHost>& events,
                                                   const core::StopToken& stop) {
  if (auto good = check_container(options.container); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::DockerProgramReport>(
      options.fleet, events, stop, [&](const task::Host& host, auto& report) {
        return task::docker_exec(host, options.container, options.command, report);
      });
}

Result<FleetResult<DockerProgramHost>> docker_logs(const DockerLogsOptions& options,
                                                   const FleetEvents<DockerProgramHost>& events,
                                                   const core::StopToken& stop) {
  if (auto good = check_container(options.logs.container); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::DockerProgramReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, auto& report) { return task::docker_logs(host, options.logs, report); });
}

Result<FleetResult<DockerPsHost>> docker_ps(const DockerPsOptions& options, const FleetEvents<DockerPsHost>& events,
                                            const core::StopToken& stop) {
  return over_task_hosts<task::DockerPsReport>(options.fleet, events, stop, [&](const task::Host& host, auto& report) {
    return task::docker_ps(host, options.all, report);
  });
}

Result<FleetResult<DockerStopHost>> docker_stop(const DockerStopOptions& options,
                                                const FleetEvents<DockerStopHost>& events,
                                                const core::StopToken& stop) {
  for (const auto& name : options.containers) {
    if (auto good = check_container(name); !good) {
      return fail(good.error());
    }
  }
  return over_task_hosts<task::DockerStopReport>(
      options.fleet, events, stop, [&](const task::Host& host, auto& report) {
        return task::docker_stop(host, options.containers, options.fleet.check, report);
      });
}

}  // namespace cef::operation
