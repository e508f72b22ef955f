#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/task/docker.hpp"

namespace cef::operation {

using DockerStatusHost = TaskHost<task::DockerStatusReport>;
using DockerInstallHost = TaskHost<task::DockerInstallReport>;
using DockerBuildHost = TaskHost<task::DockerBuildReport>;
using DockerRunHost = TaskHost<task::DockerRunReport>;
using DockerProgramHost = TaskHost<task::DockerProgramReport>;
using DockerPsHost = TaskHost<task::DockerPsReport>;
using DockerStopHost = TaskHost<task::DockerStopReport>;

core::Result<FleetResult<DockerStatusHost>> docker_status(const FleetOptions& options,
                                                          const FleetEvents<DockerStatusHost>& events,
                                                          const core::StopToken& stop);

struct DockerInstallOptions {
  FleetOptions fleet;
  std::optional<std::filesystem::path> script;  ///< of this machine; else the package of the distribution
  bool add_user = false;
  std::string user;  ///< empty: the login user
};
/// Error, before any host is asked: usage when the script cannot be read.
core::Result<FleetResult<DockerInstallHost>> docker_install(const DockerInstallOptions& options,
                                                            const FleetEvents<DockerInstallHost>& events,
                                                            const core::StopToken& stop);

/// Exactly one of model, directory and context is what is built.
struct DockerBuildOptions {
  FleetOptions fleet;
  std::string tag;
  std::string model;
  std::string dest = "models";
  std::string directory;
  std::optional<std::filesystem::path> context;  ///< a folder of this machine
};
core::Result<FleetResult<DockerBuildHost>> docker_build(const DockerBuildOptions& options,
                                                        const FleetEvents<DockerBuildHost>& events,
                                                        const core::StopToken& stop);

struct DockerRunOptions {
  FleetOptions fleet;
  task::DockerRunOptions run;
  std::vector<std::string> environment;  ///< KEY=VALUE, or KEY: its value is taken from cef's own environment
  std::vector<std::filesystem::path> environment_files;  ///< of this machine, with lines KEY=VALUE
};
core::Result<FleetResult<DockerRunHost>> docker_run(const DockerRunOptions& options,
                                                    const FleetEvents<DockerRunHost>& events,
                                                    const core::StopToken& stop);

struct DockerExecOptions {
  FleetOptions fleet;
  std::string container;
  std::vector<std::string> command;
};
core::Result<FleetResult<DockerProgramHost>> docker_exec(const DockerExecOptions& options,
                                                         const FleetEvents<DockerProgramHost>& events,
                                                         const core::StopToken& stop);

struct DockerLogsOptions {
  FleetOptions fleet;
  task::DockerLogsOptions logs;
};
core::Result<FleetResult<DockerProgramHost>> docker_logs(const DockerLogsOptions& options,
                                                         const FleetEvents<DockerProgramHost>& events,
                                                         const core::StopToken& stop);

struct DockerPsOptions {
  FleetOptions fleet;
  bool all = false;  ///< also those that do not run
};
core::Result<FleetResult<DockerPsHost>> docker_ps(const DockerPsOptions& options,
                                                  const FleetEvents<DockerPsHost>& events, const core::StopToken& stop);

struct DockerStopOptions {
  FleetOptions fleet;
  std::vector<std::string> containers;
};
core::Result<FleetResult<DockerStopHost>> docker_stop(const DockerStopOptions& options,
                                                      const FleetEvents<DockerStopHost>& events,
                                                      const core::StopToken& stop);

/// Lines KEY=VALUE for docker's --env-file. Error (usage): a name that is none, a value of several lines, a file that
/// cannot be read, a KEY that is not in the environment.
core::Result<std::optional<core::Secret>> read_environment(const std::vector<std::string>& variables,
                                                           const std::vector<std::filesystem::path>& files);

}  // namespace cef::operation
