#pragma once

#include "cef/operation/fleet.hpp"
#include "cef/task/reboot.hpp"

namespace cef::operation {

/// The same options with a connector that can be used again for a host.
inline FleetOptions with_connector(FleetOptions options) {
  if (!options.connector) {
    options.connector = std::shared_ptr<ssh::Connector>(ssh::make_connector(options.connect));
  }
  return options;
}

/// `options` are those of `with_connector`; all arguments must outlive the result.
inline task::Reconnect reconnect_to(const fleet::HostPlan& plan, const FleetOptions& options,
                                    const core::StopToken& stop) {
  return [&plan, &options, &stop](core::Milliseconds connect_deadline) {
    ssh::Target target = plan.target;
    target.connect_deadline = connect_deadline;
    return options.connector->connect(target, stop);
  };
}

}  // namespace cef::operation
