#include "cef/operation/inventory.hpp"

#include <cstdlib>

#include "cef/core/log.hpp"

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

ShardView take_shard(std::vector<std::string>& hosts, const inventory::Shard& shard) {
  ShardView view{shard, hosts.size(), inventory::places_of(hosts, shard)};
  std::vector<std::string> kept;
  kept.reserve(view.places.size());
  for (const std::size_t place : view.places) {
    kept.push_back(std::move(hosts[place]));
  }
  hosts = std::move(kept);
  return view;
}

void warn_if_empty(const std::optional<ShardView>& shard) {
  if (shard && shard->places.empty()) {
    core::log_warning("shard " + std::to_string(shard->shard.index) + "/" + std::to_string(shard->shard.count) +
                      " has no host: " + std::to_string(shard->selected) + " are selected");
  }
}

Result<InventoryView> view_inventory(const std::vector<std::filesystem::path>& sources, const std::string& pattern,
                                     const std::string& limit, const std::optional<inventory::Shard>& shard) {
  auto inventory = load_inventory(sources);
  if (!inventory) {
    return fail(inventory.error());
  }
  auto hosts = inventory::select(*inventory, pattern, limit);
  if (!hosts) {
    return fail(hosts.error());
  }
  InventoryView view{std::move(*inventory), std::move(*hosts), std::nullopt};
  if (shard) {
    view.shard = take_shard(view.hosts, *shard);
  }
  return view;
}

}  // namespace cef::operation
