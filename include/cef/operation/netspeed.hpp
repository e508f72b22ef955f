#pragma once

#include "cef/operation/fleet.hpp"
#include "cef/task/netspeed.hpp"

namespace cef::operation {

struct NetspeedOptions {
  FleetOptions fleet;
  task::NetspeedOptions netspeed;
  bool parallel = false;  ///< else in turn, so that hosts do not share the link
};

using NetspeedHost = TaskHost<task::NetspeedReport>;

/// Error: usage, also for a parallel run against an iperf3 server, which takes one client at a time.
core::Result<FleetResult<NetspeedHost>> netspeed(const NetspeedOptions& options,
                                                 const FleetEvents<NetspeedHost>& events, const core::StopToken& stop);

}  // namespace cef::operation
