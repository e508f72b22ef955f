#include "cef/operation/apt.hpp"

#include "over_hosts.hpp"
#include "reconnect.hpp"

namespace cef::operation {

core::Result<FleetResult<AptHost>> apt(const AptOptions& options, const FleetEvents<AptHost>& events,
                                       const core::StopToken& stop) {
  if (const auto named = task::check_names(options.apt); !named) {
    return core::fail(named.error());
  }
  const FleetOptions fleet = with_connector(options.fleet);
  task::AptOptions wanted = options.apt;
  wanted.check = fleet.check;
  return over_hosts<AptHost>(
      fleet, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, AptHost& host) -> core::Result<void> {
        const task::Host on = host_of(plan, connection, fleet, stop);
        auto done = task::apt(on, wanted, host.report);
        if (!done || !options.reboot || !host.report.reboot_required) {
          return done;
        }
        task::RebootReport reboot;
        done = task::reboot(on, reconnect_to(plan, fleet, stop), options.reboot_wait, fleet.check, reboot);
        host.report.rebooted = done && !fleet.check;
        host.report.changed = host.report.changed || reboot.changed;
        host.report.reboot_required = !host.report.rebooted;
        return done;
      });
}

}  // namespace cef::operation
