// Files and roles that tasks bring in: imported ones are read into the place of the task, included ones stay tasks and
// are only looked into.
#include <algorithm>
#include <array>

#include "local_files.hpp"
#include "reach.hpp"
#include "reader.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::Json;
using core::YamlNode;

namespace {

constexpr std::array<std::string_view, 18> k_keywords_of_includes = {
    "action",   "args", "collections", "ignore_errors", "loop", "loop_control", "name",         "no_log",   "register",
    "run_once", "tags", "timeout",     "vars",          "when", "listen",       "local_action", "debugger", "include"};

Field argument(const Task& task, const std::string& name) {
  const auto place = task.arg_places.find(name);
  return task.args.value.contains(name)
             ? Field{task.args.value.at(name), place == task.arg_places.end() ? task.args.place : place->second}
             : Field{};
}

bool is_literal(const Field& field) {
  return field.value.is_string() && !jinja::is_template(field.value.get_ref<const std::string&>());
}

std::string fingerprint(const Keywords& keywords) {
  std::string text;
  for (const Field& condition : keywords.when) {
    text += "when " + core::dump_line(condition.value) + "\n";
  }
  for (const std::string& tag : keywords.tags) {
    text += "tag " + tag + "\n";
  }
  return text;
}

/// A role's name, with the part of it that is not its main one.
std::string part_of_role(const Reader::RoleUse& use) {
  const auto tasks = use.from.find("tasks");
  return use.name + (tasks == use.from.end() || fs::path(tasks->second).stem() == "main" ? "" : "/" + tasks->second);
}

std::shared_ptr<Frame> without_name(const Frame& frame) {
  auto copy = std::make_shared<Frame>(frame);
  copy->keywords.name = {};
  return copy;
}

}  // namespace

std::vector<fs::path> places_of_tasks(const Frame& frame, const std::string& name, bool handlers) {
  std::vector<fs::path> places;
  const fs::path wanted(name);
  if (wanted.is_absolute()) {
    return {wanted};
  }
  const auto add = [&](const fs::path& folder) {
    fs::path path = (folder / wanted).lexically_normal();
    if (std::find(places.begin(), places.end(), path) == places.end()) {
      places.push_back(std::move(path));
    }
  };
  add(frame.folder);
  const Frame* outermost = &frame;
  for (; outermost->parent; outermost = outermost->parent.get()) {
  }
  for (const fs::path& folder : search_path(&frame, outermost->folder, handlers ? "handlers" : "tasks")) {
    add(folder);
  }
  return places;
}

Vars Reader::vars_around(const Frame* frame) {
  Vars vars = frame->parent ? vars_around(frame->parent.get()) : Vars{};
  for (const auto& [name, field] : frame->keywords.vars) {
    vars[name] = field;
  }
  return vars;
}

std::optional<fs::path> Reader::find_tasks(const Site& site, const std::string& name, const Place& place, bool must) {
  std::string looked;
  std::error_code ignored;
  for (const fs::path& path : places_of_tasks(*site.frame, name, site.handlers)) {
    if (fs::is_regular_file(path, ignored)) {
      if (!is_inside(path)) {
        refuse(place, outside_of(name));
        return std::nullopt;
      }
      return path;
    }
    looked += (looked.empty() ? "" : ", ") + path.string();
  }
  if (must) {
    refuse(place, "there is no file '" + name + "' of tasks; looked for " + looked);
  }
  return std::nullopt;
}

std::vector<Item> Reader::read_included(const fs::path& file, const Site& site) {
  if (!is_inside(file)) {
    refuse(site.frame->keywords.place, outside_of(file.string()));
    return {};
  }
  return read_task_file(file, site, {});
}

void Reader::check_include_keywords(const Site& site, const YamlNode& node, const Task& task) {
  for (const auto& [key, value] : node.entries) {
    const bool known = std::find(k_keywords_of_includes.begin(), k_keywords_of_includes.end(), key.text) !=
                           k_keywords_of_includes.end() ||
                       key.text.starts_with("with_") || key.text == "ansible.builtin.include" ||
                       modules::find(key.text) != nullptr;
    if (!known) {
      refuse(place_of(*site.source, key),
             "'" + key.text + "' has no effect on " + task.module + "; write it below 'apply' of " + task.module);
    }
  }
}

