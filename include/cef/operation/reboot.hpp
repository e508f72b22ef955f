#pragma once

#include "cef/operation/fleet.hpp"
#include "cef/task/reboot.hpp"

namespace cef::operation {

struct RebootOptions {
  FleetOptions fleet;
  core::Milliseconds wait{5 * 60'000};  ///< for the host to come back
};

using RebootHost = TaskHost<task::RebootReport>;

core::Result<FleetResult<RebootHost>> reboot(const RebootOptions& options, const FleetEvents<RebootHost>& events,
                                             const core::StopToken& stop);

}  // namespace cef::operation
