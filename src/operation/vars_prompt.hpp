#pragma once

#include "cef/operation/playbook.hpp"

namespace cef::operation {

/// Answers of vars_prompt that the command line has not given already, into run.prompted; the defaults alone when
/// nothing is to run. Errors: usage; interrupted, by a signal.
[[nodiscard]] core::Result<void> ask_prompts(const PlaybookOptions& options, const playbook::Playbook& book,
                                             const inventory::Inventory& inventory, playbook::RunOptions& run,
                                             bool runs);

}  // namespace cef::operation
