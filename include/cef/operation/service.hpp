#pragma once

#include <string>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/task/service.hpp"

namespace cef::operation {

struct ServiceOptions {
  FleetOptions fleet;
  task::ServiceAction action = task::ServiceAction::status;
  std::vector<std::string> units;
};

using ServiceHost = TaskHost<task::ServiceReport>;

core::Result<FleetResult<ServiceHost>> service(const ServiceOptions& options, const FleetEvents<ServiceHost>& events,
                                               const core::StopToken& stop);

}  // namespace cef::operation
