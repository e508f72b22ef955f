// What a run keeps of the results of tasks: registered variables and facts.
#include "frames.hpp"
#include "task_run.hpp"

namespace cef::playbook {

using core::Json;
using jinja::Value;

void TaskRunner::learn(const Task& task, TaskScope& scope, const Json& result) {
  if (!task.register_as.empty()) {
    scope.put(task.register_as, Value(result));
  }
  if (const auto facts = result.find("ansible_facts"); facts != result.end() && facts->is_object()) {
    for (const auto& [name, value] : facts->items()) {
      scope.put(name, Value(value));
    }
  }
}

void TaskRunner::store(const Task& task, const std::vector<std::string>& hosts, const TaskScope& scope,
                       const Json& result) {
  const auto verdict = result.find("failed");
  const bool failed = verdict != result.end() && *verdict == true;
  const auto keep_facts = [&](const std::string& host, const Json& one) {
    const auto facts = one.find("ansible_facts");
    if (failed || facts == one.end() || !facts->is_object()) {
      return;
    }
    if (task.module == "set_fact") {
      for (const auto& [name, value] : facts->items()) {
        run_.variables.set(host, name, value);
      }
      const Json& cacheable = task.args.value.value("cacheable", Json(false));
      if (boolean_word(scope.render(cacheable).value_or(Json())).value_or(false)) {
        run_.variables.add_facts(host, *facts);
      }
    } else if (task.module == "include_vars") {
      run_.variables.include(host, facts->get<std::map<std::string, Json>>());
    } else {
      run_.variables.add_facts(host, *facts);
    }
  };
  const auto delegate_facts = flag_of(*task.frame, &Keywords::delegate_facts, scope, false);
  std::vector<std::string> owners = hosts;
  if (const Field* delegate = nearest(task.frame.get(), &Keywords::delegate_to);
      delegate != nullptr && delegate_facts && *delegate_facts) {
    const auto to = scope.render(*delegate);
    owners = {to && to->is_string() ? to->get<std::string>() : ""};
  }
  for (const auto& host : owners) {
    if (const auto results = result.find("results"); results != result.end() && task.loop_kind != LoopKind::none) {
      for (const Json& one : *results) {
        keep_facts(host, one);
      }
    } else {
      keep_facts(host, result);
    }
  }
  if (!task.register_as.empty()) {
    for (const auto& host : hosts) {
      run_.variables.set(host, task.register_as, result);
    }
  }
}

}  // namespace cef::playbook
