// Ansible's YAML inventory: a map of groups, each with hosts, vars and children.
#include "builder.hpp"

#include "cef/core/near_name.hpp"
#include "cef/core/yaml.hpp"

namespace cef::inventory {

using core::Result;
using core::YamlKind;
using core::YamlNode;

namespace {

class YamlReader {
 public:
  YamlReader(Builder& builder, const std::string& file, const LoadOptions& options)
      : builder_(builder), file_(file), options_(options) {}

  Result<void> read_groups(const YamlNode& map, const std::string& parent) {
    for (const auto& [key, body] : map.entries) {
      const Place place{file_, key.line};
      const bool mention = body.kind == YamlKind::null && !parent.empty();
      if (auto added = builder_.add_group(key.text, place, !mention); !added) {
        return added;
      }
      if (!parent.empty()) {
        if (auto added = builder_.add_child(parent, key.text, place); !added) {
          return added;
        }
      }
      if (auto done = read_group(key.text, body, place); !done) {
        return done;
      }
    }
    return {};
  }

 private:
  Result<void> read_group(const std::string& name, const YamlNode& body, const Place& place) {
    if (body.kind == YamlKind::null) {
      return {};
    }
    if (body.kind != YamlKind::map) {
      return place.refuse("group '" + name + "' is not a map; it has hosts:, vars: and children:");
    }
    for (const auto& [key, value] : body.entries) {
      const Place at{file_, key.line};
      if (key.text != "hosts" && key.text != "vars" && key.text != "children") {
        return at.refuse("group '" + name + "' has the unknown key '" + key.text +
                         "'; it may have hosts, vars and children" +
                         core::did_you_mean(key.text, {"hosts", "vars", "children"}));
      }
      if (value.kind == YamlKind::null) {
        continue;
      }
      if (value.kind != YamlKind::map) {
        return at.refuse("'" + key.text + "' of group '" + name + "' is not a map; end each name with a colon");
      }
      auto done = key.text == "hosts"  ? read_hosts(name, value)
                  : key.text == "vars" ? read_vars(name, value, at)
                                       : read_groups(value, name);
      if (!done) {
        return done;
      }
    }
    return {};
  }

  Result<void> read_hosts(const std::string& group, const YamlNode& hosts) {
    for (const auto& [key, vars] : hosts.entries) {
      const Place place{file_, key.line};
      if (vars.kind != YamlKind::map && vars.kind != YamlKind::null) {
        return place.refuse("host '" + key.text + "' is not a map of variables");
      }
      const auto variables = variables_of(vars, file_, options_);
      if (!variables) {
        return core::fail(variables.error());
      }
      if (auto added = builder_.add_hosts(group, key.text, *variables, place); !added) {
        return added;
      }
    }
    return {};
  }

  Result<void> read_vars(const std::string& group, const YamlNode& map, const Place& at) {
    const auto variables = variables_of(map, file_, options_);
    return variables ? builder_.set_group_vars(group, *variables, at) : core::fail(variables.error());
  }

  Builder& builder_;
  const std::string& file_;
  const LoadOptions& options_;
};

}  // namespace

Result<void> read_yaml(Builder& builder, const std::string& text, const std::string& file, const LoadOptions& options) {
  const auto root = core::parse_yaml(text, file);
  if (!root) {
    return core::fail(root.error());
  }
  const Place place{file, root->line == 0 ? 1 : root->line};
  if (root->kind == YamlKind::null) {
    return place.refuse("is empty; write at least one group with hosts");
  }
  if (root->kind != YamlKind::map) {
    return place.refuse("is not a map of groups; begin with a group's name and a colon, for example 'all:'");
  }
  return YamlReader(builder, file, options).read_groups(*root, "");
}

}  // namespace cef::inventory
