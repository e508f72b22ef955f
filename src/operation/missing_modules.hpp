#pragma once

#include "cef/operation/playbook.hpp"

namespace cef::operation {

/// Modules that cef has not and that a host may come to are refused, those of which only the run can tell are warned of
/// where that is allowed. Errors: usage.
[[nodiscard]] core::Result<void> settle_doubts(const PlaybookOptions& options, playbook::Playbook& book,
                                               const inventory::Inventory& inventory, const playbook::RunOptions& run);

}  // namespace cef::operation
