#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "task_run.hpp"

namespace cef::playbook {

/// One host in a play.
struct HostRun {
  std::string name;
  Recap recap;
  bool failed = false;
  bool unreachable = false;
  bool ended = false;              ///< by meta: end_host, end_batch, end_play
  bool lost = false;               ///< to the plays that come, whatever a rescue does in this one
  std::set<const Task*> notified;  ///< handlers that are to run
  std::set<std::string> roles;     ///< by their identity, that have run

  [[nodiscard]] bool alive() const noexcept { return !failed && !unreachable && !ended; }
};
using Hosts = std::vector<HostRun*>;

/// Runs lists of tasks, blocks and handlers on the hosts of a batch, in step. With one host in it, it is that host's
/// part of the free strategy.
class Walk {
 public:
  enum class Origin { list, handler, implicit };  ///< implicit: of the engine's own, always wanted
  /// `started`: --start-at-task was reached before.
  Walk(Run& run, PlayScope& play, const std::vector<Item>& handlers, Hosts batch, bool started);

  /// Tasks of a list on those of the batch that are alive; then the handlers that they notified.
  void section(const std::vector<Item>& list);
  void task(const Task& task, const Hosts& hosts, Origin origin, bool rescuable = false);
  /// A threshold or any_errors_fatal ended the play for all hosts.
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  [[nodiscard]] bool play_ended() const noexcept { return play_ended_; }

 private:
  void items(const std::vector<Item>& items, const Hosts& hosts, bool rescuable, Origin origin = Origin::list);
  void block(const Block& block, const Hosts& hosts, bool rescuable);
  /// On those hosts on which it has not run yet in this play.
  void use_of_role(const Block& block, const Hosts& all, bool rescuable);
  void tasks_of(const Block& block, const Hosts& hosts, bool rescuable);
  void flush_handlers(const Hosts& hosts);
  void settle(const Task& task, const std::string& name, HostRun& host, const TaskOutcome& outcome, bool rescuable);
  void notify(HostRun& host, const std::vector<std::string>& names);
  void add_handlers(const std::vector<Item>& items);
  void meta(const Task& task, const Hosts& hosts);
  void includes(const Task& task, const std::vector<std::pair<HostRun*, Include>>& asked, bool rescuable,
                Origin origin);
  core::Result<std::vector<Item>> read(const Task& task, const Include& include, std::string& what);
  void keep_failure(const Task& task, const std::string& name, const HostRun& host, const core::Json& result);
  /// Of what an include did not bring in.
  void fail_host(const Task& task, const std::string& name, HostRun& host, const core::Error& error, bool rescuable);
  void check_thresholds(const Task& task, bool rescuable);
  bool is_wanted(const Task& task, const std::string& name);
  void refresh_batch();

  Run& run_;
  PlayScope& play_;
  TaskRunner runner_;
  std::deque<Task> handlers_;  ///< grows only: their addresses are their identity
  Hosts batch_;
  bool started_;
  bool broken_ = false;
  bool play_ended_ = false;
  int including_ = 0;  ///< includes within includes
};

/// "role : name"; the module for a task without a name. Templates are rendered as far as they can be.
[[nodiscard]] std::string title(const Task& task, const TaskScope& scope);

}  // namespace cef::playbook
