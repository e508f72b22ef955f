#include "builder.hpp"

#include <algorithm>
#include <functional>

#include "cef/core/near_name.hpp"
#include "cef/core/shell.hpp"
#include "ranges.hpp"

namespace cef::inventory {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

void append_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) {
    list.push_back(value);
  }
}

struct NamePort {
  std::string name;
  std::string port;
};

/// "host:2222" and "[2001:db8::1]:22"; an address with several colons and no brackets has no port.
NamePort split_port(const std::string& pattern) {
  const std::size_t last_bracket = pattern.rfind(']');
  const std::size_t colon = pattern.rfind(':');
  const bool after_bracket = last_bracket == std::string::npos || colon > last_bracket;
  if (colon == std::string::npos || !after_bracket || colon + 1 == pattern.size() ||
      pattern.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    return {pattern, ""};
  }
  const std::string name = pattern.substr(0, colon);
  const bool brackets_around =
      name.size() > 2 && name.front() == '[' && name.back() == ']' && std::count(name.begin(), name.end(), ':') > 2;
  if (brackets_around) {
    return {name.substr(1, name.size() - 2), pattern.substr(colon + 1)};
  }
  const std::size_t outside = name.rfind(']');
  const bool more_colons = name.find(':', outside == std::string::npos ? 0 : outside) != std::string::npos;
  return more_colons ? NamePort{pattern, ""} : NamePort{name, pattern.substr(colon + 1)};
}

}  // namespace

tl::unexpected<core::Error> Place::refuse(const std::string& what) const {
  return fail(ErrorCode::usage, file + ":" + std::to_string(line) + ": " + core::on_one_line(what));
}

Builder::Builder(std::size_t host_limit) : host_limit_(host_limit) {
  for (const char* name : {"all", "ungrouped"}) {
    inventory_.groups[name].name = name;
    mentions_[name].defined = true;
  }
}

Result<void> Builder::add_group(const std::string& name, const Place& place, bool defined) {
  const bool safe = !name.empty() && name.find_first_of(" \t\n:,;!&~*?[]()<>|$`'\"\\/={}#@") == std::string::npos;
  if (!safe || name.front() == '-') {
    return place.refuse("'" + name + "' cannot be a group's name; use letters, digits, '_' and '-'");
  }
  const auto [group, fresh] = inventory_.groups.try_emplace(name);
  if (fresh) {
    group->second.name = name;
    group_order_.push_back(name);
    mentions_[name] = {place, defined};
  }
  mentions_[name].defined = mentions_[name].defined || defined;
  return {};
}

Result<void> Builder::add_child(const std::string& parent, const std::string& child, const Place& place) {
  if (child == "all") {
    return place.refuse("'all' cannot be a child: it is the parent of every group");
  }
  if (child == parent) {
    return place.refuse("group '" + child + "' cannot be its own child");
  }
  append_once(inventory_.groups[parent].children, child);
  append_once(inventory_.groups[child].parents, parent);
  return {};
}

Result<void> Builder::add_hosts(const std::string& group, const std::string& pattern, const Variables& vars,
                                const Place& place) {
  if (pattern.rfind("ansible_", 0) == 0 && pattern.find('=') != std::string::npos) {
    return place.refuse("a host line begins with '" + pattern.substr(0, pattern.find('=') + 1) +
                        "': the host's name is missing; write NAME " + pattern);
  }
  const NamePort split = split_port(pattern);
  auto names = expand_range(split.name);
  if (!names) {
    return place.refuse(names.error().message);
  }
  if (!split.port.empty() && (split.port.size() > 5 || std::stoi(split.port) < 1 || std::stoi(split.port) > 65535)) {
    return place.refuse("'" + split.port + "' is not a port; it is 1 to 65535");
  }
  names_ += names->size();
  if (names_ > host_limit_) {
    return place.refuse("'" + pattern + "' brings the hosts in all groups to more than " + std::to_string(host_limit_));
  }
  for (const auto& name : *names) {
    if (!core::is_safe_host_name(name)) {
      return place.refuse("'" + name +
                          "' cannot be a host's name: a command could take it for an option or for shell "
                          "syntax; use letters, digits, '.', '_', '-' and ':'");
    }
    const auto [host, fresh] = inventory_.hosts.try_emplace(name);
    if (fresh) {
      host->second.name = name;
      inventory_.host_order.push_back(name);
      host_lines_[name] = line_of(place);
    }
    if (std::find(host->second.groups.begin(), host->second.groups.end(), group) == host->second.groups.end()) {
      host->second.groups.push_back(group);
      inventory_.groups[group].hosts.push_back(name);
    }
    if (!split.port.empty()) {
      host->second.vars["ansible_port"] = std::stoi(split.port);
    }
    for (const auto& [key, value] : vars) {
      if (auto done = set(host->second.vars, "host", name, key, value, place); !done) {
        return done;
      }
    }
  }
  return {};
}

