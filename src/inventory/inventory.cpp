#include "cef/inventory/inventory.hpp"

#include <algorithm>
#include <tuple>

#include "builder.hpp"

namespace cef::inventory {

namespace {

/// All groups of a host, ancestors too, in Ansible's order of precedence: the last one wins.
std::vector<const Group*> groups_in_order(const Inventory& inventory, const Host& host) {
  std::vector<const Group*> groups = {&inventory.groups.at("all")};
  const auto add = [&](const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const Group* group = &inventory.groups.at(name);
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
        groups.push_back(group);
      }
    }
  };
  add(host.groups);
  for (std::size_t i = 1; i < groups.size(); ++i) {
    add(groups[i]->parents);
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

core::Json vault_value(std::string text) {
  return core::Json::object({{k_vault_key, std::move(text)}});
}

const std::string* vault_text(const core::Json& value) {
  const auto found = value.is_object() && value.size() == 1 ? value.find(k_vault_key) : value.end();
  return found == value.end() ? nullptr : found->get_ptr<const std::string*>();
}

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

core::Result<void> Inventory::check_open(const std::string& name) const {
  if (shut.empty()) {
    return {};
  }
  std::vector<std::string> owners = groups_of(name);
  owners.insert(owners.end(), {"all", name});
  for (const auto& owner : owners) {
    if (const auto found = shut.find(owner); found != shut.end()) {
      return core::fail(found->second);
    }
  }
  return {};
}

}  // namespace cef::inventory
