#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

struct RebootReport {
  bool changed = false;
  std::string boot_id_before;
  std::string boot_id_after;             ///< empty in a check, or when the host did not come back
  std::chrono::nanoseconds down_for{0};  ///< from the request until a new boot id was read
};

/// A new connection to the same host.
using Reconnect = std::function<core::Result<std::unique_ptr<ssh::Connection>>(core::Milliseconds connect_deadline)>;

/// Reboots the host and waits until it answers with another boot id. Errors: host_failed (not allowed, no boot id),
/// timeout when it is not back after `wait`, interrupted.
core::Result<void> reboot(const Host& host, const Reconnect& reconnect, core::Milliseconds wait, bool check,
                          RebootReport& report);

}  // namespace cef::task
