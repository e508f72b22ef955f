#include "variables.hpp"

#include <algorithm>

namespace cef::playbook {

using core::Json;

Variables::Variables(inventory::Inventory inventory, const RunOptions& options, ssh::Connector& connector)
    : options_(options),
      connector_(connector),
      inventory_(std::make_shared<const inventory::Inventory>(std::move(inventory))) {}

std::shared_ptr<const Known> Variables::known(const std::string& host) const {
  static const auto k_nothing = std::make_shared<const Known>();
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(host);
  return found == known_.end() ? k_nothing : found->second;
}

std::shared_ptr<const inventory::Variables> Variables::of_inventory(const std::string& host) const {
  const std::lock_guard lock(mutex_);
  auto& vars = effective_[host];
  if (!vars) {
    vars = std::make_shared<const inventory::Variables>(inventory_->hosts.count(host) > 0 ? inventory_->effective(host)
                                                                                          : inventory::Variables{});
  }
  return vars;
}

std::shared_ptr<const inventory::Inventory> Variables::inventory() const {
  const std::lock_guard lock(mutex_);
  return inventory_;
}

template <class Change>
void Variables::change(const std::string& host, const Change& change) {
  const std::lock_guard lock(mutex_);
  auto& known = known_[host];
  auto next = known ? std::make_shared<Known>(*known) : std::make_shared<Known>();
  change(*next);
  known = std::move(next);
}

void Variables::set(const std::string& host, const std::string& name, Json value) {
  change(host, [&](Known& known) { known.set[name] = std::make_shared<const Json>(std::move(value)); });
}

void Variables::add_facts(const std::string& host, const Json& facts) {
  change(host, [&](Known& known) {
    Json all = *known.ansible_facts;
    for (const auto& [name, value] : facts.items()) {
      known.facts[name] = std::make_shared<const Json>(value);
      all[name.rfind("ansible_", 0) == 0 && name != "ansible_local" ? name.substr(8) : name] = value;
    }
    known.ansible_facts = std::make_shared<const Json>(std::move(all));
  });
}

void Variables::include(const std::string& host, const std::map<std::string, Json>& vars) {
  change(host, [&](Known& known) {
    for (const auto& [name, value] : vars) {
      known.included[name] = value;
    }
  });
}

void Variables::clear_facts(const std::string& host) {
  change(host, [](Known& known) {
    known.facts.clear();
    known.ansible_facts = std::make_shared<const Json>(Json::object());
  });
}

namespace {

/// Makes the parents that are not there.
void add_group(inventory::Inventory& inventory, inventory::Group& group, const std::vector<std::string>& parents) {
  group.parents = parents;
  group.depth = 1;
  for (const auto& name : parents) {
    auto& parent = inventory.groups[name];
    if (parent.name.empty()) {
      parent.name = name;
      add_group(inventory, parent, {"all"});
    }
    parent.children.push_back(group.name);
    group.depth = std::max(group.depth, parent.depth + 1);
  }
}

}  // namespace

bool Variables::add_host(const std::string& host, const std::vector<std::string>& groups,
                         const inventory::Variables& vars, const std::vector<std::string>& parents) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<inventory::Inventory>(*inventory_);
  bool changed = next->hosts.count(host) == 0;
  auto& entry = next->hosts[host];
  entry.name = host;
  if (changed) {
    next->host_order.push_back(host);
  }
  for (const auto& name : groups) {
    auto& group = next->groups[name];
    if (group.name.empty()) {
      group.name = name;
      add_group(*next, group, parents);
      changed = true;
    }
    if (std::find(group.hosts.begin(), group.hosts.end(), host) == group.hosts.end()) {
      group.hosts.push_back(host);
      entry.groups.push_back(name);
      changed = true;
    }
  }
  for (const auto& [name, value] : vars) {
    const auto found = entry.vars.find(name);
    changed = changed || found == entry.vars.end() || found->second != value;
    entry.vars[name] = value;
  }
  inventory_ = std::move(next);
  effective_.clear();
  return changed;
}

std::shared_ptr<const Roles> PlayScope::roles() {
  const std::lock_guard lock(mutex);
  return role_list;
}

void PlayScope::add_role(std::shared_ptr<const Role> role) {
  const std::lock_guard lock(mutex);
  auto next = std::make_shared<Roles>(*role_list);
  next->push_back(std::move(role));
  role_list = std::move(next);
}

const std::string& omit_placeholder() {
  static const std::string text = "__omit_place_holder__6c1f0e9a2b7d4f83";
  return text;
}

Json without_omitted(Json value) {
  const auto omitted = [](const Json& json) { return json.is_string() && json == omit_placeholder(); };
  Json kept = value.is_object() ? Json::object() : Json::array();
  if (value.is_object()) {
    for (auto& [key, inner] : value.items()) {
      if (!omitted(inner)) {
        kept[key] = without_omitted(std::move(inner));
      }
    }
    return kept;
  }
  if (value.is_array()) {
    for (auto& inner : value) {
      if (!omitted(inner)) {
        kept.push_back(without_omitted(std::move(inner)));
      }
    }
    return kept;
  }
  return value;
}

}  // namespace cef::playbook
