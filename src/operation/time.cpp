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

std::optional<ClockSpread> clock_spread(const FleetResult<TimeStatusHost>& result) {
  const TimeStatusHost* behind = nullptr;
  const TimeStatusHost* ahead = nullptr;
  ClockSpread spread;
  for (const auto& host : result.hosts) {
    if (!host.report.control) {
      continue;
    }
    ++spread.hosts;
    const std::int64_t offset = host.report.control->offset_us;
    behind = behind == nullptr || offset > behind->report.control->offset_us ? &host : behind;
    ahead = ahead == nullptr || offset < ahead->report.control->offset_us ? &host : ahead;
  }
  if (behind == nullptr) {
    return std::nullopt;
  }
  spread.most_behind = behind->outcome.host;
  spread.most_ahead = ahead->outcome.host;
  if (behind != ahead) {
    spread.spread_us = behind->report.control->offset_us - ahead->report.control->offset_us;
    spread.uncertainty_us = behind->report.control->uncertainty_us + ahead->report.control->uncertainty_us;
  }
  return spread;
}

}  // namespace cef::operation
