#include "task_run.hpp"

#include <algorithm>
#include <thread>

#include "actions.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/text.hpp"
#include "cef/modules/variable_params.hpp"
#include "connect.hpp"
#include "frames.hpp"
#include "local_files.hpp"
#include "loop.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using jinja::Value;

namespace {

bool is(const Json& result, const char* key) {
  const auto found = result.find(key);
  return found != result.end() && found->is_boolean() && found->get<bool>();
}

std::optional<bool> failed_when_of(const Json& result) {
  const auto said = result.is_object() ? result.find("failed_when_result") : result.end();
  return said == result.end() ? std::nullopt : std::optional(!said->is_boolean() || said->get<bool>());
}

/// Where failed_when was asked it decides alone, as in Ansible: also of a task whose `until` never held.
bool has_failed(const Json& result) {
  std::optional<bool> said = failed_when_of(result);
  const auto items = result.find("results");
  if (!said && items != result.end() && items->is_array()) {
    for (const Json& item : *items) {
      if (const auto one = failed_when_of(item)) {
        said = said.value_or(false) || *one;
      }
    }
  }
  return said.value_or(is(result, "failed"));
}

Verdict verdict_of(const Json& result, bool ignore_errors) {
  if (is(result, "unreachable")) {
    return Verdict::unreachable;
  }
  if (has_failed(result)) {
    return ignore_errors ? Verdict::ignored : Verdict::failed;
  }
  if (is(result, "skipped")) {
    return Verdict::skipped;
  }
  return is(result, "changed") ? Verdict::changed : Verdict::ok;
}

void sleep_unless(const core::StopToken& stop, double seconds) {
  const auto end = core::Clock::now() + std::chrono::duration<double>(seconds);
  while (core::Clock::now() < end && !stop.draining()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Json skipped_by_condition() {
  return {{"changed", false}, {"skipped", true}, {"skip_reason", "Conditional result was False"}};
}

Json censored(const Json& result) {
  return {{"censored", "the output has been hidden due to the fact that 'no_log: true' was specified for this result"},
          {"changed", is(result, "changed")}};
}

/// module_defaults of all around a task by short names and groups; an inner entry takes the place of an outer one.
void add_defaults(const Frame* frame, std::map<std::string, Json>& defaults) {
  if (frame == nullptr) {
    return;
  }
  add_defaults(frame->parent.get(), defaults);
  const Json& own = frame->keywords.module_defaults.value;
  for (const Json& map : own.is_array() ? own : Json::array({own})) {
    if (!map.is_object()) {
      continue;
    }
    for (const auto& [name, value] : map.items()) {
      const auto end = name.rfind('.');
      const bool group = name.starts_with("group/");
      defaults[group ? name : name.substr(end == std::string::npos ? 0 : end + 1)] = value;
    }
  }
}

Json with_defaults(const Task& task, const TaskScope& scope, Json args) {
  std::map<std::string, Json> defaults;
  add_defaults(task.frame.get(), defaults);
  std::vector<std::string> names{task.module};
  if (task.module.starts_with("docker_")) {
    names.insert(names.end(), {"group/docker", "group/community.docker.docker"});
  }
  for (const std::string& name : names) {
    const auto found = defaults.find(name);
    const Json rendered = found == defaults.end() ? Json() : scope.render(found->second).value_or(Json());
    if (!rendered.is_object()) {
      continue;
    }
    for (const auto& [key, one] : rendered.items()) {
      if (!args.contains(key)) {
        args[key] = one;
      }
    }
  }
  return args;
}

/// The handlers that an item asks for, if any of the task's items changed something: its name may be in theirs.
void add_notified(const Task& task, const TaskScope& scope, const Json& result, std::vector<std::string>& names) {
  for (const Field& one : task.notify) {
    const auto text = result.contains("skip_reason") ? Result<Json>(Json::array()) : scope.render(one);
    for (const Json& handler : text && text->is_array() ? *text : text ? Json::array({*text}) : Json::array()) {
      names.push_back(core::text_of(handler));
    }
  }
}

/// An error with the place of the task.
std::string message_of(const core::Error& error, const Place& place) {
  const std::string where = place.line == 0 ? "" : " (" + place.text() + ")";
  return (is_of_undefined(error) ? "The task includes an option with an undefined variable. The error was: " : "") +
         error.message + where;
}

/// Ends the task, with all its items.
tl::unexpected<core::Error> end_task(const core::Error& error, const Place& place) {
  return fail(ErrorCode::general, message_of(error, place));
}

}  // namespace

const char* to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::changed:
      return "changed";
    case Verdict::failed:
      return "failed";
    case Verdict::ignored:
      return "ignored";
    case Verdict::skipped:
      return "skipped";
    case Verdict::unreachable:
      return "unreachable";
  }
  return "";
}