bool Reader::read_include(const Site& site, const YamlNode& node, const Task& task, std::vector<Item>& out) {
  const std::string& module = task.module;
  const bool brings_in = module.starts_with("import_") || module == "include_tasks" || module == "include_role";
  if (brings_in && task.args.value.contains("_variable_params")) {
    refuse(task.args.place, module + " takes no template of its parameters; write them by name");
  } else if (module == "import_playbook") {
    refuse(task.args.place, "import_playbook stands beside plays, not among tasks; write import_tasks here");
  } else if (module == "import_tasks" || module == "import_role") {
    if (task.loop_kind != LoopKind::none) {
      refuse(task.loop.place, module + " cannot loop; write include_" + module.substr(7));
    } else if (module == "import_role" && site.handlers) {
      refuse(task.args.place, "import_role cannot be a handler");
    } else if (module == "import_tasks") {
      import_tasks(site, task, out);
    } else {
      import_role(site, task, out);
    }
    return true;
  } else if (module == "include_tasks" || module == "include_role") {
    check_include_keywords(site, node, task);
    if (module == "include_role" && site.handlers) {
      refuse(task.args.place, "include_role cannot be a handler");
    }
    if (ok()) {
      module == "include_tasks" ? look_into_included_tasks(site, task) : look_into_included_role(site, task);
    }
  } else if (module == "include_vars") {
    look_into_included_vars(site, task);
  }
  return !ok();
}

void Reader::import_tasks(const Site& site, const Task& task, std::vector<Item>& out) {
  const Field file = argument(task, "file");
  const auto name = static_text(file, vars_around(site.frame.get()));
  const auto path = name ? find_tasks(site, *name, file.place) : std::nullopt;
  if (!path) {
    return;
  }
  Site inner = site;
  const auto frame = without_name(*task.frame);
  inner.frame = frame;
  inner.notify = task.notify;
  inner.maybe = site.maybe || !frame->keywords.when.empty() || frame->keywords.ignore_errors.given();
  auto items = read_task_file(*path, inner, file.place);
  if (site.handlers) {
    std::move(items.begin(), items.end(), std::back_inserter(out));
  } else {
    out.emplace_back().what = Block{frame, std::move(items), {}, {}};
  }
}

std::optional<Reader::RoleUse> Reader::role_use(const Task& task) {
  RoleUse use;
  const Field name = argument(task, task.args.value.contains("name") ? "name" : "role");
  const auto known = static_text(name, vars_around(task.frame.get()));
  if (!known) {
    return std::nullopt;
  }
  use.name = *known;
  use.place = name.place;
  use.keywords = without_name(*task.frame)->keywords;
  use.vars = task.frame->keywords.vars;
  use.fingerprint = fingerprint(use.keywords);
  use.included = true;
  use.allow_duplicates = true;
  if (const Field allowed = argument(task, "allow_duplicates"); allowed.value.is_boolean()) {
    use.allow_duplicates = allowed.value.get<bool>();
  }
  if (const Field validate = argument(task, "rolespec_validate"); validate.value.is_boolean()) {
    use.validate = validate.value.get<bool>();
  }
  for (const char* kind : {"tasks", "vars", "defaults", "handlers"}) {
    const Field from = argument(task, std::string(kind) + "_from");
    if (!from.value.is_null()) {
      const auto file = static_text(from, vars_around(task.frame.get()));
      if (!file) {
        return std::nullopt;
      }
      use.from[kind] = fs::path(*file).filename().string();
    }
  }
  return use;
}

void Reader::import_role(const Site& site, const Task& task, std::vector<Item>& out) {
  const auto use = role_use(task);
  if (!use) {
    return;
  }
  Site around = site;
  around.frame = task.frame->parent;
  around.maybe = site.maybe || use->keywords.ignore_errors.given();
  around.notify = task.notify;
  std::vector<Item> unused;
  read_role(*use, around, out, imported_handlers_ != nullptr ? *imported_handlers_ : unused);
}

namespace {

/// What holds for all that an include brings in.
Site within_include(const Site& site, const Task& task, Reach reach) {
  Site inner = site;
  inner.looped = site.looped || !site.loop.is_null();
  inner.loop = nullptr;
  inner.perhaps = site.perhaps || inner.looped || reach == Reach::perhaps;
  if (reach == Reach::perhaps) {
    inner.includes.push_back(task.frame);
  }
  return inner;
}

}  // namespace

bool Reader::was_looked_into(const std::string& key) {
  if (looked_into_.insert(key).second) {
    return false;
  }
  const auto [from, to] = doubts_of_[key];
  for (std::size_t i = from; i < to; ++i) {
    book_.doubts[i].several = true;
  }
  return true;
}

