#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/probe/clock.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

/// The clock of this machine against that of a host: this - the host's, so it is positive when the host is behind.
struct ClockDifference {
  std::int64_t offset_us = 0;
  std::int64_t uncertainty_us = 0;  ///< half of the quickest round trip
};

struct TimeReport {
  probe::ClockFacts clock;
  std::optional<probe::ClockMeasurement> measurement;
  std::optional<ClockDifference> control;
};

/// Reads the host's clock and what keeps it, and measures its offset to `server`, else to the servers that it uses
/// itself; no measurement where it has none. Changes nothing and needs no root; one script. Error: host_failed when no
/// server answered; what was read until then is in the report.
core::Result<void> time_status(const Host& host, const std::string& server, TimeReport& report);

struct TimeSyncOptions {
  std::string server;                         ///< empty: the host's own
  bool install_chrony = false;                ///< where the host has nothing that can set its clock
  std::chrono::microseconds tolerance{1000};  ///< an offset up to this, or within its uncertainty, is right
  bool check = false;
};

struct TimeSyncReport {
  bool changed = false;
  TimeReport before;
  std::optional<probe::ClockMeasurement> after;  ///< null with `check`
  std::vector<std::string> actions;              ///< that were done, or with `check` would be
};

/// Sets the host's clock by what it has: chrony, systemd-timesyncd, ntpdate or ntpd. A server that is given becomes one
/// of the service's own. Errors: host_failed when there is nothing that sets the clock, no server answers (then nothing
/// was changed), or the clock is not right afterwards.
core::Result<void> time_sync(const Host& host, const TimeSyncOptions& options, TimeSyncReport& report);

/// "12 µs behind", "3.25 s ahead", "right" for 0.
[[nodiscard]] std::string offset_text(std::int64_t offset_us);

}  // namespace cef::task