Builder::Line Builder::line_of(const Place& place) {
  return {&*files_.insert(place.file).first, place.line};
}

Result<void> Builder::set(Variables& vars, const char* kind, const std::string& owner, const std::string& key,
                          const core::Json& value, const Place& place) {
  auto& lines = variable_lines_[&vars];
  auto first = std::find_if(lines.begin(), lines.end(), [&key](const VariableLine& one) { return one.name == key; });
  if (first != lines.end() && *first->where.file == place.file) {
    if (const auto found = vars.find(key); found != vars.end() && found->second != value) {
      return place.refuse("'" + key + "' of " + kind + " '" + owner +
                          "' is defined twice with different values, first in line " +
                          std::to_string(first->where.line) + "; remove one");
    }
  }
  if (first == lines.end()) {
    first = lines.insert(lines.end(), {key, {}});
  }
  first->where = line_of(place);
  vars[key] = value;
  return {};
}

Result<void> Builder::set_group_vars(const std::string& group, const Variables& vars, const Place& place) {
  Group& target = inventory_.groups[group];
  for (const auto& [key, value] : vars) {
    if (key == "ansible_group_priority") {
      if (!value.is_number_integer()) {
        return place.refuse("ansible_group_priority of group '" + group + "' is not a whole number");
      }
      target.priority = value.get<long long>();
    } else if (auto done = set(target.vars, "group", group, key, value, place); !done) {
      return done;
    }
  }
  return {};
}

Result<void> Builder::check_loops() const {
  std::map<std::string, int> state;  // 1: on the way down, 2: done
  std::function<const std::string*(const std::string&)> visit = [&](const std::string& name) -> const std::string* {
    state[name] = 1;
    for (const auto& child : inventory_.groups.at(name).children) {
      if (state[child] == 1) {
        return &child;
      }
      if (state[child] == 0) {
        if (const std::string* found = visit(child); found != nullptr) {
          return found;
        }
      }
    }
    state[name] = 2;
    return nullptr;
  };
  for (const auto& name : group_order_) {
    if (state[name] == 0) {
      if (const std::string* looped = visit(name); looped != nullptr) {
        return mentions_.at(*looped).place.refuse("group '" + *looped + "' is its own descendant through children");
      }
    }
  }
  return {};
}

void Builder::set_depths() {
  std::function<void(const std::string&, int)> descend = [&](const std::string& name, int depth) {
    for (const auto& child : inventory_.groups[name].children) {
      if (inventory_.groups[child].depth < depth + 1) {
        inventory_.groups[child].depth = depth + 1;
        descend(child, depth + 1);
      }
    }
  };
  descend("all", 0);
}

Result<Inventory> Builder::finish() {
  std::vector<std::string> defined;
  for (const auto& [name, mention] : mentions_) {
    if (mention.defined) {
      defined.push_back(name);
    }
  }
  for (const auto& name : group_order_) {
    const Mention& mention = mentions_[name];
    if (!mention.defined) {
      return mention.place.refuse("group '" + name + "' is named in children and defined nowhere" +
                                  core::did_you_mean(name, defined));
    }
    if (inventory_.hosts.contains(name)) {
      return mention.place.refuse("'" + name + "' is a group and, in line " + std::to_string(host_lines_[name].line) +
                                  " of " + *host_lines_[name].file + ", a host; give one another name");
    }
  }
  if (auto loops = check_loops(); !loops) {
    return fail(loops.error());
  }
  Group& all = inventory_.groups["all"];
  all.children.insert(all.children.begin(), "ungrouped");
  inventory_.groups["ungrouped"].parents = {"all"};
  for (const auto& name : group_order_) {
    Group& group = inventory_.groups[name];
    if (group.parents.empty()) {
      append_once(all.children, name);
      group.parents.push_back("all");
    }
  }
  for (const auto& name : inventory_.host_order) {
    Host& host = inventory_.hosts[name];
    const bool loose = std::all_of(host.groups.begin(), host.groups.end(),
                                   [](const std::string& group) { return group == "all" || group == "ungrouped"; });
    auto& ungrouped = inventory_.groups["ungrouped"].hosts;
    if (loose) {
      append_once(ungrouped, name);
      append_once(host.groups, "ungrouped");
    } else {
      std::erase(ungrouped, name);
      std::erase(host.groups, "ungrouped");
    }
    std::erase(host.groups, "all");
  }
  all.hosts.clear();
  set_depths();
  return std::move(inventory_);
}

}  // namespace cef::inventory
