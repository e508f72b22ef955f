#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

inline const Style k_plain{false, 1'000'000};
inline const std::string k_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A host of a made-up result: ok, or with the error that its status comes from.
template <class Host>
Host made(const std::string& name, std::optional<core::Error> error = std::nullopt) {
  Host host;
  host.outcome.host = name;
  host.outcome.status = !error                                        ? fleet::Status::ok
                        : error->code == core::ErrorCode::unreachable ? fleet::Status::unreachable
                        : error->code == core::ErrorCode::threshold || error->code == core::ErrorCode::interrupted
                            ? fleet::Status::skipped
                            : fleet::Status::failed;
  if (host.outcome.status != fleet::Status::skipped) {
    host.outcome.connect_time = std::chrono::milliseconds(125);
    host.outcome.elapsed = std::chrono::milliseconds(1'500);
  }
  host.outcome.error = std::move(error);
  return host;
}
template <class Host>
Host gone(const std::string& name) {
  return made<Host>(name, core::Error{core::ErrorCode::unreachable, "connection refused", {name}});
}
template <class Host>
Host left_out(const std::string& name) {
  return made<Host>(name, core::Error{core::ErrorCode::threshold, "not begun", {}});
}
inline core::Error failure(const std::string& message) {
  return {core::ErrorCode::host_failed, message, {}};
}

template <class Host>
operation::FleetResult<Host> fleet_of(std::vector<Host> hosts) {
  operation::FleetResult<Host> result;
  result.started = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + std::chrono::milliseconds(250);
  result.elapsed = std::chrono::milliseconds(2'500);
  result.hosts = std::move(hosts);
  return result;
}

/// Compares with tests/golden/NAME; CEF_UPDATE_GOLDEN=1 writes it instead.
inline void expect_golden(const core::Json& json, const char* name) {
  const std::string text = core::dump_document(json) + "\n";
  const std::filesystem::path path = std::filesystem::path(CEF_SOURCE_DIR) / "tests" / "golden" / name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
  }
  EXPECT_EQ(text, core::read_file(path, core::operator""_MiB(1)).value_or("")) << name;
}

}  // namespace cef::report
