#pragma once

#include <optional>

#include "variables.hpp"

namespace cef::playbook {

/// Items of a task's loop; nullopt when it has none. Error: general, also when the loop is no list.
[[nodiscard]] core::Result<std::optional<core::Json>> loop_items(const Task& task, const TaskScope& scope);
/// With the values that templates in it give. Error: general.
[[nodiscard]] core::Result<LoopControl> control_of(const LoopControl& written, const TaskScope& scope);
/// How an item is shown, as Python writes it: {'a': 1}. Error: general.
[[nodiscard]] core::Result<std::string> label_of(const LoopControl& control, TaskScope& scope, const core::Json& item);
/// What a lookup named as a loop gives: sequence, nested, together, indexed_items, subelements; nothing for others.
[[nodiscard]] std::optional<core::Result<core::Json>> loop_lookup(const std::string& plugin, const core::Json& terms);
/// `ansible_loop` of loop_control.extended.
[[nodiscard]] core::Json extended_loop(const core::Json& items, std::size_t index, bool all_items);

/// A map as a list of {"key": …, "value": …}.
[[nodiscard]] core::Json entries_of(const core::Json& map);

}  // namespace cef::playbook
