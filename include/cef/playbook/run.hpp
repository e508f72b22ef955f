#pragma once

#include <optional>
#include <set>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cef/core/become.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/core/secret.hpp"
#include "cef/core/stop.hpp"
#include "cef/inventory/inventory.hpp"
#include "cef/playbook/document.hpp"
#include "cef/playbook/read.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::playbook {

struct RunOptions {
  int forks = 5;
  bool check = false;
  bool diff = false;
  core::Become become;                              ///< where neither plays nor the inventory say otherwise
  std::string managed = "Ansible managed";          ///< ansible_managed of templates, with {host}, {uid}, {file} and %Y
  std::string become_flags, become_exe;             ///< where neither says otherwise
  std::function<void(ssh::Target&)> adjust_target;  ///< what the command line says of user, key and the like
  std::optional<core::Secret> password;             ///< of the connection, where the inventory has none
  std::string limit;
  std::set<std::string> left_out;                        ///< hosts that are left to other shards
  std::vector<std::filesystem::path> inventory_sources;  ///< for inventory_file and inventory_dir
  std::vector<std::string> tags;                         ///< empty: all
  std::vector<std::string> skip_tags;
  std::string start_at_task;
  std::map<std::string, core::Json> extra_vars;  ///< win over everything
  core::Milliseconds timeout{1'800'000};         ///< of one task on one host
  bool force_handlers = false;
  int verbosity = 0;  ///< of -v
  /// Asks before each task (--step): 'y', 'n' or 'c' to go on without asking. Unset: not asked.
  std::function<char(const std::string& task)> step;
  /// Asks for the prompt of `pause`; unset: goes on at once, as without a terminal.
  std::function<std::string(const std::string& prompt, bool echo)> ask;
  /// Answers of vars_prompt by name.
  std::map<std::string, core::Json> prompted;
  ReadOptions read;
  /// Plays that a host had finished before (--resume): they are not run on it again.
  std::map<std::string, std::size_t> resume;
};

enum class Verdict { ok, changed, failed, ignored, skipped, unreachable };
[[nodiscard]] const char* to_string(Verdict verdict) noexcept;

/// One thing that happened, in order; called one at a time.
struct Event {
  enum class Kind { play_start, no_hosts, task_start, handler_start, item, retry, result, included, play_end, warning };
  Kind kind = Kind::result;
  std::string play;
  std::string task;  ///< "role : name", as Ansible writes it
  std::string module;
  Place place;
  std::string host;
  std::string delegated_to;
  Verdict verdict = Verdict::ok;
  std::string label;      ///< of an item
  core::Json result;      ///< what the module returned; "censored" with no_log
  std::size_t tries = 0;  ///< left, of a retry
  bool shown = false;     ///< the result is what the task is for (debug, assert): text has it without -v too
  std::chrono::nanoseconds elapsed{0};
};

struct Recap {
  std::size_t ok = 0, changed = 0, unreachable = 0, failed = 0, skipped = 0, rescued = 0, ignored = 0;

  Recap& operator+=(const Recap& other);
};

struct RunResult {
  std::map<std::string, Recap> recaps;
  std::vector<std::string> host_order;
  std::set<std::string> forgiven;  ///< whose failures meta: clear_host_errors took back: they do not count in the end
  bool interrupted = false;
  std::chrono::nanoseconds elapsed{0};
  std::map<std::string, std::size_t> reached;  ///< for --resume: plays that a host has finished
};

/// Takes out of the playbook's doubts those that no host comes to, for the conditions around them and all that is known
/// before the run. Error (usage): one that a host does come to.
[[nodiscard]] core::Result<void> settle_doubts(Playbook& playbook, const inventory::Inventory& inventory,
                                               const RunOptions& options);

/// A value of a play as its variables give it before any host is known: hosts, name, prompts.
core::Result<core::Json> render_in_play(const core::Json& value, const Play& play,
                                        const inventory::Inventory& inventory, const RunOptions& options);

/// Runs the plays. Errors (usage): wrong patterns and the like, found before any host is touched.
core::Result<RunResult> run_playbook(const Playbook& playbook, const inventory::Inventory& inventory,
                                     ssh::Connector& connector, const RunOptions& options,
                                     const std::function<void(const Event&)>& event, const core::StopToken& stop);

}  // namespace cef::playbook
