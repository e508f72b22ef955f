#include "connect.hpp"

#include <algorithm>
#include <array>

#include "cef/core/text.hpp"
#include "cef/core/yaml.hpp"
#include "cef/inventory/connection_vars.hpp"
#include "frames.hpp"
#include "task_run.hpp"

namespace cef::playbook {

using core::Json;
using core::Result;

namespace {

constexpr const char* k_names[] = {
    "ansible_connection",
    "ansible_host",
    "ansible_ssh_host",
    "ansible_port",
    "ansible_ssh_port",
    "ansible_user",
    "ansible_ssh_user",
    "ansible_ssh_private_key_file",
    "ansible_private_key_file",
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_timeout",
    "ansible_ssh_timeout",
    "host_key",
    "ansible_become",
    "ansible_become_user",
    "ansible_become_password",
    "ansible_become_pass",
    "ansible_sudo_pass",
    "ansible_su_pass",
    "ansible_become_method",
    "ansible_become_flags",
    "ansible_sudo_flags",
    "ansible_su_flags",
    "ansible_become_exe",
    "ansible_sudo_exe",
    "ansible_su_exe",
};

bool is_here(const std::string& name) {
  return name == "localhost" || name == "127.0.0.1" || name == "::1";
}

/// The keyword as text when it is given on the task or around it.
Result<std::string> keyword(const Task& task, Field Keywords::*which, const TaskScope& scope) {
  const Field* field = nearest(task.frame.get(), which);
  if (field == nullptr) {
    return "";
  }
  auto value = scope.render(*field);
  if (!value) {
    return core::fail(value.error());
  }
  if (value->is_null() || *value == omit_placeholder()) {
    return "";
  }
  return core::text_of(*value);
}

/// Method, flags and program of `become` as variables, where there are none: the task's, else those of the run.
Result<void> give_become(const Task& task, const TaskScope& scope, inventory::Variables& vars) {
  const RunOptions& usual = scope.variables().options();
  const auto give = [&](const char* variable, Field Keywords::*which, const std::string& fallback) -> Result<void> {
    const auto text = keyword(task, which, scope);
    if (!text) {
      return core::fail(text.error());
    }
    if (vars.count(variable) == 0 && !(text->empty() && fallback.empty())) {
      vars[variable] = text->empty() ? fallback : *text;
    }
    return {};
  };
  const bool given = vars.count("ansible_become_method") > 0;
  if (auto done = give("ansible_become_method", &Keywords::become_method, core::to_string(usual.become.method));
      !done) {
    return done;
  }
  if (const Json& method = vars["ansible_become_method"]; !given && !core::parse_become_method(core::text_of(method))) {
    return core::fail(core::ErrorCode::usage,
                      "become_method is '" + core::text_of(method) + "'; cef knows sudo and su");
  }
  auto done = give("ansible_become_flags", &Keywords::become_flags, usual.become_flags);
  return done ? give("ansible_become_exe", &Keywords::become_exe, usual.become_exe) : done;
}

Result<void> apply_become(const Task& task, const TaskScope& scope, const inventory::Variables& vars,
                          core::Become& become) {
  const auto& options = scope.variables().options();
  const auto flag = flag_of(*task.frame, &Keywords::become, scope, options.become.wanted);
  const auto user = keyword(task, &Keywords::become_user, scope);
  if (!flag || !user) {
    return core::fail(!flag ? flag.error() : user.error());
  }
  if (vars.count("ansible_become") == 0) {
    become.wanted = *flag;
  }
  if (vars.count("ansible_become_user") == 0) {
    become.user = user->empty() ? options.become.user : *user;
  }
  if (!become.password) {
    become.password = options.become.password;
  }
  return {};
}

/// One that cannot be told stands as a vault whose text is the reason: the login may not need it.
inventory::Variables variables_of(const TaskScope& scope) {
  inventory::Variables vars;
  for (const char* name : k_names) {
    const auto value = scope.find_given(name);
    if (!value) {
      vars[name] = inventory::vault_value("cannot be told: " + value.error().message);
      continue;
    }
    if (*value && !(*value)->is_undefined()) {
      vars[name] = (*value)->json();
    }
  }
  return vars;
}

/// Variables that tasks may read although nothing defines them: the name, its older one, and the keyword that says it.
struct Told {
  const char* name;
  const char* older;
  Field Keywords::*keyword;
};
constexpr std::array<Told, 4> k_told = {{{"ansible_connection", "", &Keywords::connection},
                                         {"ansible_user", "ansible_ssh_user", &Keywords::remote_user},
                                         {"ansible_host", "ansible_ssh_host", nullptr},
                                         {"ansible_private_key_file", "ansible_ssh_private_key_file", nullptr}}};

/// By the command line; empty: not told.
std::string told_by_options(const std::string& name, const std::string& host, bool implicit,
                            const RunOptions& options) {
  ssh::Target target;
  if (options.adjust_target) {
    options.adjust_target(target);
  }
  if (name == "ansible_connection") {
    return implicit || target.transport == ssh::Transport::local ? "local" : "ssh";
  }
  if (name == "ansible_host") {
    return implicit ? "127.0.0.1" : host;
  }
  if (name == "ansible_user") {
    return target.user.value_or("");
  }
  return target.identity_files.empty() ? "" : target.identity_files.front().string();
}

}  // namespace

TaskScope::Found TaskScope::find_of_connection(const std::string& name) const {
  const auto* const told = std::find_if(k_told.begin(), k_told.end(),
                                        [&](const Told& one) { return name == one.name || name == one.older; });
  if (told == k_told.end() || play_ == nullptr || frame_ == nullptr ||
      std::find(rendering_.begin(), rendering_.end(), name) != rendering_.end()) {
    return std::nullopt;
  }
  const std::string other = name == told->name ? told->older : told->name;
  if (auto given = find_given(other); !given || *given) {
    return given;
  }
  const Field* keyword = told->keyword == nullptr ? nullptr : nearest(frame_, told->keyword);
  rendering_.push_back(name);  // a keyword may be a template of the very name
  const auto said = keyword == nullptr ? Result<Json>(nullptr) : render(*keyword);
  rendering_.pop_back();
  if (!said) {
    return core::fail(said.error());
  }
  if (said->is_string() && *said != "smart" && *said != omit_placeholder()) {
    return jinja::Value(*said);
  }
  const bool implicit = is_here(host_) && variables_.inventory()->hosts.count(host_) == 0;
  const std::string text = told_by_options(told->name, host_, implicit, variables_.options());
  return text.empty() ? std::optional<jinja::Value>() : jinja::Value(Json(text));
}

Result<TaskTarget> target_of(const Task& task, const TaskScope& scope, PlayScope& play) {
  const auto delegate = keyword(task, &Keywords::delegate_to, scope);
  const auto user = keyword(task, &Keywords::remote_user, scope);
  const auto connection = keyword(task, &Keywords::connection, scope);
  const auto port = keyword(task, &Keywords::port, scope);
  if (!delegate || !user || !connection || !port) {
    return core::fail(!delegate ? delegate.error()
                      : !user   ? user.error()
                                : (!connection ? connection.error() : port.error()));
  }
  TaskTarget target;
  target.name = delegate->empty() ? scope.host() : *delegate;
  auto vars = delegate->empty() ? variables_of(scope)
                                : variables_of(TaskScope(scope.variables(), target.name, &play, task.frame.get()));
  if (vars.count("ansible_connection") == 0) {
    const bool implicit = is_here(target.name) && scope.variables().inventory()->hosts.count(target.name) == 0;
    if (implicit || (!connection->empty() && delegate->empty())) {
      vars["ansible_connection"] = implicit ? "local" : *connection;
    }
  }
  if (vars.count("ansible_user") == 0 && !user->empty()) {
    vars["ansible_user"] = *user;
  }
  if (vars.count("ansible_port") == 0 && !port->empty() && delegate->empty()) {
    vars["ansible_port"] = core::resolve_yaml_scalar(*port);
  }
  if (auto done = give_become(task, scope, vars); !done) {
    return core::fail(done.error());
  }
  auto read = inventory::connection_vars(
      vars, target.name, {}, [](const std::string& why) { return core::fail(core::ErrorCode::general, why); });
  if (!read) {
    return core::fail(read.error());
  }
  target.plan = fleet::plan_host(std::move(*read), target.name);
  if (auto done = apply_become(task, scope, vars, target.plan.become); !done) {
    return core::fail(done.error());
  }
  if (const auto& password = scope.variables().options().password; password && !target.plan.target.password) {
    target.plan.target.password = password;
  }
  return target;
}

}  // namespace cef::playbook
