#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/playbook/run.hpp"

namespace cef::operation {

struct PlaybookOptions {
  FleetOptions fleet;  ///< inventory, limit, forks, check, timeout, login, vaults, become; the pattern is the plays'
  std::vector<std::filesystem::path> files;
  std::vector<std::string> extra_vars;  ///< "a=1 b=2", a YAML or JSON map, "@FILE"
  std::vector<std::string> tags;
  std::vector<std::string> skip_tags;
  std::string start_at_task;
  bool local = false;                             ///< every host is this machine, as with -c local
  std::vector<std::filesystem::path> roles_path;  ///< folders of roles, besides those at the playbook and Ansible's own
  std::string managed;                            ///< as in playbook::RunOptions; empty: the usual one
  std::string become_flags, become_exe;           ///< as in Ansible: what sudo or su gets, and what is run in its place
  bool diff = false;
  bool force_handlers = false;
  bool allow_missing_modules = false;  ///< where only the run can tell whether a host comes to one
  int verbosity = 0;                   ///< of -v: which debug tasks speak
  bool resume = false;                 ///< go on with what an interrupted or failed run of the same left
  std::filesystem::path state_folder;  ///< of what --resume needs; empty: the user's state folder
  std::function<char(const std::string& task)> step{};
  /// For vars_prompt and pause. Error (interrupted): by a signal.
  std::function<core::Result<std::string>(const std::string& prompt, bool echo)> ask{};
};

struct PlaybookResult {
  std::chrono::system_clock::time_point started;
  playbook::RunResult run;
  bool check = false;
  std::optional<ShardView> shard;  ///< of the hosts that --limit leaves of the inventory
};

/// What a program of this machine gives as the password of vaults: its output, without the end of the line. One named
/// NAME-client gets "--vault-id LABEL". Error: usage.
core::Result<core::Secret> password_of_program(const std::filesystem::path& program, const std::string& label);

/// What to print besides the plays.
struct PlaybookListing {
  bool hosts = false;
  bool tasks = false;
  bool tags = false;
};
/// The text of --list-hosts, --list-tasks, --list-tags as ansible-playbook prints it; with none of them, that of
/// --syntax-check. All is read and checked, nothing has been done anywhere. Errors: usage, integrity.
core::Result<std::string> list_playbooks(const PlaybookOptions& options, const PlaybookListing& listing);

/// Errors, before any host is asked: usage, integrity.
core::Result<PlaybookResult> run_playbooks(const PlaybookOptions& options,
                                           const std::function<void(const playbook::Event&)>& event,
                                           const core::StopToken& stop);

}  // namespace cef::operation
