#pragma once

#include "cef/operation/fleet.hpp"
#include "cef/task/apt.hpp"

namespace cef::operation {

struct AptOptions {
  FleetOptions fleet;
  task::AptOptions apt;  ///< `check` is taken from `fleet`
  bool reboot = false;   ///< hosts that need it, after a success
  core::Milliseconds reboot_wait{5 * 60'000};
};

using AptHost = TaskHost<task::AptReport>;

core::Result<FleetResult<AptHost>> apt(const AptOptions& options, const FleetEvents<AptHost>& events,
                                       const core::StopToken& stop);

}  // namespace cef::operation
