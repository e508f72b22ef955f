#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

struct ListOptions {
  bool hosts = false;
  bool tasks = false;
  bool tags = false;
  std::vector<std::string> only_tags;  ///< --tags; empty: all
  std::vector<std::string> skip_tags;
};

struct ListedTask {
  std::string name;               ///< "role : name", or the module as it is written
  std::vector<std::string> tags;  ///< with those of the play, sorted
};

struct ListedPlay {
  std::string name;
  std::string pattern;  ///< "web,db"
  std::vector<std::string> tags;
  std::vector<std::string> hosts;
  std::vector<ListedTask> tasks;       ///< that the tags select, without rescue, always and handlers
  std::vector<std::string> task_tags;  ///< of the play and all of these tasks, sorted
};

using HostsOf = std::function<core::Result<std::vector<std::string>>(const Play& play)>;

/// What --list-hosts, --list-tasks and --list-tags show; `hosts_of` is asked only for hosts.
[[nodiscard]] core::Result<std::vector<ListedPlay>> list_plays(const Playbook& book, const ListOptions& options,
                                                               const HostsOf& hosts_of);
/// The same as ansible-playbook prints it, byte by byte; of an empty list what --syntax-check prints. Where
/// ansible-playbook has no order (hosts, tags of a play) it is sorted here, and hosts in the order given.
[[nodiscard]] std::string list_text(const std::string& file, const std::vector<ListedPlay>& plays,
                                    const ListOptions& options);

/// Refuses a variable that a task evaluates for certain and nothing defines: neither the playbook nor `known` (of the
/// inventory and -e). Tasks that the tags leave out, that stand under a condition, in a loop or in a rescue are not
/// asked. Error (usage): "FILE:LINE:COLUMN: 'x' is undefined; …".
[[nodiscard]] core::Result<void> check_names(const Playbook& book, const std::set<std::string>& known,
                                             const std::vector<std::string>& only_tags = {},
                                             const std::vector<std::string>& skip_tags = {});

/// Refuses what a task that the tags select is sure to fail with: the first of book.faults. Error (usage).
[[nodiscard]] core::Result<void> check_faults(const Playbook& book, const std::vector<std::string>& only_tags = {},
                                              const std::vector<std::string>& skip_tags = {});

/// What tasks that the tags select fail with if they are run, one line for each: "FILE:LINE:COLUMN: cef has no module
/// 'ufw' ; …".
[[nodiscard]] std::vector<std::string> doubts_of(const Playbook& book, const std::vector<std::string>& only_tags = {},
                                                 const std::vector<std::string>& skip_tags = {});

}  // namespace cef::playbook
