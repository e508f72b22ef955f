#include "describe.hpp"

#include <array>

namespace cef::playbook {

using core::Json;

namespace {

constexpr std::array<std::pair<const char*, Field Keywords::*>, 21> k_keywords = {{
    {"name", &Keywords::name},
    {"environment", &Keywords::environment},
    {"become", &Keywords::become},
    {"become_user", &Keywords::become_user},
    {"become_method", &Keywords::become_method},
    {"remote_user", &Keywords::remote_user},
    {"connection", &Keywords::connection},
    {"port", &Keywords::port},
    {"ignore_errors", &Keywords::ignore_errors},
    {"ignore_unreachable", &Keywords::ignore_unreachable},
    {"any_errors_fatal", &Keywords::any_errors_fatal},
    {"check_mode", &Keywords::check_mode},
    {"diff", &Keywords::diff},
    {"no_log", &Keywords::no_log},
    {"delegate_to", &Keywords::delegate_to},
    {"delegate_facts", &Keywords::delegate_facts},
    {"run_once", &Keywords::run_once},
    {"timeout", &Keywords::timeout},
    {"throttle", &Keywords::throttle},
    {"collections", &Keywords::collections},
    {"module_defaults", &Keywords::module_defaults},
}};

constexpr std::array<const char*, 12> k_loops = {"none",     "loop",          "items",       "dict",
                                                 "list",     "sequence",      "fileglob",    "nested",
                                                 "together", "indexed_items", "subelements", "first_found"};

void put(Json& json, const char* key, const Field& field) {
  if (field.given()) {
    json[key] = field.value;
  }
}

void put(Json& json, const char* key, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    json[key].push_back(field.value);
  }
}

void put(Json& json, const char* key, const std::map<std::string, Field>& vars) {
  for (const auto& [name, field] : vars) {
    json[key][name] = field.value;
  }
}

void put_frame(Json& json, const Frame& frame) {
  const Keywords& keywords = frame.keywords;
  for (const auto& [name, member] : k_keywords) {
    put(json, name, keywords.*member);
  }
  put(json, "when", keywords.when);
  put(json, "vars", keywords.vars);
  if (!keywords.tags.empty()) {
    json["tags"] = keywords.tags;
  }
  if (frame.role && (!frame.parent || frame.parent->role != frame.role)) {
    json["role"] = {{"name", frame.role->name}};
    put(json["role"], "defaults", frame.role->defaults);
    put(json["role"], "vars", frame.role->vars);
    put(json["role"], "params", frame.role->params);
    if (frame.role->allow_duplicates) {
      json["role"]["allow_duplicates"] = true;
    }
  }
}

void put_loop(Json& json, const Task& task) {
  if (task.loop_kind == LoopKind::none) {
    return;
  }
  json["loop"] = {{k_loops.at(static_cast<std::size_t>(task.loop_kind)), task.loop.value}};
  if (task.loop_control.loop_var != "item") {
    json["loop_var"] = task.loop_control.loop_var;
  }
  if (!task.loop_control.index_var.empty()) {
    json["index_var"] = task.loop_control.index_var;
  }
  put(json, "label", task.loop_control.label);
  put(json, "pause", task.loop_control.pause);
  put(json, "extended", task.loop_control.extended);
}

Json describe(const Task& task) {
  Json json = {{"module", task.module}, {"at", task.args.place.text()}, {"args", task.args.value}};
  put_frame(json, *task.frame);
  put_loop(json, task);
  if (!task.register_as.empty()) {
    json["register"] = task.register_as;
  }
  put(json, "changed_when", task.changed_when);
  put(json, "failed_when", task.failed_when);
  put(json, "until", task.until);
  put(json, "retries", task.retries);
  put(json, "delay", task.delay);
  put(json, "notify", task.notify);
  put(json, "async", task.async);
  put(json, "poll", task.poll);
  if (!task.listen.empty()) {
    json["listen"] = task.listen;
  }
  return json;
}

Json describe(const Block& block) {
  Json json = Json::object();
  put_frame(json, *block.frame);
  json["block"] = describe(block.block);
  if (!block.rescue.empty()) {
    json["rescue"] = describe(block.rescue);
  }
  if (!block.always.empty()) {
    json["always"] = describe(block.always);
  }
  return json;
}

Json describe(const Play& play) {
  Json json = {{"hosts", play.hosts.value}};
  put_frame(json, *play.frame);
  put(json, "gather_facts", play.gather_facts);
  put(json, "gather_subset", play.gather_subset);
  put(json, "vars_files", play.vars_files);
  put(json, "serial", play.serial);
  put(json, "max_fail_percentage", play.max_fail_percentage);
  for (const Prompt& prompt : play.prompts) {
    json["prompts"].push_back(
        {{"name", prompt.name}, {"text", prompt.text}, {"hidden", prompt.hidden}, {"confirm", prompt.confirm}});
    put(json["prompts"].back(), "default", prompt.fallback);
  }
  if (play.strategy != "linear") {
    json["strategy"] = play.strategy;
  }
  if (play.order != "inventory") {
    json["order"] = play.order;
  }
  if (play.force_handlers) {
    json["force_handlers"] = true;
  }
  for (const auto& [key, items] : {std::pair{"pre_tasks", &play.pre_tasks}, std::pair{"tasks", &play.tasks},
                                   std::pair{"post_tasks", &play.post_tasks}, std::pair{"handlers", &play.handlers}}) {
    if (!items->empty()) {
      json[key] = describe(*items);
    }
  }
  for (const auto& role : play.roles) {
    json["roles"].push_back(role->name);
  }
  return json;
}

}  // namespace

Json describe(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const Item& item : items) {
    list.push_back(std::visit([](const auto& one) { return describe(one); }, item.what));
  }
  return list;
}

Json describe(const Playbook& book) {
  Json list = Json::array();
  for (const Play& play : book.plays) {
    list.push_back(describe(play));
  }
  return list;
}

}  // namespace cef::playbook
