#include "cef/operation/service.hpp"

#include "over_hosts.hpp"

namespace cef::operation {

core::Result<FleetResult<ServiceHost>> service(const ServiceOptions& options, const FleetEvents<ServiceHost>& events,
                                               const core::StopToken& stop) {
  if (const auto named = task::check_names(options.units); !named) {
    return core::fail(named.error());
  }
  return over_task_hosts<task::ServiceReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::ServiceReport& report) {
        return task::service(host, options.action, options.units, options.fleet.check, report);
      });
}

}  // namespace cef::operation
