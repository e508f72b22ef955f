#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/task/time.hpp"

namespace cef::operation {

struct TimeStatusOptions {
  FleetOptions fleet;
  std::string server;  ///< empty: each host's own
};
struct TimeSyncOptions {
  FleetOptions fleet;
  task::TimeSyncOptions sync;  ///< its `check` is that of `fleet`
};

using TimeStatusHost = TaskHost<task::TimeReport>;
using TimeSyncHost = TaskHost<task::TimeSyncReport>;

core::Result<FleetResult<TimeStatusHost>> time_status(const TimeStatusOptions& options,
                                                      const FleetEvents<TimeStatusHost>& events,
                                                      const core::StopToken& stop);
core::Result<FleetResult<TimeSyncHost>> time_sync(const TimeSyncOptions& options,
                                                  const FleetEvents<TimeSyncHost>& events, const core::StopToken& stop);

/// How far apart the clocks of the hosts are, each against this machine's at one moment.
struct ClockSpread {
  std::size_t hosts = 0;
  std::int64_t spread_us = 0;
  std::int64_t uncertainty_us = 0;
  std::string most_behind;
  std::string most_ahead;
};
/// The clock of one host.
struct ClockOf {
  std::string host;
  std::int64_t offset_us = 0;
  std::int64_t uncertainty_us = 0;
};
[[nodiscard]] std::optional<ClockSpread> clock_spread(const std::vector<ClockOf>& clocks);
/// Nothing when no host's clock could be read.
[[nodiscard]] std::optional<ClockSpread> clock_spread(const FleetResult<TimeStatusHost>& result);

}  // namespace cef::operation
