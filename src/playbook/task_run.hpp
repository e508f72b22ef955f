#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cef/core/parallel.hpp"
#include "cef/modules/module.hpp"
#include "cef/playbook/run.hpp"
#include "keywords.hpp"
#include "sessions.hpp"
#include "variables.hpp"

namespace cef::playbook {

/// What all parts of a run share.
struct Run {
  const RunOptions& options;
  Variables& variables;
  Sessions& sessions;
  const std::function<void(const Event&)>& sink;
  core::StopToken stop;
  bool free = false;                  ///< of the play that runs: hosts go on without the others
  std::atomic<bool> started = false;  ///< --start-at-task was reached by a host
  std::set<std::string> forgiven{};   ///< hosts whose failures meta: clear_host_errors took back
  bool ask = true;                    ///< --step goes on asking
  core::Turnstile throttles{};        ///< of tasks, where hosts go on without the others
  std::mutex mutex{};                 ///< of `sink`, `forgiven` and `ask`

  void forgive(const std::string& host) {
    const std::lock_guard lock(mutex);
    forgiven.insert(host);
  }
  /// --step: whether a task is to run.
  bool is_agreed(const std::string& task) {
    const std::lock_guard lock(mutex);
    if (!options.step || !ask) {
      return true;
    }
    const char answer = options.step(task);
    ask = answer != 'c';
    return answer != 'n';
  }
  void emit(const Event& event) {
    const std::lock_guard lock(mutex);
    if (sink) {
      sink(event);
    }
  }
};

/// What an include_tasks or include_role asks for, on one host.
struct Include {
  bool role = false;
  core::Json args;
  std::map<std::string, core::Json> vars;  ///< the item of a loop
  std::string label;                       ///< of that item
};

/// How a task went on one host, all items together.
struct TaskOutcome {
  Verdict verdict = Verdict::ok;
  bool changed = false;
  core::Json result;
  std::vector<std::string> notify;
  std::vector<Include> includes;
  std::optional<bool> ignored;  ///< of a loop: ignore_errors of all items that failed
  bool hidden = false;          ///< of a loop: no_log of any item
};

/// Runs tasks on hosts; thread-safe for different hosts.
class TaskRunner {
 public:
  TaskRunner(Run& run, PlayScope& play) : run_(run), play_(play) {}

  /// Emits an event for each item and retry, and one for the whole. Stores what was registered and the facts, for every
  /// host of `store_for`.
  TaskOutcome run(const Task& task, const std::string& name, const std::string& host,
                  const std::vector<std::string>& store_for);

 private:
  TaskOutcome run_all(const Task& task, TaskScope& scope, const Event& event);
  // Errors of these end the task with all its items: the error's message is all that is left of it.
  core::Result<TaskOutcome> run_loop(const Task& task, TaskScope& scope, const core::Json& items, const Event& event);
  core::Result<core::Json> run_one_of(const Task& task, const LoopControl& control, TaskScope& scope,
                                      const core::Json& items, std::size_t index, Event event, TaskOutcome& outcome);
  core::Result<core::Json> run_item(const Task& task, TaskScope& scope, const Event& event,
                                    const std::optional<core::Error>& loop_error, std::vector<Include>& includes);
  core::Result<core::Json> run_tries(const Task& task, TaskScope& scope, const core::Json& args, const Event& event);
  core::Result<core::Json> call(const Task& task, TaskScope& scope, const core::Json& args);
  core::Result<core::Json> call_module(const Task& task, const modules::Module& module, TaskScope& scope,
                                       const core::Json& args);
  core::Result<core::Json> arguments(const Task& task, const TaskScope& scope) const;
  void judge(const Task& task, TaskScope& scope, core::Json& result) const;
  void learn(const Task& task, TaskScope& scope, const core::Json& result);
  void store(const Task& task, const std::vector<std::string>& hosts, const TaskScope& scope, const core::Json& result);

  Run& run_;
  PlayScope& play_;
};

/// An error as the message of a result, with the place of the task.
[[nodiscard]] core::Json error_result(const core::Error& error, const Place& place);

}  // namespace cef::playbook
