#include "cef/inventory/inventory.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace cef::inventory {

namespace {

/// All groups of a host, ancestors too, in Ansible's order of precedence: the last one wins.
std::vector<const Group*> groups_in_order(const Inventory& inventory, const Host& host) {
  std::set<std::string> seen = {"all"};
  std::vector<std::string> open = host.groups;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (seen.insert(name).second) {
      const auto& parents = inventory.groups.at(name).parents;
      open.insert(open.end(), parents.begin(), parents.end());
    }
  }
  std::vector<const Group*> groups;
  groups.reserve(seen.size());
  for (const auto& name : seen) {
    groups.push_back(&inventory.groups.at(name));
  }
  std::sort(groups.begin(), groups.end(), [](const Group* a, const Group* b) {
    return std::tie(a->depth, a->priority, a->name) < std::tie(b->depth, b->priority, b->name);
  });
  return groups;
}

void overlay(Variables& vars, const Variables& more) {
  for (const auto& [key, value] : more) {
    vars[key] = value;
  }
}

}  // namespace

Variables Inventory::effective(const std::string& name) const {
  Variables vars;
  const auto host = hosts.find(name);
  if (host == hosts.end()) {
    return vars;
  }
  const auto ordered = groups_in_order(*this, host->second);
  for (const Group* group : ordered) {
    overlay(vars, group->vars);
  }
  for (const Group* group : ordered) {
    overlay(vars, group->file_vars);
  }
  overlay(vars, host->second.vars);
  return vars;
}

std::vector<std::string> Inventory::groups_of(const std::string& name) const {
  std::vector<std::string> names;
  if (const auto host = hosts.find(name); host != hosts.end()) {
    for (const Group* group : groups_in_order(*this, host->second)) {
      if (group->name != "all") {
        names.push_back(group->name);
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cef::inventory
