#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/core/vault.hpp"

namespace cef::inventory {

/// Values are JSON; Ansible's types (YAML 1.1 booleans and so on) are already resolved. A value that is a vault stands
/// as ansible-inventory prints it, {"__ansible_vault": TEXT}, until it is needed.
using Variables = std::map<std::string, core::Json>;
[[nodiscard]] core::Json vault_value(std::string text);
/// The text of a value that is a vault, else nullptr.
[[nodiscard]] const std::string* vault_text(const core::Json& value);

struct Group {
  std::string name;
  std::vector<std::string> hosts;  ///< direct members, in order of first mention
  std::vector<std::string> children;
  std::vector<std::string> parents;
  Variables vars;          ///< own ones of the inventory file
  Variables file_vars;     ///< own ones of group_vars/, which win over every group's of the inventory file
  int depth = 0;           ///< 0 for "all"
  long long priority = 1;  ///< ansible_group_priority
};

struct Host {
  std::string name;
  std::vector<std::string> groups;  ///< direct ones
  Variables vars;                   ///< own ones, inventory file and host_vars merged
};

class Inventory {
 public:
  std::map<std::string, Group> groups;  ///< always holds "all" and "ungrouped"
  std::map<std::string, Host> hosts;
  std::vector<std::string> host_order;  ///< order of first mention
  core::OpenVault open_vault = core::refuse_vault;
  /// Of groups and hosts: why a file of its variables, which is a vault, did not open.
  std::map<std::string, core::Error> shut;

  /// All variables of a host by Ansible's precedence: groups of the inventory file (by depth, then
  /// ansible_group_priority, then name) < group_vars/ in the same order < host < host_vars/.
  [[nodiscard]] Variables effective(const std::string& host) const;
  /// Names of all groups a host is in, through children too, sorted; "all" left out.
  [[nodiscard]] std::vector<std::string> groups_of(const std::string& host) const;
  /// Error (usage) when not all variables of the host are known, for a file of them is shut.
  [[nodiscard]] core::Result<void> check_open(const std::string& host) const;
};

struct LoadOptions {
  core::OpenVault open_vault = core::refuse_vault;
  /// Values will be rendered: every vault is opened (core::shut_vault where it does not); what is tagged !unsafe is put
  /// between {% raw %} and {% endraw %}.
  bool templates = false;
  /// Whose group_vars/ and host_vars/ are read after those beside the sources, and win over them: playbooks' folders.
  std::vector<std::filesystem::path> more_folders{};
  std::size_t host_limit = 1'000'000;  ///< of names of hosts, ranges expanded, in all groups together
};

/// Reads one or more sources: a YAML or INI file, or a folder of such files; `group_vars/` and `host_vars/` beside
/// each. Errors: usage (integrity for a damaged vault), "FILE:LINE: what is wrong; what to write instead".
core::Result<Inventory> load(const std::vector<std::filesystem::path>& sources, const LoadOptions& options = {});

/// Hosts that match an Ansible pattern, in Ansible's order. `limit` is a second pattern, "" for none; "@FILE" reads
/// patterns from a file. Error: usage for an undefined group or host, with a near name when there is one; with
/// `unknown` those of `pattern` go there instead, and the others match.
core::Result<std::vector<std::string>> select(const Inventory& inventory, const std::string& pattern,
                                              const std::string& limit, std::vector<std::string>* unknown = nullptr);

}  // namespace cef::inventory