Json error_result(const core::Error& error, const Place& place) {
  return modules::failure(message_of(error, place));
}

TaskOutcome TaskRunner::run(const Task& task, const std::string& name, const std::string& host,
                            const std::vector<std::string>& store_for) {
  TaskScope scope(run_.variables, host, &play_, task.frame.get());
  Event event;
  event.task = name;
  event.module = task.module;
  event.host = host;
  event.place = task.frame->keywords.place;
  event.shown = task.module == "debug" || (task.module == "assert" && !is(task.args.value, "quiet"));
  const auto start = core::Clock::now();
  TaskOutcome outcome = run_all(task, scope, event);
  const auto ignore = flag_of(*task.frame, &Keywords::ignore_errors, scope, false);
  outcome.verdict = verdict_of(outcome.result, outcome.ignored.value_or(ignore && *ignore));
  outcome.changed = is(outcome.result, "changed");
  if (outcome.verdict == Verdict::unreachable) {
    const auto ignore_unreachable = flag_of(*task.frame, &Keywords::ignore_unreachable, scope, false);
    if (ignore_unreachable && *ignore_unreachable) {
      outcome.verdict = Verdict::ignored;
    }
  }
  store(task, store_for, scope, outcome.result);
  if (outcome.verdict != Verdict::changed) {
    outcome.notify.clear();
  }
  event.verdict = outcome.verdict;
  const bool hidden = outcome.hidden || is_hidden(task, scope);
  event.shown = event.shown && !hidden;
  event.result = hidden ? censored(outcome.result) : outcome.result;
  event.elapsed = core::Clock::now() - start;
  event.delegated_to = delegated(task, scope);
  run_.emit(event);
  return outcome;
}

TaskOutcome TaskRunner::run_all(const Task& task, TaskScope& scope, const Event& event) {
  TaskOutcome outcome;
  const auto ended = [](const core::Error& error) { return Json{{"failed", true}, {"msg", error.message}}; };
  try {
    const auto items = loop_items(task, scope);
    if (items && *items) {
      auto looped = run_loop(task, scope, **items, event);
      if (looped) {
        return std::move(*looped);
      }
      outcome.result = ended(looped.error());
      return outcome;
    }
    auto result = run_item(task, scope, event, items ? std::nullopt : std::optional(items.error()), outcome.includes);
    outcome.result = result ? std::move(*result) : ended(result.error());
    add_notified(task, scope, outcome.result, outcome.notify);
  } catch (const std::exception& error) {  // it fails this host; let out of this thread, it would end cef
    outcome.result = error_result({ErrorCode::internal, std::string("a bug in cef: ") + error.what(), {}},
                                  task.frame->keywords.place);
  }
  return outcome;
}

