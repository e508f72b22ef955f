// The module of a task and its arguments, in every form that Ansible takes.
#include <algorithm>

#include "cef/core/near_name.hpp"
#include "cef/modules/elsewhere.hpp"
#include "reach.hpp"
#include "reader.hpp"
#include "split_arguments.hpp"

namespace cef::playbook {

using core::Json;
using core::YamlEntry;
using core::YamlKind;
using core::YamlNode;
using modules::Module;

namespace {

/// Commands take text that holds key=value as it is.
bool is_command(const Module& module) {
  return module.name == "command" || module.name == "shell" || module.name == "raw" || module.name == "script";
}

std::string short_name(const std::string& name) {
  return name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
}

bool is_expression(const Module& module, const std::string& parameter) {
  return (module.name == "debug" && parameter == "var") || (module.name == "assert" && parameter == "that");
}

}  // namespace

bool Reader::may_lack(const Site& site, const Place& place, const std::string& name) {
  const Reach reach = reach_of(site.frame.get());
  if (reach == Reach::never) {
    return true;
  }
  if (!modules::is_elsewhere(name) || (reach == Reach::always && !site.perhaps && site.loop.is_null())) {
    return false;
  }
  book_.doubts.push_back(
      {place, "cef has no module '" + name + "'", site.frame, false, site.looped, site.loop, site.includes});
  return true;
}

const Module* Reader::module_named(const Site& site, const YamlNode& node, const std::string& name) {
  const Place place = place_of(*site.source, node);
  if (jinja::is_template(name)) {
    refuse(place, "the name of a module cannot hold a template");
    return nullptr;
  }
  const Module* module = modules::find(name);
  if (module == nullptr && !may_lack(site, place, name)) {
    refuse(place, "cef has no module '" + name + "'" +
                      (modules::is_elsewhere(name) ? "" : core::did_you_mean(short_name(name), modules::names())));
  }
  return module;
}

Reader::Action Reader::find_action(const Site& site, const YamlNode& task) {
  Action action;
  std::vector<const YamlEntry*> unknown;
  for (const YamlEntry& entry : task.entries) {
    const auto& [key, value] = entry;
    const bool old = key.text == "action" || key.text == "local_action";
    const bool named = !old && modules::find(key.text) != nullptr;
    if (!old && !named) {
      unknown.push_back(&entry);
      continue;
    }
    if (action.key != nullptr) {
      refuse(place_of(*site.source, key),
             "a task has one module; this one has '" + action.key->text + "' and '" + key.text + "'");
      return {};
    }
    action.key = &key;
    action.value = &value;
    action.local = key.text == "local_action";
    action.module = named ? modules::find(key.text) : nullptr;
  }
  if (action.key == nullptr) {
    if (unknown.empty()) {
      refuse(place_of(*site.source, task), "this task has no module; write one, for example 'command: uptime'");
    } else {
      const auto& [key, value] = *unknown.front();
      module_named(site, key, key.text);
      action = ok() ? Action{nullptr, &key, &value, false, true} : action;
    }
  } else if (!unknown.empty() && unknown.front()->first.text.find('.') != std::string::npos) {
    module_named(site, unknown.front()->first, unknown.front()->first.text);
  }
  return action;
}

void Reader::add_map(const Site& site, const YamlNode& map, Task& task, bool certain) {
  const Module& module = *modules::find(task.module);
  for (const auto& [key, node] : map.entries) {
    Json one = value(site, node);
    if (ok()) {
      check_strings(site, node, one, is_expression(module, key.text) ? jinja::Kind::expression : jinja::Kind::text,
                    certain && key.text != "var");
    }
    task.args.value[key.text] = std::move(one);
    task.arg_places[key.text] = place_of(*site.source, key);
  }
}

void Reader::add_text(const Site& site, const YamlNode& node, const std::string& text, const Module& module, Task& task,
                      bool certain) {
  const Place place = place_of(*site.source, node);
  const auto split = split_key_values(text, is_command(module));
  if (!split) {
    refuse(place, split.error().message);
    return;
  }
  for (const auto& [key, one] : split->values) {
    check(site, node, one, is_expression(module, key) ? jinja::Kind::expression : jinja::Kind::text,
          certain && key != "var");
    task.args.value[key] = one;
    task.arg_places[key] = place;
  }
  if (split->free_text.empty()) {
    return;
  }
  check(site, node, split->free_text, jinja::Kind::text, certain);
  if (module.free_form.empty()) {
    if (!jinja::is_template(split->free_text)) {
      refuse(place, module.name + " takes no text '" + split->free_text + "'; write its parameters as NAME: VALUE");
    }
    task.args.value["_variable_params"] = split->free_text;
    return;
  }
  if (task.args.value.contains("cmd") || task.args.value.contains(module.free_form)) {
    refuse(place, module.name + " has its text twice; write it in one place");
  }
  task.args.value[module.free_form] = split->free_text;
  task.arg_places[module.free_form] = place;
}

void Reader::check_arguments(const Module& module, const Task& task) {
  const auto checked = modules::check_arguments(module, task.args.value);
  if (checked) {
    return;
  }
  const std::string& message = checked.error().message;
  const Place* place = &task.args.place;
  std::size_t first = std::string::npos;
  for (const auto& [name, where] : task.arg_places) {
    for (const std::string& said : {"'" + name + "'", "value of " + name + " "}) {
      if (const std::size_t at = message.find(said); at < first) {
        first = at;
        place = &where;
      }
    }
  }
  refuse(*place, message);
}

const Module* Reader::module_of_old_form(const Site& site, const Action& action, const YamlNode* map, std::string& text,
                                         std::string& name) {
  const YamlNode& body = *action.value;
  const YamlNode* named = map == nullptr ? nullptr : map->find("module");
  const auto tokens = split_words(map == nullptr ? text : named == nullptr ? "" : named->text);
  if (!tokens || tokens->empty()) {
    refuse(place_of(*site.source, *action.key),
           "'" + action.key->text + "' names no module; write '" + action.key->text + ": MODULE NAME=VALUE'");
    return nullptr;
  }
  text.clear();
  for (std::size_t i = 1; i < tokens->size(); ++i) {
    text += (i > 1 ? " " : "") + (*tokens)[i];
  }
  name = tokens->front();
  return module_named(site, body, name);
}

void Reader::read_arguments(const Site& site, const Action& action, const YamlNode* args, Task& task, bool certain) {
  const YamlNode* body = action.value;
  const Module* module = action.module;
  if (action.lacking) {  // what it is given is not looked into
    task.module = task.action = action.key->text;
    task.args = {Json::object(), place_of(*site.source, *action.key)};
    return;
  }
  std::string action_of_old_form;
  std::string text;
  const YamlNode* map = nullptr;
  if (body->kind == YamlKind::map) {
    map = body;
  } else if (body->kind == YamlKind::list) {
    refuse(place_of(*site.source, *body), "the parameters of a module are a map, not a list");
    return;
  } else if (const Json scalar = value(site, *body); scalar.is_string()) {
    text = scalar.get<std::string>();
  } else if (!scalar.is_null()) {
    refuse(place_of(*site.source, *body), "'" + body->text + "' is no text; put it in quotes");
    return;
  }
  if (module == nullptr) {
    module = module_of_old_form(site, action, map, text, action_of_old_form);
  }
  if (module == nullptr) {
    task.module = task.action = action_of_old_form;
    task.args = {Json::object(), place_of(*site.source, *action.key)};
    return;
  }
  task.module = module->name;
  task.action = task.action.empty() ? action_of_old_form : task.action;
  task.args = {Json::object(), place_of(*site.source, *action.key)};
  if (args != nullptr && args->kind == YamlKind::map) {
    add_map(site, *args, task, certain);
  } else if (args != nullptr && args->kind == YamlKind::scalar) {
    check(site, *args, args->text, jinja::Kind::text, certain);
    if (!jinja::is_template(args->text)) {
      refuse(place_of(*site.source, *args), "'args' is a map of parameters or a template of one: \"{{ NAME }}\"");
    }
    task.args.value["_variable_params"] = args->text;
  }
  if (map != nullptr) {
    add_map(site, *map, task, certain);
    const YamlNode* inner = action.module == nullptr ? map->find("args") : nullptr;
    if (inner != nullptr && inner->kind == YamlKind::map) {
      task.args.value.erase("args");
      add_map(site, *inner, task, certain);
    }
    if (action.module == nullptr) {
      task.args.value.erase("module");
    }
  }
  if (!text.empty() && ok()) {
    add_text(site, *body, text, *module, task, certain);
  }
  if (ok()) {
    check_arguments(*module, task);
  }
}

}  // namespace cef::playbook
