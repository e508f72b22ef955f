#include "cef/operation/netspeed.hpp"

#include "over_hosts.hpp"

namespace cef::operation {

core::Result<FleetResult<NetspeedHost>> netspeed(const NetspeedOptions& options,
                                                 const FleetEvents<NetspeedHost>& events, const core::StopToken& stop) {
  if (options.parallel && options.netspeed.server) {
    return core::fail(core::ErrorCode::usage,
                      "--parallel and --iperf3 do not go together: an iperf3 server takes one client at a time");
  }
  FleetOptions fleet = options.fleet;
  fleet.forks = options.parallel ? fleet.forks : 1;
  return over_task_hosts<task::NetspeedReport>(fleet, events, stop,
                                               [&](const task::Host& host, task::NetspeedReport& report) {
                                                 return task::netspeed(host, options.netspeed, report);
                                               });
}

}  // namespace cef::operation
