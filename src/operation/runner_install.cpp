#include "cef/operation/runner_install.hpp"

#include <system_error>

#include "cef/core/paths.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

namespace fs = std::filesystem;

namespace {

/// Of this version: another one could not speak to this control node.
void add_packages_in(const fs::path& folder, std::vector<fs::path>& packages) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("cef_" CEF_VERSION "_", 0) == 0 && !task::architecture_of_package(entry.path()).empty()) {
      packages.push_back(entry.path());
    }
  }
}

core::Result<std::vector<fs::path>> find_packages(const std::vector<fs::path>& given) {
  std::vector<fs::path> packages;
  std::error_code error;
  for (const auto& path : given) {
    if (fs::is_directory(path, error)) {
      add_packages_in(path, packages);
    } else if (!fs::is_regular_file(path, error)) {
      return core::fail(core::ErrorCode::usage, path.string() + ": there is no such package");
    } else if (task::architecture_of_package(path).empty()) {
      return core::fail(core::ErrorCode::usage,
                        path.string() + ": is not named as cef's packages are, cef_VERSION_ARCHITECTURE.deb");
    } else {
      packages.push_back(path);
    }
  }
  if (given.empty()) {
    for (const auto& folder : {core::executable_dir(), core::executable_dir().parent_path(), fs::path(".")}) {
      add_packages_in(folder, packages);
    }
  }
  return packages;
}

}  // namespace

core::Result<FleetResult<RunnerInstallHost>> install_runner(const InstallRunnerOptions& options,
                                                            const FleetEvents<RunnerInstallHost>& events,
                                                            const core::StopToken& stop) {
  auto packages = find_packages(options.packages);
  if (!packages) {
    return core::fail(packages.error());
  }
  task::RunnerInstallOptions wanted;
  wanted.packages = std::move(*packages);
  wanted.reinstall = options.reinstall;
  return over_task_hosts<task::RunnerInstallReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::RunnerInstallReport& report) {
        return task::install_runner(host, wanted, options.fleet.check, report);
      });
}

}  // namespace cef::operation
