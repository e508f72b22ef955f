#include <algorithm>
#include <array>

#include "lookups.hpp"
#include "reader.hpp"

namespace cef::playbook {

using core::YamlKind;
using core::YamlNode;

namespace {

constexpr std::array<std::pair<std::string_view, LoopKind>, 11> k_loops = {{
    {"loop", LoopKind::loop},
    {"with_items", LoopKind::items},
    {"with_dict", LoopKind::dict},
    {"with_list", LoopKind::list},
    {"with_sequence", LoopKind::sequence},
    {"with_fileglob", LoopKind::fileglob},
    {"with_nested", LoopKind::nested},
    {"with_together", LoopKind::together},
    {"with_indexed_items", LoopKind::indexed_items},
    {"with_subelements", LoopKind::subelements},
    {"with_first_found", LoopKind::first_found},
}};

const std::vector<std::string>& task_keywords() {
  static const std::vector<std::string> names = {"action",       "local_action", "args",     "async",   "poll",
                                                 "changed_when", "failed_when",  "until",    "retries", "delay",
                                                 "loop",         "loop_control", "register", "notify",  "listen",
                                                 "with_items",   "with_dict"};
  return names;
}

bool is_task_keyword(std::string_view name) {
  return std::find(task_keywords().begin(), task_keywords().end(), name) != task_keywords().end() ||
         name.starts_with("with_");
}

bool is_block(const YamlNode& node) {
  return node.find("block") != nullptr || node.find("rescue") != nullptr || node.find("always") != nullptr;
}

/// `include` as Ansible 2.14 takes it: when it is read, unless it loops or its file is a template.
bool rename_include(YamlNode& task, bool loops) {
  for (auto& [key, value] : task.entries) {
    if (key.text == "include" || key.text == "ansible.builtin.include") {
      key.text = loops || jinja::is_template(value.text) ? "include_tasks" : "import_tasks";
      return true;
    }
  }
  return false;
}

bool says_no(const Field& field) {
  return !field.given() || (field.value.is_boolean() && !field.value.get<bool>());
}

}  // namespace

bool is_conditional(const Frame* frame) {
  for (; frame != nullptr; frame = frame->parent.get()) {
    if (!frame->keywords.when.empty()) {
      return true;
    }
  }
  return false;
}

void Reader::read_items(const Site& site, const YamlNode& list, const std::string& what, std::vector<Item>& out) {
  if (list.kind == YamlKind::null || (list.kind == YamlKind::scalar && list.to_json().is_null())) {
    return;
  }
  if (list.kind != YamlKind::list) {
    refuse(place_of(*site.source, list), what + " is a list of tasks; begin each with '- name:'");
    return;
  }
  for (const YamlNode& item : list.items) {
    if (!ok()) {
      return;
    }
    if (item.kind == YamlKind::null) {
      continue;
    }
    if (item.kind != YamlKind::map) {
      refuse(place_of(*site.source, item),
             "a task is a map of keywords with one module, for example '- command: uptime'");
    } else if (is_block(item)) {
      read_block(site, item, out);
    } else {
      read_task(site, item, out);
    }
  }
}

void Reader::read_block(const Site& site, const YamlNode& node, std::vector<Item>& out) {
  const bool rescued = node.find("rescue") != nullptr;
  if (site.handlers && (rescued || node.find("always") != nullptr)) {
    refuse(place_of(*site.source, node), "a block of handlers has no 'rescue' and no 'always'");
    return;
  }
  auto frame = std::make_shared<Frame>();
  frame->parent = site.frame;
  frame->role = site.frame ? site.frame->role : nullptr;
  frame->folder = site.source->path.parent_path();
  frame->keywords.place = place_of(*site.source, node);
  Site inner = site;
  Site unsure = site;  // none of its tasks may be selected
  unsure.maybe = true;
  for (const auto& [key, value] : node.entries) {
    if (key.text == "notify") {
      inner.notify = fields(site, value, false);
    } else if (key.text != "block" && key.text != "rescue" && key.text != "always" &&
               !read_keyword(unsure, key, value, Owner::block, frame->keywords)) {
      unknown_key(site, key, Owner::block, {"block", "rescue", "always", "notify"});
    }
  }
  inner.frame = frame;
  const bool ignored = !says_no(frame->keywords.ignore_errors);
  inner.maybe = site.maybe || !frame->keywords.when.empty() || ignored;
  Block block{frame, {}, {}, {}};
  Site tried = inner;
  tried.maybe = inner.maybe || rescued;
  if (const YamlNode* tasks = node.find("block")) {
    read_items(tried, *tasks, "'block'", site.handlers ? out : block.block);
  }
  if (site.handlers) {
    return;
  }
  Site rescuing = inner;
  rescuing.maybe = true;
  for (const auto& [key, items] : {std::pair{"rescue", &block.rescue}, std::pair{"always", &block.always}}) {
    if (const YamlNode* list = node.find(key); list != nullptr && ok()) {
      read_items(rescuing, *list, std::string("'") + key + "'", *items);
    }
  }
  out.emplace_back().what = std::move(block);
}

bool Reader::read_loop(const Site& site, const YamlNode& key, const YamlNode& value, Task& task) {
  const auto* const found =
      std::find_if(k_loops.begin(), k_loops.end(), [&](const auto& one) { return one.first == key.text; });
  const std::string plugin = key.text.starts_with("with_") ? key.text.substr(5) : "";
  if (found == k_loops.end() && !is_lookup(plugin)) {
    if (!plugin.empty()) {
      refuse(place_of(*site.source, key), "cef does not support '" + key.text + "'; write 'loop: \"{{ query('" +
                                              plugin + "', …) }}\"' for what lookups give, or a list in 'loop'");
    }
    return !plugin.empty();
  }
  if (task.loop_kind != LoopKind::none) {
    refuse(place_of(*site.source, key), "a task has one loop; take '" + key.text + "' or the other away");
    return true;
  }
  task.loop_kind = found == k_loops.end() ? LoopKind::lookup : found->second;
  task.loop_lookup = plugin;
  task.loop = field(site, value, !site.maybe);
  const bool templated = task.loop.value.is_string() && jinja::is_template(task.loop.value.get<std::string>());
  if (task.loop.value.is_null() && task.loop_kind == LoopKind::loop) {
    task.loop_kind = LoopKind::none;
    task.loop = {};
  } else if (task.loop.value.is_null()) {
    refuse(place_of(*site.source, key), "'" + key.text + "' has no value; write a list");
  } else if (task.loop_kind == LoopKind::loop && !task.loop.value.is_array() && !templated) {
    refuse(task.loop.place, "'loop' is a list, or a template that gives one: \"{{ NAME }}\"");
  }
  return true;
}

/// A name of a variable, which may be a template.
std::string Reader::loop_name(const Site& site, const YamlNode& node, const std::string& key) {
  const bool templated = jinja::is_template(node.text);
  book_.gives_others = book_.gives_others || templated;
  const Field name = templated ? text(site, node, key, false) : Field{};
  return name.value.is_string() ? name.value.get<std::string>() : variable_name(site, node, key);
}

void Reader::read_loop_control(const Site& site, const YamlNode& map, LoopControl& control) {
  if (map.kind != YamlKind::map) {
    refuse(place_of(*site.source, map), "'loop_control' is a map with loop_var, index_var, label, pause, extended");
    return;
  }
  for (const auto& [key, value] : map.entries) {
    if (key.text == "loop_var") {
      control.loop_var = loop_name(site, value, key.text);
    } else if (key.text == "index_var") {
      control.index_var = loop_name(site, value, key.text);
    } else if (key.text == "label") {
      control.label = field(site, value, false);
    } else if (key.text == "pause") {
      control.pause = field(site, value, false);
    } else if (key.text == "extended") {
      control.extended = boolean(site, value, key.text);
    } else if (key.text == "extended_allitems") {
      control.extended_allitems = boolean(site, value, key.text);
    } else {
      refuse(place_of(*site.source, key),
             "'" + key.text + "' is not a keyword of loop_control; it has loop_var, index_var, label, pause, extended");
    }
  }
}

bool Reader::read_task_keyword(const Site& site, const YamlNode& key, const YamlNode& value, Task& task) {
  const std::string& name = key.text;
  if (name == "register") {
    task.register_as = variable_name(site, value, name);
  } else if (name == "changed_when") {
    task.changed_when = conditions(site, value, name, false);
    task.changed_when_given = !task.changed_when.empty();
  } else if (name == "failed_when") {
    task.failed_when = conditions(site, value, name, false);
    task.failed_when_given = !task.failed_when.empty();
  } else if (name == "until") {
    task.until = conditions(site, value, name, false);
  } else if (name == "retries") {
    task.retries = integer(site, value, name);
  } else if (name == "delay") {
    task.delay = integer(site, value, name);
  } else if (name == "async") {
    task.async = integer(site, value, name);
  } else if (name == "poll") {
    task.poll = integer(site, value, name);
  } else if (name == "notify") {
    task.notify = fields(site, value, false);
  } else if (name == "listen" && site.handlers) {
    task.listen = words(site, value, name);
  } else if (name == "loop_control") {
    read_loop_control(site, value, task.loop_control);
  } else {
    return name == "args" || name == "action" || name == "local_action" || read_loop(site, key, value, task);
  }
  return true;
}

void Reader::note_what_it_gives(const Task& task) {
  const auto& args = task.args.value;
  if (task.module == "set_fact" || task.module == "add_host") {
    for (const auto& [name, value] : args.items()) {
      give(name, task.args.place);
      book_.gives_others = book_.gives_others || jinja::is_template(name) || name == "_variable_params";
    }
  }
  for (const auto& [module, name] : {std::pair{"package_facts", "packages"}, {"service_facts", "services"}}) {
    if (task.module == module) {
      book_.gives.insert(name);
    }
  }
  if (task.module == "getent" && args.contains("database") && args["database"].is_string()) {
    book_.gives.insert("getent_" + args["database"].get<std::string>());
  }
  book_.gives_others = book_.gives_others || task.module == "add_host" || task.module == "group_by";
}

void Reader::read_task(const Site& site, const YamlNode& node, std::vector<Item>& out) {
  auto frame = std::make_shared<Frame>();
  frame->parent = site.frame;
  frame->role = site.frame ? site.frame->role : nullptr;
  frame->folder = site.source->path.parent_path();
  frame->keywords.place = place_of(*site.source, node);
  Task task;
  task.frame = frame;
  task.notify = site.notify;
  Site own = site;
  own.frame = frame;
  Site guarded = own;
  guarded.maybe = site.maybe || node.find("when") != nullptr || node.find("ignore_errors") != nullptr;
  YamlNode rest;  // what is no keyword: the module
  rest.line = node.line;
  rest.column = node.column;
  for (const auto& entry : node.entries) {
    const auto& [key, value] = entry;
    if (key.text == "action" || key.text == "local_action") {
      rest.entries.push_back(entry);
    } else if (is_task_keyword(key.text) ? !read_task_keyword(guarded, key, value, task)
                                         : !read_keyword(own, key, value, Owner::task, frame->keywords)) {
      rest.entries.push_back(entry);
    }
  }
  own.loop = jinja::is_template(core::dump_line(task.loop.value)) ? task.loop.value : core::Json();
  const bool old = rename_include(rest, task.loop_kind != LoopKind::none);
  const Action action = ok() ? find_action(own, rest) : Action{};
  if (action.key == nullptr) {
    return;
  }
  for (const auto& [key, value] : rest.entries) {
    if (key.text != action.key->text) {
      unknown_key(site, key, Owner::task, task_keywords());
    }
  }
  const bool certain = !site.maybe && frame->keywords.when.empty() && task.loop_kind == LoopKind::none &&
                       says_no(frame->keywords.ignore_errors) && !task.failed_when_given;
  task.action = old ? "include" : action.module == nullptr ? "" : action.key->text;
  read_arguments(own, action, node.find("args"), task, certain);
  if (action.local) {
    frame->keywords.delegate_to = {"localhost", place_of(*site.source, *action.key)};
  }
  if (!ok()) {
    return;
  }
  note_what_it_gives(task);
  look_into_files(own, task, certain);
  if (!read_include(own, node, task, out)) {
    out.emplace_back().what = std::move(task);
  }
}

}  // namespace cef::playbook
