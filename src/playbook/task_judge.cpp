// What becomes of a module's result: its lines, and what changed_when and failed_when say of it.
#include "task_run.hpp"

namespace cef::playbook {

using core::Json;
using core::Result;
using jinja::Value;

namespace {

void add_lines(Json& result) {
  for (const char* name : {"stdout", "stderr"}) {
    const std::string lines_name = std::string(name) + "_lines";
    const auto text = result.find(name);
    if (text == result.end() || !text->is_string() || result.contains(lines_name)) {
      continue;
    }
    Json lines = Json::array();
    std::string rest = text->get<std::string>();
    for (std::size_t at = 0; at < rest.size();) {
      const auto end = std::min(rest.find('\n', at), rest.size());
      std::string line = rest.substr(at, end - at);
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      lines.push_back(std::move(line));
      at = end + 1;
    }
    result[lines_name] = std::move(lines);
  }
}

}  // namespace

void TaskRunner::judge(const Task& task, TaskScope& scope, Json& result) const {
  add_lines(result);
  if (!result.contains("failed")) {
    const auto rc = result.find("rc");
    result["failed"] = rc != result.end() && *rc != 0 && *rc != "0";
  }
  if (!result.contains("changed")) {
    result["changed"] = false;
  }
  if (const auto skipped = result.find("skipped"); skipped != result.end() && *skipped == true) {
    return;
  }
  if (!task.register_as.empty()) {
    scope.put(task.register_as, Value(result));
  }
  const auto all = [&](const std::vector<Field>& conditions) -> Result<bool> {
    for (const Field& condition : conditions) {
      const auto held = scope.holds(condition);
      if (!held || !*held) {
        return held;
      }
    }
    return true;
  };
  if (task.changed_when_given) {
    const auto changed = all(task.changed_when);
    if (!changed) {
      result["failed"] = true;
      result["changed_when_result"] = error_result(changed.error(), task.changed_when.front().place)["msg"];
      return;
    }
    result["changed"] = *changed;
  }
  if (task.failed_when_given) {
    const auto failed = all(task.failed_when);
    if (!failed) {
      result["failed"] = true;
      result["failed_when_result"] = error_result(failed.error(), task.failed_when.front().place)["msg"];
      return;
    }
    result["failed_when_result"] = *failed;
    result["failed"] = *failed;
  }
}

}  // namespace cef::playbook