void Reader::look_into_included_tasks(const Site& site, const Task& task) {
  const Field file = argument(task, "file");
  if (!is_literal(file)) {
    book_.gives_others = true;
    return;
  }
  const auto path = find_tasks(site, file.value.get<std::string>(), file.place, !is_conditional(task.frame.get()));
  if (!path) {
    book_.gives_others = true;
    return;
  }
  const auto frame = frame_of_apply(argument(task, "apply"), task.frame);
  const Reach reach = reach_of(task.frame.get());
  Site inner = within_include(site, task, reach);
  const std::string key =
      path->string() + (frame->role ? "\n" + frame->role->folder.string() : "") + (inner.perhaps ? "\n?" : "");
  if (!ok() || reach == Reach::never || was_looked_into(key)) {
    return;
  }
  const std::size_t doubts = book_.doubts.size();
  inner.frame = frame;
  inner.maybe = true;
  inner.notify.clear();
  auto* const handlers = std::exchange(imported_handlers_, nullptr);
  const auto roles = roles_;
  const auto open = std::exchange(open_files_, {});
  read_task_file(*path, inner, file.place);
  doubts_of_[key] = {doubts, book_.doubts.size()};
  imported_handlers_ = handlers;
  roles_ = roles;
  open_files_ = open;
}

bool Reader::circle_of_included(const Site& site, const Task& task, const RoleUse& use) {
  if (task.loop_kind != LoopKind::none || is_conditional(task.frame.get())) {
    return !ok();
  }
  std::vector<std::string> open = including_;
  if (open.empty() && site.frame->role && site.source->path.stem() == "main") {
    open.push_back(site.frame->role->name);
  }
  const auto first = std::find(open.begin(), open.end(), part_of_role(use));
  if (first != open.end()) {
    std::string circle;
    for (auto one = first; one != open.end(); ++one) {
      circle += *one + " → ";
    }
    refuse(use.place, "roles include each other in a circle: " + circle + *first + "; write a 'when' that ends it");
  }
  return !ok();
}

void Reader::look_into_included_role(const Site& site, const Task& task) {
  const Field name = argument(task, task.args.value.contains("name") ? "name" : "role");
  const Field from = argument(task, "tasks_from");
  if (!name.value.is_string()) {
    refuse(name.place, "the name of a role is a text");
    return;
  }
  if (!is_literal(name) || (from.given() && !is_literal(from))) {
    book_.gives_others = true;
    return;
  }
  for (const char* other : {"vars_from", "defaults_from", "handlers_from"}) {
    if (const Field field = argument(task, other); field.given() && !is_literal(field)) {
      book_.gives_others = true;
      return;
    }
  }
  const auto use = role_use(task);
  const auto frame = frame_of_apply(argument(task, "apply"), task.frame);
  const Reach reach = reach_of(task.frame.get());
  Site inner = within_include(site, task, reach);
  const std::string key =
      use ? "role " + use->name + "\n" + core::dump_line(task.args.value) + (inner.perhaps ? "?" : "") : "";
  if (!use || circle_of_included(site, task, *use) || reach == Reach::never || was_looked_into(key)) {
    return;
  }
  const std::size_t doubts = book_.doubts.size();
  inner.frame = frame;
  inner.maybe = true;
  inner.notify.clear();
  if (is_conditional(task.frame.get()) && !find_role(use->name, inner, use->place, false)) {
    book_.gives_others = true;
    return;
  }
  auto* const handlers = std::exchange(imported_handlers_, nullptr);
  const auto roles = roles_;
  const auto open = std::exchange(open_roles_, {});
  const auto files = std::exchange(open_files_, {});
  const bool always = task.loop_kind == LoopKind::none && !is_conditional(task.frame.get());
  const auto around = always ? including_ : std::exchange(including_, {});
  including_.push_back(part_of_role(*use));
  std::vector<Item> unused_tasks;
  std::vector<Item> unused_handlers;
  read_role(*use, inner, unused_tasks, unused_handlers);
  doubts_of_[key] = {doubts, book_.doubts.size()};
  imported_handlers_ = handlers;
  roles_ = roles;
  open_roles_ = open;
  open_files_ = files;
  including_ = around;
}

void Reader::look_into_included_vars(const Site& site, const Task& task) {
  const Field file = argument(task, "file");
  const Field name = argument(task, "name");
  const Field dir = argument(task, "dir");
  if (is_literal(name)) {
    give(name.value.get<std::string>(), name.place);
  }
  for (const Field& one : {file, dir}) {
    const auto path = is_literal(one) ? find_local(site.frame.get(), folder_, "vars", one.value.get<std::string>())
                                      : core::Result<fs::path>(core::fail(core::ErrorCode::usage, ""));
    if (path && !is_inside(*path)) {
      refuse(one.place, outside_of(one.value.get<std::string>()));
      return;
    }
  }
  if (is_literal(name)) {
    return;
  }
  const auto path = is_literal(file) ? find_local(site.frame.get(), folder_, "vars", file.value.get<std::string>())
                                     : core::Result<fs::path>(core::fail(core::ErrorCode::usage, ""));
  if (!path) {
    book_.gives_others = true;
    return;
  }
  read_vars_file(*path, file.place);
}

}  // namespace cef::playbook
