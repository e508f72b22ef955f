#pragma once

#include <filesystem>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/task/runner_install.hpp"

namespace cef::operation {

struct InstallRunnerOptions {
  FleetOptions fleet;
  /// Package files, or folders that hold some; empty: those beside this program, in the folder above it and here.
  std::vector<std::filesystem::path> packages;
  bool reinstall = false;
};

using RunnerInstallHost = TaskHost<task::RunnerInstallReport>;

/// Errors, before any host is asked: usage (inventory, a package that is not there).
core::Result<FleetResult<RunnerInstallHost>> install_runner(const InstallRunnerOptions& options,
                                                            const FleetEvents<RunnerInstallHost>& events,
                                                            const core::StopToken& stop);

}  // namespace cef::operation
