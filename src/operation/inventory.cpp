#include "cef/operation/inventory.hpp"

#include <cstdlib>
#include <map>
#include <memory>

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

core::OpenVault vault_opener(VaultPasswords passwords) {
  return [passwords = std::move(passwords)](const std::string& vault) -> Result<std::string> {
    const auto known = passwords ? passwords() : Result<std::vector<core::VaultPassword>>();
    if (!known) {
      return fail(known.error().code, "is a vault: " + known.error().message);
    }
    return known->empty() ? core::refuse_vault(vault) : core::decrypt_vault(vault, *known);
  };
}

namespace {

/// What many hosts have of their group is opened once.
core::OpenVault remembering(core::OpenVault open) {
  using Known = std::map<std::string, Result<std::string>>;
  return [open = std::move(open), known = std::make_shared<Known>()](const std::string& vault) {
    const auto found = known->find(vault);
    return found != known->end() ? found->second : known->emplace(vault, open(vault)).first->second;
  };
}

}  // namespace

Result<inventory::Inventory> load_inventory(const std::vector<std::filesystem::path>& given,
                                            const VaultPasswords& vault_passwords) {
  const auto sources = inventory_sources(given);
  if (sources.empty()) {
    return fail(ErrorCode::usage,
                "no inventory was given; write -i FILE, set CEF_INVENTORY, or make inventory/hosts.yaml");
  }
  inventory::LoadOptions load;
  load.open_vault = remembering(vault_opener(vault_passwords));
  return inventory::load(sources, load);
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
                                     const std::string& limit, const std::optional<inventory::Shard>& shard,
                                     const VaultPasswords& vault_passwords) {
  auto inventory = load_inventory(sources, vault_passwords);
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
  for (const auto& host : view.hosts) {
    if (auto open = view.inventory.check_open(host); !open) {
      return fail(open.error());
    }
  }
  return view;
}

}  // namespace cef::operation
