#include "cef/operation/time.hpp"

#include "cef/core/shell.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

Result<void> check_server_name(const std::string& server) {
  if (!server.empty() && !core::is_safe_host_name(server)) {
    return fail(ErrorCode::usage, "--server: '" + server + "' is not a host name or address");
  }
  return {};
}

}  // namespace

Result<FleetResult<TimeStatusHost>> time_status(const TimeStatusOptions& options,
                                                const FleetEvents<TimeStatusHost>& events,
                                                const core::StopToken& stop) {
  if (auto good = check_server_name(options.server); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::TimeReport>(options.fleet, events, stop,
                                           [&](const task::Host& host, task::TimeReport& report) {
                                             return task::time_status(host, options.server, report);
                                           });
}

Result<FleetResult<TimeSyncHost>> time_sync(const TimeSyncOptions& options, const FleetEvents<TimeSyncHost>& events,
                                            const core::StopToken& stop) {
  if (auto good = check_server_name(options.sync.server); !good) {
    return fail(good.error());
  }
  task::TimeSyncOptions sync = options.sync;
  sync.check = options.fleet.check;
  return over_task_hosts<task::TimeSyncReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, task::TimeSyncReport& report) { return task::time_sync(host, sync, report); });
}

std::optional<ClockSpread> clock_spread(const std::vector<ClockOf>& clocks) {
  if (clocks.empty()) {
    return std::nullopt;
  }
  const ClockOf* behind = &clocks.front();
  const ClockOf* ahead = &clocks.front();
  for (const auto& clock : clocks) {
    behind = clock.offset_us > behind->offset_us ? &clock : behind;
    ahead = clock.offset_us < ahead->offset_us ? &clock : ahead;
  }
  ClockSpread spread{clocks.size(), 0, 0, behind->host, ahead->host};
  if (behind != ahead) {
    spread.spread_us = behind->offset_us - ahead->offset_us;
    spread.uncertainty_us = behind->uncertainty_us + ahead->uncertainty_us;
  }
  return spread;
}

std::optional<ClockSpread> clock_spread(const FleetResult<TimeStatusHost>& result) {
  std::vector<ClockOf> clocks;
  for (const auto& host : result.hosts) {
    if (const auto& control = host.report.control) {
      clocks.push_back({host.outcome.host, control->offset_us, control->uncertainty_us});
    }
  }
  return clock_spread(clocks);
}

}  // namespace cef::operation