Result<Json> TaskRunner::run_one_of(const Task& task, const LoopControl& control, TaskScope& scope, const Json& items,
                                    std::size_t index, Event event, TaskOutcome& outcome) {
  std::map<std::string, Json> own = {{control.loop_var, items[index]}, {"ansible_loop_var", control.loop_var}};
  if (!control.index_var.empty()) {
    own[control.index_var] = index;
    own["ansible_index_var"] = control.index_var;
  }
  if (control.extended.value == true) {
    own["ansible_loop"] = extended_loop(items, index, control.extended_allitems.value != false);
  }
  for (const auto& [name, value] : own) {
    scope.put(name, Value(value));
  }
  if (index > 0 && control.pause.given()) {
    sleep_unless(run_.stop, control.pause.value.get<double>());
  }
  const std::size_t before = outcome.includes.size();
  auto done = run_item(task, scope, event, std::nullopt, outcome.includes);
  if (!done) {
    return done;
  }
  Json& result = *done;
  for (const auto& [name, value] : own) {
    result[name] = value;
  }
  const auto label = label_of(control, scope, items[index]);
  if (!label && !is_of_undefined(label.error())) {
    return end_task(label.error(), control.label.place);
  }
  if (!label) {
    outcome.includes.resize(before);
    result["failed"] = true;
    result["msg"] = "Failed to template loop_control.label: " + label.error().message;
  }
  if (is(result, "failed")) {
    const auto ignore = flag_of(*task.frame, &Keywords::ignore_errors, scope, false);
    outcome.ignored = outcome.ignored.value_or(true) && ignore && *ignore;
  }
  const bool hidden = is_hidden(task, scope);
  outcome.hidden = outcome.hidden || hidden;
  event.kind = Event::Kind::item;
  event.verdict = verdict_of(result, false);
  event.label = hidden  ? "None"
                : label ? *label
                        : label_of({}, scope, result.value("item", Json("None"))).value_or("None");
  event.shown = event.shown && !hidden;
  event.delegated_to = delegated(task, scope);
  for (std::size_t i = before; i < outcome.includes.size(); ++i) {
    outcome.includes[i].vars = own;
    outcome.includes[i].label = hidden ? "(censored due to no_log)" : event.label;
  }
  event.result = hidden ? censored(result) : result;
  run_.emit(event);
  return done;
}

Result<TaskOutcome> TaskRunner::run_loop(const Task& task, TaskScope& scope, const Json& items, const Event& event) {
  TaskOutcome outcome;
  if (items.empty()) {
    outcome.result = {
        {"changed", false}, {"skipped", true}, {"skipped_reason", "No items in the list"}, {"results", Json::array()}};
    return outcome;
  }
  const auto control = control_of(task.loop_control, scope);
  if (!control) {
    return end_task(control.error(), task.loop.place);
  }
  Json results = Json::array();
  bool changed = false;
  bool failed = false;
  bool unreachable = false;
  bool skipped = true;
  for (std::size_t index = 0; index < items.size() && !run_.stop.draining() && !unreachable; ++index) {
    auto result = run_one_of(task, *control, scope, items, index, event, outcome);
    if (!result) {
      return fail(result.error());
    }
    add_notified(task, scope, *result, outcome.notify);
    changed = changed || is(*result, "changed");
    failed = failed || is(*result, "failed");
    unreachable = is(*result, "unreachable");
    skipped = skipped && is(*result, "skipped");
    results.push_back(std::move(*result));
  }
  outcome.result = {{"results", std::move(results)}, {"skipped", skipped}, {"changed", changed}};
  if (failed) {
    outcome.result["failed"] = true;
  }
  if (unreachable) {
    outcome.result["unreachable"] = true;
  }
  outcome.result["msg"] = skipped ? "All items skipped" : failed ? "One or more items failed" : "All items completed";
  return outcome;
}

