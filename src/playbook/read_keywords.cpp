// Keywords that plays, roles, blocks and tasks share.
#include <algorithm>
#include <array>

#include "cef/core/become.hpp"
#include "cef/core/near_name.hpp"
#include "reader.hpp"

namespace cef::playbook {

using core::YamlKind;
using core::YamlNode;

namespace {

enum class Shape { boolean, integer, text, any };

struct Rule {
  std::string_view name;
  Field Keywords::*member;
  Shape shape;
};

constexpr std::array<Rule, 22> k_rules = {{
    {"name", &Keywords::name, Shape::text},
    {"environment", &Keywords::environment, Shape::any},
    {"become", &Keywords::become, Shape::boolean},
    {"become_user", &Keywords::become_user, Shape::text},
    {"become_method", &Keywords::become_method, Shape::text},
    {"become_flags", &Keywords::become_flags, Shape::text},
    {"become_exe", &Keywords::become_exe, Shape::text},
    {"remote_user", &Keywords::remote_user, Shape::text},
    {"connection", &Keywords::connection, Shape::text},
    {"port", &Keywords::port, Shape::integer},
    {"ignore_errors", &Keywords::ignore_errors, Shape::boolean},
    {"ignore_unreachable", &Keywords::ignore_unreachable, Shape::boolean},
    {"any_errors_fatal", &Keywords::any_errors_fatal, Shape::boolean},
    {"check_mode", &Keywords::check_mode, Shape::boolean},
    {"diff", &Keywords::diff, Shape::boolean},
    {"no_log", &Keywords::no_log, Shape::boolean},
    {"delegate_to", &Keywords::delegate_to, Shape::text},
    {"delegate_facts", &Keywords::delegate_facts, Shape::boolean},
    {"run_once", &Keywords::run_once, Shape::boolean},
    {"timeout", &Keywords::timeout, Shape::integer},
    {"throttle", &Keywords::throttle, Shape::integer},
    {"collections", &Keywords::collections, Shape::any},
}};

bool is_for(std::string_view name, Owner owner) {
  if (owner == Owner::play) {
    return name != "when" && name != "delegate_to" && name != "delegate_facts";
  }
  if (owner == Owner::import) {
    return name == "when" || name == "tags" || name == "vars" || name == "name";
  }
  return true;
}

}  // namespace

void Reader::not_supported(const Site& site, const YamlNode& key) {
  refuse(place_of(*site.source, key), "cef does not support '" + key.text + "'; take it away");
}

void Reader::unknown_key(const Site& site, const YamlNode& key, Owner owner, std::vector<std::string> known) {
  const std::string of = owner == Owner::play ? "a play" : owner == Owner::block ? "a block" : "a task";
  for (const Rule& rule : k_rules) {
    if (is_for(rule.name, owner)) {
      known.emplace_back(rule.name);
    }
  }
  known.insert(known.end(), {"tags", "vars", "module_defaults"});
  if (owner == Owner::play && (key.text == "when" || key.text.starts_with("delegate"))) {
    refuse(place_of(*site.source, key), "'" + key.text + "' is not a keyword of a play; write it on tasks or a block");
    return;
  }
  if (owner != Owner::play) {
    known.emplace_back("when");
  }
  refuse(place_of(*site.source, key),
         "'" + key.text + "' is not a keyword of " + of + core::did_you_mean(key.text, known));
}

void Reader::check_defaults(const Site& site, const YamlNode& node) {
  if (node.kind == YamlKind::list) {
    for (const YamlNode& item : node.items) {
      check_defaults(site, item);
    }
    return;
  }
  for (const auto& [key, args] : node.entries) {
    if (key.text.starts_with("group/")) {
      if (key.text != "group/docker" && key.text != "group/community.docker.docker") {
        refuse(place_of(*site.source, key), "cef has no modules of '" + key.text + "'; it knows group/docker");
        return;
      }
      continue;
    }
    const modules::Module* module = module_named(site, key, key.text);
    if (module == nullptr || args.kind != YamlKind::map) {
      continue;
    }
    for (const auto& [name, one] : args.entries) {
      const auto named = [&, &wanted = name.text](const modules::Parameter& parameter) {
        return parameter.name == wanted ||
               std::find(parameter.aliases.begin(), parameter.aliases.end(), wanted) != parameter.aliases.end();
      };
      if (!module->any_parameter && std::none_of(module->parameters.begin(), module->parameters.end(), named)) {
        refuse(place_of(*site.source, name), module->name + " has no parameter '" + name.text + "'");
      }
    }
  }
}

bool Reader::read_keyword(const Site& site, const YamlNode& key, const YamlNode& value, Owner owner,
                          Keywords& keywords) {
  if (!is_for(key.text, owner)) {
    return false;
  }
  if (key.text == "debugger") {
    not_supported(site, key);
    return true;
  }
  if (key.text == "when") {
    keywords.when = conditions(site, value, "when", !site.maybe);
    return true;
  }
  if (key.text == "tags") {
    keywords.tags = tags(site, value);
    return true;
  }
  if (key.text == "vars") {
    keywords.vars = variables(site, value, "vars");
    return true;
  }
  if (key.text == "module_defaults") {
    keywords.module_defaults = field(site, value, false);
    check_defaults(site, value);
    return true;
  }
  const auto* const rule =
      std::find_if(k_rules.begin(), k_rules.end(), [&](const Rule& one) { return one.name == key.text; });
  if (rule == k_rules.end()) {
    return false;
  }
  if (key.text == "become_method" && !jinja::is_template(value.text) && !core::parse_become_method(value.text)) {
    one_of(site, value, key.text, {"sudo", "su"});
  }
  keywords.*(rule->member) = rule->shape == Shape::boolean   ? boolean(site, value, key.text)
                             : rule->shape == Shape::integer ? integer(site, value, key.text)
                             : rule->shape == Shape::text    ? text(site, value, key.text, false)
                                                             : field(site, value, false);
  return true;
}

}  // namespace cef::playbook
