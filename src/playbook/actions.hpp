#pragma once

#include <map>
#include <string>

#include "cef/core/json.hpp"
#include "cef/core/stop.hpp"
#include "variables.hpp"

namespace cef::playbook {

/// One run of an action that the control node does itself.
struct ActionCall {
  const Task& task;
  TaskScope& scope;
  Variables& variables;
  PlayScope& play;
  const core::Json& args;  ///< rendered
  const core::StopToken& stop;
};

/// A value as an option that is a boolean takes it: "yes" is true.
[[nodiscard]] bool truth(const core::Json& value);

/// The result as Ansible has it, or an error that becomes one.
using Action = core::Result<core::Json> (*)(const ActionCall&);
/// debug set_fact assert fail include_vars pause add_host group_by; nullptr for what is no action.
[[nodiscard]] Action find_action(const std::string& name);
/// Actions that run once for all hosts: pause, add_host.
[[nodiscard]] bool bypasses_hosts(const std::string& name);

}  // namespace cef::playbook
