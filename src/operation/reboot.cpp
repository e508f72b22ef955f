#include "cef/operation/reboot.hpp"

#include "over_hosts.hpp"
#include "reconnect.hpp"

namespace cef::operation {

core::Result<FleetResult<RebootHost>> reboot(const RebootOptions& options, const FleetEvents<RebootHost>& events,
                                             const core::StopToken& stop) {
  const FleetOptions fleet = with_connector(options.fleet);
  return over_hosts<RebootHost>(
      fleet, events, stop, [&](const fleet::HostPlan& plan, ssh::Connection& connection, RebootHost& host) {
        return task::reboot(host_of(plan, connection, fleet, stop), reconnect_to(plan, fleet, stop), options.wait,
                            fleet.check, host.report);
      });
}

}  // namespace cef::operation
