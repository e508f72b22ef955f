#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/core/vault.hpp"
#include "cef/inventory/inventory.hpp"
#include "cef/inventory/shard.hpp"

namespace cef::operation {

/// Where the inventory is: `given`, else `$CEF_INVENTORY`, else inventory/hosts.yaml, hosts.yml, hosts.ini or hosts,
/// inventory.yaml, inventory.yml, inventory.ini below the current folder. Empty when there is none.
[[nodiscard]] std::vector<std::filesystem::path> inventory_sources(const std::vector<std::filesystem::path>& given);

/// The passwords of vaults in the order in which they are tried. Called for every vault that is met, by several
/// threads.
using VaultPasswords = std::function<core::Result<std::vector<core::VaultPassword>>()>;
/// Opens vaults by them; none are as good as unset.
core::OpenVault vault_opener(VaultPasswords passwords);

/// The inventory that a command works on. Error: usage, with what to write.
core::Result<inventory::Inventory> load_inventory(const std::vector<std::filesystem::path>& given,
                                                  const VaultPasswords& vault_passwords);

/// What a run was given of all that it could have worked on.
struct ShardView {
  inventory::Shard shard;
  std::size_t selected = 0;         ///< hosts in all shards
  std::vector<std::size_t> places;  ///< of this shard's hosts among them, in Ansible's order
};
/// Takes the shard out of `hosts`.
ShardView take_shard(std::vector<std::string>& hosts, const inventory::Shard& shard);
/// A warning when the shard has no host, which is no error.
void warn_if_empty(const std::optional<ShardView>& shard);

struct InventoryView {
  inventory::Inventory inventory;
  std::vector<std::string> hosts;  ///< those selected, in Ansible's order
  std::optional<ShardView> shard;  ///< set when a shard was asked for
};

/// Loads and selects. `pattern` "all" for everything. Only a shard may be empty where something was selected. All
/// variables of the hosts selected are known: a file of them that is a vault and does not open is an error.
core::Result<InventoryView> view_inventory(const std::vector<std::filesystem::path>& sources,
                                           const std::string& pattern, const std::string& limit,
                                           const std::optional<inventory::Shard>& shard,
                                           const VaultPasswords& vault_passwords);

}  // namespace cef::operation
