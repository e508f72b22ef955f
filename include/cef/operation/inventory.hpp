#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/inventory/inventory.hpp"

namespace cef::operation {

/// Where the inventory is: `given`, else `$CEF_INVENTORY`, else inventory/hosts.yaml, hosts.yml, hosts.ini or hosts,
/// inventory.yaml, inventory.yml, inventory.ini below the current folder. Empty when there is none.
[[nodiscard]] std::vector<std::filesystem::path> inventory_sources(const std::vector<std::filesystem::path>& given);
/// The inventory that a command works on. Error: usage, with what to write.
core::Result<inventory::Inventory> load_inventory(const std::vector<std::filesystem::path>& given);

struct InventoryView {
  inventory::Inventory inventory;
  std::vector<std::string> hosts;  ///< those selected, in Ansible's order
};

/// Loads and selects. `pattern` "all" for everything.
core::Result<InventoryView> view_inventory(const std::vector<std::filesystem::path>& sources,
                                           const std::string& pattern, const std::string& limit);

}  // namespace cef::operation
