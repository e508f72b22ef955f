#pragma once

#include <string>

#include "variables.hpp"

namespace cef::playbook {

/// A keyword's value on a host as a boolean; `fallback` when it is not given. Error: general.
[[nodiscard]] core::Result<bool> flag_of(const Frame& frame, Field Keywords::*keyword, const TaskScope& scope,
                                         bool fallback);
/// Error: general.
[[nodiscard]] core::Result<double> number_of(const Field& field, const TaskScope& scope, double fallback);
/// Whether no_log keeps a result from being shown; also when no_log itself cannot be evaluated.
[[nodiscard]] bool is_hidden(const Task& task, const TaskScope& scope);
/// The host that does it in place of the task's own; "" for none.
[[nodiscard]] std::string delegated(const Task& task, const TaskScope& scope);
/// Ansible makes the values of all keywords before it runs a task. Error (general): one cannot be made.
[[nodiscard]] core::Result<void> check_keywords(const Task& task, const TaskScope& scope);
/// Whether an error is of something undefined.
[[nodiscard]] bool is_of_undefined(const core::Error& error);

}  // namespace cef::playbook
