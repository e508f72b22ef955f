#include "actions.hpp"
#include "cef/core/text.hpp"
#include "connect.hpp"
#include "frames.hpp"
#include "local_files.hpp"
#include "task_run.hpp"
#include "template_file.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

/// As Python's str() writes it.
std::string variable_text(const Json& value) {
  return value.is_null() ? "None" : value.is_boolean() ? (value.get<bool>() ? "True" : "False") : core::text_of(value);
}

/// What needs ansible_env is left out while that is not known yet, as Ansible does.
Result<std::map<std::string, std::string>> environment_of(const Task& task, const TaskScope& scope) {
  std::map<std::string, std::string> environment;
  for (const Field* field : environments(*task.frame)) {
    for (const Json& part : field->value.is_array() ? field->value : Json::array({field->value})) {
      const auto map = part.is_object() ? Result<Json>(part) : scope.render(part);
      if (!map) {
        return fail(map.error());
      }
      const Json entries = map->is_object() ? *map : Json::object();
      for (const auto& [name, written] : entries.items()) {
        const auto value = part.is_object() ? scope.render(written) : Result<Json>(written);
        if (value) {
          environment[name] = variable_text(*value);
        } else if (value.error().message.find("ansible_env") == std::string::npos) {
          return fail(value.error());
        }
      }
    }
  }
  return environment;
}

/// The task's own limit: `timeout`, or `async` when it is polled.
Result<core::Milliseconds> deadline_of(const Task& task, const TaskScope& scope) {
  for (const Field* field : {nearest(task.frame.get(), &Keywords::timeout), &task.async}) {
    if (field == nullptr || !field->given()) {
      continue;
    }
    const auto value = scope.render(*field);
    if (!value) {
      return fail(value.error());
    }
    const double seconds = value->is_number() ? value->get<double>()
                                              : std::atof(value->is_string() ? value->get<std::string>().c_str() : "0");
    if (seconds > 0) {
      return core::Milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
  }
  return scope.variables().options().timeout;
}

double number_of(const Field& field, const TaskScope& scope) {
  const auto value = scope.render(field);
  return value ? std::atof(core::text_of(*value).c_str()) : 0;
}

bool is_async(const Task& task, const TaskScope& scope) {
  return task.async.given() && number_of(task.async, scope) > 0;
}

/// `async` above 0 with `poll: 0`.
bool is_fire_and_forget(const Task& task, const TaskScope& scope) {
  return is_async(task, scope) && task.poll.given() && number_of(task.poll, scope) == 0;
}

}  // namespace

Result<Json> TaskRunner::call(const Task& task, TaskScope& scope, const Json& args) {
  if (const Action action = find_action(task.module)) {
    return action({task, scope, run_.variables, play_, args, run_.stop});
  }
  const modules::Module* module = modules::find(task.module);
  if (module == nullptr || module->run == nullptr) {
    return fail(ErrorCode::general, "cef has no module '" + task.module + "'");
  }
  auto complete = modules::complete_arguments(*module, args);
  if (!complete) {
    return modules::failure(complete.error().message);
  }
  return call_module(task, *module, scope, *complete);
}

Result<Json> TaskRunner::call_module(const Task& task, const modules::Module& module, TaskScope& scope,
                                     const Json& args) {
  const auto check = flag_of(*task.frame, &Keywords::check_mode, scope, run_.options.check);
  const auto diff = flag_of(*task.frame, &Keywords::diff, scope, run_.options.diff);
  const auto environment = environment_of(task, scope);
  const auto deadline = deadline_of(task, scope);
  auto target = target_of(task, scope, play_);
  if (!check || !diff || !environment || !deadline || !target) {
    return fail(!check         ? check.error()
                : !diff        ? diff.error()
                : !environment ? environment.error()
                : !deadline    ? deadline.error()
                               : target.error());
  }
  if (*check && is_async(task, scope)) {
    return modules::failure("check mode and async cannot be used on same task.");
  }
  if (*check && !module.checks) {
    // The name under which Ansible's own action calls it.
    const std::string name = module.name == "uri" ? "ansible.legacy.uri" : module.name;
    return Json{
        {"changed", false}, {"skipped", true}, {"msg", "remote module (" + name + ") does not support check mode"}};
  }
  if (run_.options.adjust_target) {
    run_.options.adjust_target(target->plan.target);
  }
  auto session = run_.sessions.get(scope.host(), target->plan.target);
  if (!session) {
    return fail(session.error());
  }
  const core::Become& become = target->plan.become;
  const task::Host host(**session, become, *deadline, run_.stop);
  const Shared facts = run_.variables.known(target->name)->ansible_facts;
  const modules::LocalFiles files = local_files(task.frame.get(), play_.playbook_folder, run_.options.read);
  modules::Call call{args, host, *check, *diff, *environment, *facts, files, {}, {}};
  call.host_name = scope.host();
  call.local = target->plan.target.transport == ssh::Transport::local;
  call.render = [&](const std::string& text, const Json& arguments) {
    const auto file = files.find("templates", core::text_of(arguments.value("src", Json(""))));
    return render_template(text, file.value_or(std::filesystem::path()), arguments, scope);
  };
  call.reconnect = [&](core::Milliseconds limit) {
    ssh::Target again = target->plan.target;
    again.connect_deadline = limit;
    return (*session)->open(run_.variables.connector(), again, run_.stop);
  };
  auto result = is_fire_and_forget(task, scope) && !*check
                    ? modules::start_job(module, call, std::chrono::duration_cast<std::chrono::seconds>(*deadline))
                    : module.run(call);
  if (!result && (result.error().code == ErrorCode::unreachable || result.error().code == ErrorCode::timeout)) {
    (*session)->close();
  }
  if (!result && result.error().code == ErrorCode::timeout) {
    return modules::failure("The " + module.name + " action failed to execute in the expected time frame (" +
                            std::to_string(deadline->count() / 1000) + ") and was terminated");
  }
  return result;
}

}  // namespace cef::playbook
