#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

struct RunnerInstallOptions {
  std::vector<std::filesystem::path> packages;  ///< files NAME_VERSION_ARCHITECTURE.deb to choose from
  bool reinstall = false;                       ///< also where this version is there already
  core::Milliseconds transfer_deadline{600'000};
};

struct RunnerInstallReport {
  bool changed = false;
  std::string architecture;    ///< of the host, as dpkg says it
  std::string version_before;  ///< empty: there was no cef
  std::string version;
  std::string package;  ///< the file's name; empty when none was needed
};

/// Installs cef with apt, so that what it needs comes from the host's Debian. Nothing to do where this version of cef
/// answers. With `check` nothing is done. Errors: host_failed (no dpkg, no package for the architecture, apt failed, or
/// another version answers afterwards), timeout.
core::Result<void> install_runner(const Host& host, const RunnerInstallOptions& options, bool check,
                                  RunnerInstallReport& report);

/// "amd64" of "cef_0.1.0_amd64.deb"; empty for another kind of name.
[[nodiscard]] std::string architecture_of_package(const std::filesystem::path& file);

}  // namespace cef::task
