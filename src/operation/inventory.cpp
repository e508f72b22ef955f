#include "cef/operation/inventory.hpp"

#include <cstdlib>

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

std::vector<std::filesystem::path> inventory_sources(const std::vector<std::filesystem::path>& given) {
  if (!given.empty()) {
    return given;
  }
  if (const char* set = std::getenv("CEF_INVENTORY"); set != nullptr && *set != '\0') {
    return {set};
  }
  for (const char* name : {"inventory/hosts.yaml", "inventory/hosts.yml", "inventory/hosts.ini", "inventory/hosts",
                           "inventory.yaml", "inventory.yml", "inventory.ini"}) {
    std::error_code error;
    if (std::filesystem::is_regular_file(name, error)) {
      return {name};
    }
  }
  return {};
}

Result<inventory::Inventory> load_inventory(const std::vector<std::filesystem::path>& given) {
  const auto sources = inventory_sources(given);
  if (sources.empty()) {
    return fail(ErrorCode::usage,
                "no inventory was given; write -i FILE, set CEF_INVENTORY, or make inventory/hosts.yaml");
  }
  return inventory::load(sources);
}

Result<InventoryView> view_inventory(const std::vector<std::filesystem::path>& sources, const std::string& pattern,
                                     const std::string& limit) {
  auto inventory = load_inventory(sources);
  if (!inventory) {
    return fail(inventory.error());
  }
  auto hosts = inventory::select(*inventory, pattern, limit);
  if (!hosts) {
    return fail(hosts.error());
  }
  return InventoryView{std::move(*inventory), std::move(*hosts)};
}

}  // namespace cef::operation
