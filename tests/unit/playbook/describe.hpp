#pragma once

#include "cef/core/json.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

/// What was read, as JSON without what is unset: plays, their keywords, tasks and blocks.
[[nodiscard]] core::Json describe(const Playbook& book);
[[nodiscard]] core::Json describe(const std::vector<Item>& items);

}  // namespace cef::playbook
