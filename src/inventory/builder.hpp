#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/core/yaml.hpp"
#include "cef/inventory/inventory.hpp"

namespace cef::inventory {

/// The only key of a value that is a vault.
inline constexpr const char* k_vault_key = "__ansible_vault";

/// The values of a map.
core::Result<Variables> variables_of(const core::YamlNode& map, const std::string& file, const LoadOptions& options);

/// Where something stands, for messages: "FILE:LINE: ".
struct Place {
  std::string file;
  int line = 0;
  [[nodiscard]] tl::unexpected<core::Error> refuse(const std::string& what) const;
};

/// Collects what the readers find, and refuses names that cannot be right.
class Builder {
 public:
  explicit Builder(std::size_t host_limit);

  /// Makes the group if it is new. `defined` is false for a mere mention as somebody's child.
  core::Result<void> add_group(const std::string& name, const Place& place, bool defined);
  core::Result<void> add_child(const std::string& parent, const std::string& child, const Place& place);
  /// Expands ranges and a port; adds the hosts to the group and sets the variables on each.
  core::Result<void> add_hosts(const std::string& group, const std::string& pattern, const Variables& vars,
                               const Place& place);
  core::Result<void> set_group_vars(const std::string& group, const Variables& vars, const Place& place);

  /// Ties loose ends (all, ungrouped, depths) and checks: undefined children, loops, a name that is host and group.
  core::Result<Inventory> finish();

 private:
  struct Mention {
    Place place;
    bool defined = false;
  };
  /// A Place without a copy of its file's name: there is one a variable of each host.
  struct Line {
    const std::string* file = nullptr;  ///< in files_
    int line = 0;
  };
  struct VariableLine {
    std::string name;
    Line where;
  };
  Line line_of(const Place& place);
  /// Two values for one variable of one owner in one file are a mistake; a later file may override an earlier one.
  core::Result<void> set(Variables& vars, const char* kind, const std::string& owner, const std::string& key,
                         const core::Json& value, const Place& place);
  core::Result<void> check_loops() const;
  void set_depths();

  Inventory inventory_;
  std::size_t host_limit_;
  std::size_t names_ = 0;  ///< of hosts, that were added to groups
  std::vector<std::string> group_order_;
  std::map<std::string, Mention> mentions_;
  std::set<std::string> files_;
  std::unordered_map<std::string, Line> host_lines_;
  std::unordered_map<const Variables*, std::vector<VariableLine>> variable_lines_;  ///< by the owner's variables
};

core::Result<void> read_yaml(Builder& builder, const std::string& text, const std::string& file,
                             const LoadOptions& options);
core::Result<void> read_ini(Builder& builder, const std::string& text, const std::string& file);

}  // namespace cef::inventory
