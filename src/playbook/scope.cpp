#include <algorithm>
#include <array>

#include "cef/core/file.hpp"
#include "cef/core/text.hpp"
#include "frames.hpp"
#include "lookups.hpp"
#include "variables.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using jinja::Value;

namespace {

constexpr std::size_t k_max_depth = 64;  // of variables that need variables

std::string absolute_text(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

Json list_of(const std::vector<std::string>& names) {
  return Json(names);
}

/// Names of the roles that a frame stands in, the nearest first.
std::vector<const Role*> roles_around(const Frame* frame) {
  std::vector<const Role*> roles;
  for (; frame != nullptr; frame = frame->parent.get()) {
    if (frame->role && (roles.empty() || roles.back() != frame->role.get())) {
      roles.push_back(frame->role.get());
    }
  }
  return roles;
}

Json groups_of(const inventory::Inventory& inventory) {
  Json groups = Json::object();
  for (const auto& [name, group] : inventory.groups) {
    groups[name] = Json::array();
  }
  for (const auto& host : inventory.host_order) {
    auto names = inventory.groups_of(host);
    names.emplace_back("all");
    for (const auto& name : names) {
      groups[name].push_back(host);
    }
  }
  return groups;
}

Json options_of(const RunOptions& options, const std::string& name) {
  if (name == "ansible_check_mode") {
    return options.check;
  }
  if (name == "ansible_diff_mode") {
    return options.diff;
  }
  if (name == "ansible_forks") {
    return options.forks;
  }
  if (name == "ansible_verbosity") {
    return options.verbosity;
  }
  if (name == "ansible_run_tags") {
    return options.tags.empty() ? Json{"all"} : list_of(options.tags);
  }
  if (name == "ansible_skip_tags") {
    return list_of(options.skip_tags);
  }
  if ((name == "inventory_file" || name == "inventory_dir") && !options.inventory_sources.empty()) {
    const auto source = std::filesystem::absolute(options.inventory_sources.front()).lexically_normal();
    return name == "inventory_file" ? source.string() : source.parent_path().string();
  }
  if (name == "ansible_limit" && !options.limit.empty()) {
    return options.limit;
  }
  if (name == "ansible_version") {  // of the Ansible whose behaviour this is
    return {{"full", "2.14.18"}, {"major", 2}, {"minor", 14}, {"revision", 18}, {"string", "2.14.18"}};
  }
  return nullptr;
}

/// Variables of all hosts, each read when it is asked for.
class HostVars final : public jinja::Object {
 public:
  explicit HostVars(const Variables& variables) : variables_(variables) {}
  [[nodiscard]] Result<std::optional<Value>> item(const std::string& key) const override;
  [[nodiscard]] std::vector<std::string> keys() const override { return variables_.inventory()->host_order; }

 private:
  const Variables& variables_;
};

class VarsOfHost final : public jinja::Object {
 public:
  VarsOfHost(const Variables& variables, const std::string& host) : scope_(variables, host, nullptr, nullptr) {}
  [[nodiscard]] Result<std::optional<Value>> item(const std::string& key) const override { return scope_.find(key); }
  [[nodiscard]] std::vector<std::string> keys() const override {
    const auto names = scope_.names();
    return {names.begin(), names.end()};
  }

 private:
  TaskScope scope_;
};

Result<std::optional<Value>> HostVars::item(const std::string& key) const {
  if (variables_.inventory()->hosts.count(key) == 0 && key != "localhost") {
    return std::nullopt;
  }
  if (const auto open = variables_.inventory()->check_open(key); !open) {
    return fail(ErrorCode::general, open.error().message);
  }
  return Value(std::make_shared<const VarsOfHost>(variables_, key));
}

class OwnVars final : public jinja::Object {
 public:
  explicit OwnVars(const TaskScope& scope) : scope_(scope) {}
  [[nodiscard]] Result<std::optional<Value>> item(const std::string& key) const override {
    return scope_.find_given(key);
  }
  [[nodiscard]] std::vector<std::string> keys() const override {
    const auto names = scope_.names();
    return {names.begin(), names.end()};
  }

 private:
  const TaskScope& scope_;
};

/// A list or map with something undefined in it is undefined as a whole, which `default` can mend.
Result<Value> lazily(Result<Json> rendered) {
  if (rendered) {
    return Value(std::move(*rendered));
  }
  const std::string& said = rendered.error().message;
  const bool undefined =
      said.find("is undefined") != std::string::npos || said.find("has no attribute") != std::string::npos;
  return undefined ? Result<Value>(Value::undefined(said)) : fail(rendered.error());
}

}  // namespace

TaskScope::TaskScope(const Variables& variables, std::string host, PlayScope* play, const Frame* frame)
    : variables_(variables),
      host_(std::move(host)),
      play_(play),
      frame_(frame),
      play_roles_(play == nullptr ? std::make_shared<const Roles>() : play->roles()),
      known_(variables.known(host_)),
      inventory_vars_(variables.of_inventory(host_)) {
  environment_ = make_environment(*this, play_ == nullptr ? std::filesystem::path() : play_->playbook_folder, frame_);
}

Result<Json> TaskScope::render(const Json& value) const {
  return jinja::render_all(value, *this, environment_);
}

Result<bool> TaskScope::holds(const Field& condition) const {
  if (condition.value.is_boolean()) {
    return condition.value.get<bool>();
  }
  if (condition.value.is_null()) {
    return true;
  }
  const std::string text = core::text_of(condition.value);
  return jinja::holds(text, *this, environment_);
}

std::vector<const Role*> TaskScope::roles() const {
  auto roles = roles_around(frame_);
  for (auto role = play_roles_->rbegin(); role != play_roles_->rend(); ++role) {
    roles.push_back(role->get());
  }
  return roles;
}

const Field* TaskScope::in_frames(const std::string& name, bool includes) const {
  for (const Frame* frame = frame_; frame != nullptr && frame->parent != nullptr; frame = frame->parent.get()) {
    if (frame->include != includes) {
      continue;
    }
    if (const auto found = frame->keywords.vars.find(name); found != frame->keywords.vars.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

TaskScope::Found TaskScope::template_value(const std::string& name, const Json& value) const {
  if (value.is_primitive() && !value.is_string()) {
    return Value(value);
  }
  if (const auto done = rendered_.find(name); done != rendered_.end()) {
    return done->second;
  }
  if (std::find(rendering_.begin(), rendering_.end(), name) != rendering_.end()) {
    return fail(ErrorCode::general, "recursive loop detected in the variable '" + name + "'");
  }
  if (rendering_.size() >= k_max_depth) {
    return fail(ErrorCode::general, "the variable '" + name + "' needs more than 64 others in a row");
  }
  rendering_.push_back(name);
  auto rendered = value.is_string() ? jinja::render_value(value.get_ref<const std::string&>(), *this, environment_)
                                    : lazily(render(value));
  rendering_.pop_back();
  if (!rendered) {
    return fail(rendered.error());
  }
  return rendered_.insert_or_assign(name, std::move(*rendered)).first->second;
}

TaskScope::Found TaskScope::find(const std::string& name) const {
  auto given = find_given(name);
  return !given || *given ? given : find_of_connection(name);
}

TaskScope::Found TaskScope::find_given(const std::string& name) const {
  if (const auto local = local_.find(name); local != local_.end()) {
    return local->second;
  }
  auto magic = find_magic(name);
  if (!magic || *magic) {
    return magic;
  }
  const auto& extra = variables_.options().extra_vars;
  if (const auto found = extra.find(name); found != extra.end()) {
    return template_value(name, found->second);
  }
  if (const Field* field = in_frames(name, true)) {
    return template_value(name, field->value);
  }
  for (const Role* role : roles_around(frame_)) {
    if (const auto found = role->params.find(name); found != role->params.end()) {
      return template_value(name, found->second.value);
    }
  }
  if (const auto found = known_->set.find(name); found != known_->set.end()) {
    return Value(found->second);
  }
  if (const auto found = known_->included.find(name); found != known_->included.end()) {
    return template_value(name, found->second);
  }
  auto in_play = find_in_play(name);
  if (!in_play || *in_play) {
    return in_play;
  }
  if (const auto found = known_->facts.find(name); found != known_->facts.end()) {
    return Value(found->second);
  }
  if (name == "ansible_facts") {
    return Value(known_->ansible_facts);
  }
  if (const auto found = inventory_vars_->find(name); found != inventory_vars_->end()) {
    return template_value(name, found->second);
  }
  for (const Role* role : roles()) {
    if (const auto found = role->defaults.find(name); found != role->defaults.end()) {
      return template_value(name, found->second.value);
    }
  }
  return std::nullopt;
}

TaskScope::Found TaskScope::find_in_play(const std::string& name) const {
  if (const Field* field = in_frames(name, false)) {
    return template_value(name, field->value);
  }
  for (const Role* role : roles()) {
    if (const auto found = role->vars.find(name); found != role->vars.end()) {
      return template_value(name, found->second.value);
    }
  }
  if (play_ == nullptr || play_->play == nullptr) {
    return std::nullopt;
  }
  const auto field = in_vars_files(name);
  if (!field) {
    return fail(field.error());
  }
  if (*field != nullptr) {
    return template_value(name, (*field)->value);
  }
  if (const auto found = play_->prompted.find(name); found != play_->prompted.end()) {
    return Value(found->second);
  }
  const auto& vars = play_->play->frame->keywords.vars;
  if (const auto found = vars.find(name); found != vars.end()) {
    return template_value(name, found->second.value);
  }
  return std::nullopt;
}

Result<const Field*> TaskScope::in_vars_files(const std::string& name) const {
  const auto& list = play_->play->vars_files;
  for (auto entry = list.rbegin(); entry != list.rend(); ++entry) {
    const Json choices = entry->value.is_array() ? entry->value : Json::array({entry->value});
    for (const Json& choice : choices) {
      // A name that needs what is not known yet (facts) is passed over, as Ansible does.
      const std::string guard = "vars_files " + core::dump_line(choice);
      if (std::find(rendering_.begin(), rendering_.end(), guard) != rendering_.end()) {
        break;
      }
      rendering_.push_back(guard);
      const auto path = render(choice);
      rendering_.pop_back();
      if (!path || !path->is_string()) {
        continue;
      }
      const auto file = play_->playbook_folder / path->get<std::string>();
      const std::lock_guard lock(play_->mutex);
      auto cached = play_->files.find(file.string());
      if (cached == play_->files.end()) {
        std::error_code ignored;
        if (entry->value.is_array() && !std::filesystem::exists(file, ignored)) {
          continue;
        }
        auto vars = read_vars(file, variables_.options().read);
        if (!vars) {
          return fail(vars.error());
        }
        cached = play_->files.emplace(file.string(), std::move(*vars)).first;
      }
      if (const auto found = cached->second.find(name); found != cached->second.end()) {
        return &found->second;
      }
      break;
    }
  }
  return nullptr;
}

std::optional<Value> TaskScope::magic_of_role(const std::string& name) const {
  if (name == "role_name" || name == "ansible_role_name" || name == "ansible_collection_name") {
    const std::string& full = frame_->role->name;
    const std::size_t first = full.find('.');
    const std::size_t end = first == std::string::npos ? first : full.find('.', first + 1);
    const bool of_collection = end != std::string::npos && frame_->role->folder.filename() != full;
    if (name == "ansible_collection_name") {
      return of_collection ? std::optional(Value(Json(full.substr(0, end)))) : std::nullopt;
    }
    return Value(Json(of_collection && name == "role_name" ? full.substr(end + 1) : full));
  }
  if (name == "role_path") {
    return Value(Json(absolute_text(frame_->role->folder)));
  }
  if (name != "ansible_parent_role_names" && name != "ansible_parent_role_paths") {
    return std::nullopt;
  }
  Json parents = Json::array();
  const auto around = roles_around(frame_);
  for (std::size_t i = 1; i < around.size(); ++i) {
    parents.push_back(name == "ansible_parent_role_names" ? around[i]->name : absolute_text(around[i]->folder));
  }
  return parents.empty() ? std::nullopt : std::optional(Value(std::move(parents)));
}

TaskScope::Found TaskScope::find_magic(const std::string& name) const {
  if (name == "inventory_hostname" && !host_.empty()) {
    return Value(Json(host_));
  }
  if (name == "inventory_hostname_short" && !host_.empty()) {
    return Value(Json(host_.substr(0, host_.find('.'))));
  }
  if (name == "omit") {
    return Value(Json(omit_placeholder()));
  }
  if (name == "hostvars") {
    return Value(std::make_shared<const HostVars>(variables_));
  }
  if (name == "vars") {
    return Value(std::make_shared<const OwnVars>(*this));
  }
  if (name == "groups") {
    return Value(groups_of(*variables_.inventory()));
  }
  if (name == "group_names") {
    return Value(list_of(variables_.inventory()->groups_of(host_)));
  }
  if (const Json option = options_of(variables_.options(), name); !option.is_null()) {
    return Value(option);
  }
  if (frame_ != nullptr && frame_->role) {
    if (auto found = magic_of_role(name)) {
      return found;
    }
  }
  if (name == "playbook_dir" && !variables_.playbook_folder().empty()) {
    return Value(Json(variables_.playbook_folder().string()));
  }
  if (play_ == nullptr) {
    return std::nullopt;
  }
  if (name == "ansible_play_name") {
    return Value(Json(play_->name));
  }
  if (name == "ansible_play_hosts_all") {
    return Value(list_of(play_->all));
  }
  if (name == "ansible_play_hosts") {
    return Value(list_of(play_->alive));
  }
  if (name == "ansible_play_batch" || name == "play_hosts") {
    return Value(list_of(play_->batch));
  }
  if (name == "role_names" || name == "ansible_role_names" || name == "ansible_play_role_names") {
    Json names = Json::array();
    for (const auto& role : *play_roles_) {
      names.push_back(role->name);
    }
    return Value(std::move(names));
  }
  return std::nullopt;
}

std::set<std::string> TaskScope::names() const {
  std::set<std::string> names;
  const auto take = [&](const auto& map) {
    for (const auto& [name, value] : map) {
      names.insert(name);
    }
  };
  take(local_);
  take(variables_.options().extra_vars);
  take(known_->set);
  take(known_->included);
  take(known_->facts);
  take(*inventory_vars_);
  for (const Frame* frame = frame_; frame != nullptr; frame = frame->parent.get()) {
    take(frame->keywords.vars);
  }
  for (const Role* role : roles()) {
    take(role->params);
    take(role->vars);
    take(role->defaults);
  }
  names.insert("inventory_hostname");
  return names;
}

}  // namespace cef::playbook
