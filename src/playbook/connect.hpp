#pragma once

#include "cef/fleet/run.hpp"
#include "variables.hpp"

namespace cef::playbook {

/// Where and as whom a task runs.
struct TaskTarget {
  std::string name;  ///< of the inventory, or what delegate_to said
  fleet::HostPlan plan;
};

/// From the variables and the keywords remote_user, connection, port, become…, delegate_to. Errors: usage, general.
[[nodiscard]] core::Result<TaskTarget> target_of(const Task& task, const TaskScope& scope, PlayScope& play);

}  // namespace cef::playbook