Result<Json> TaskRunner::run_item(const Task& task, TaskScope& scope, const Event& event,
                                  const std::optional<core::Error>& loop_error, std::vector<Include>& includes) {
  for (const Field* condition : conditions(*task.frame)) {
    const auto held = scope.holds(*condition);
    if (!held && !loop_error) {
      return fail(ErrorCode::general, "The conditional check '" + (core::text_of(condition->value)) +
                                          "' failed. The error was: " + held.error().message + " (" +
                                          condition->place.text() + ")");
    }
    if (held && !*held) {
      return skipped_by_condition();
    }
    if (!held) {
      break;
    }
  }
  if (loop_error) {
    return end_task(*loop_error, task.loop.place);
  }
  const bool include = task.module == "include_tasks" || task.module == "include_role";
  if (const auto fine = include ? Result<void>{} : check_keywords(task, scope); !fine) {
    return fail(fine.error());
  }
  const auto args = arguments(task, scope);
  if (!args) {
    return end_task(args.error(), task.args.place);
  }
  if (include) {
    includes.push_back({task.module == "include_role", *args, {}, {}});
    return Json{{"changed", false}, {"include_args", *args}};
  }
  return run_tries(task, scope, *args, event);
}

Result<Json> TaskRunner::arguments(const Task& task, const TaskScope& scope) const {
  if (task.module == "assert" || task.module == "debug") {  // conditions and names are not rendered
    Json args = Json::object();
    for (const auto& [name, value] : task.args.value.items()) {
      if (name == "that" || (name == "var" && value.is_string() && !jinja::is_template(value.get<std::string>()))) {
        args[name] = value;
        continue;
      }
      auto rendered = scope.render(value);
      if (!rendered) {
        return rendered;
      }
      args[name] = std::move(*rendered);
    }
    auto merged = modules::with_variable_params(std::move(args));
    return merged ? Result<Json>(without_omitted(with_defaults(task, scope, std::move(*merged)))) : merged;
  }
  auto rendered = scope.render(task.args.value);
  if (!rendered) {
    return rendered;
  }
  if (!rendered->is_object() && !rendered->is_null()) {
    return fail(ErrorCode::general, "the arguments of '" + task.module + "' must be a map");
  }
  auto merged = modules::with_variable_params(rendered->is_null() ? Json::object() : std::move(*rendered));
  return merged ? Result<Json>(without_omitted(with_defaults(task, scope, std::move(*merged)))) : merged;
}

Result<Json> TaskRunner::run_tries(const Task& task, TaskScope& scope, const Json& args, const Event& event) {
  const auto retries = number_of(task.retries, scope, 3);
  const auto delay = number_of(task.delay, scope, 5);
  if (!retries || !delay) {
    return end_task(!retries ? retries.error() : delay.error(), task.retries.place);
  }
  const std::size_t tries = task.until.empty() ? 1 : *retries <= 0 ? 1 : static_cast<std::size_t>(*retries) + 1;
  Json result;
  for (std::size_t attempt = 1; attempt <= tries; ++attempt) {
    auto called = call(task, scope, args);
    if (!called) {
      const auto code = called.error().code;
      const bool lost = code == ErrorCode::unreachable || code == ErrorCode::interrupted;
      if (!lost && (task.module == "assert" || find_action(task.module) == nullptr)) {
        return end_task(called.error(), task.args.place);
      }
      result = lost ? Json{{"changed", false}, {"unreachable", true}, {"msg", called.error().line()}}
                    : error_result(called.error(), task.args.place);
    } else {
      result = std::move(*called);
    }
    if (is(result, "unreachable")) {
      return result;
    }
    if (!task.until.empty()) {
      result["attempts"] = attempt;
    }
    judge(task, scope, result);
    learn(task, scope, result);
    bool done = true;
    for (const Field& condition : task.until) {
      const auto held = scope.holds(condition);
      if (!held) {
        return end_task(held.error(), condition.place);
      }
      done = done && *held;
    }
    if (done || is(result, "skipped")) {
      return result;
    }
    if (attempt == tries) {
      result["failed"] = true;
      result["attempts"] = tries - 1;
      learn(task, scope, result);
      return result;
    }
    Event retry = event;
    retry.kind = Event::Kind::retry;
    retry.tries = tries - attempt;
    retry.result = is_hidden(task, scope) ? censored(result) : result;
    run_.emit(retry);
    sleep_unless(run_.stop, *delay < 0 ? 1 : *delay);
    if (run_.stop.draining()) {
      return result;
    }
  }
  return result;
}

}  // namespace cef::playbook
