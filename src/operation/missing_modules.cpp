#include "missing_modules.hpp"

#include "cef/core/log.hpp"
#include "cef/playbook/list.hpp"

namespace cef::operation {

core::Result<void> settle_doubts(const PlaybookOptions& options, playbook::Playbook& book,
                                 const inventory::Inventory& inventory, const playbook::RunOptions& run) {
  if (auto settled = playbook::settle_doubts(book, inventory, run); !settled) {
    return settled;
  }
  for (const std::string& doubt : playbook::doubts_of(book, options.tags, options.skip_tags)) {
    if (!options.allow_missing_modules) {
      return core::fail(
          core::ErrorCode::usage,
          doubt + "; only the run can tell whether a host comes to it, --allow-missing-modules lets it fail there");
    }
    core::log_warning(doubt + "; a host that comes to it fails there");
  }
  return {};
}

}  // namespace cef::operation
