#include "cef/playbook/list.hpp"

#include <algorithm>
#include <array>

#include "cef/core/near_name.hpp"
#include "cef/core/yaml.hpp"
#include "frames.hpp"

namespace cef::playbook {

namespace {

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : separator) + word;
  }
  return text;
}

std::vector<std::string> patterns_of(const Play& play) {
  std::vector<std::string> patterns;
  if (play.hosts.value.is_string()) {
    patterns.push_back(play.hosts.value.get<std::string>());
  }
  for (const auto& pattern : play.hosts.value.is_array() ? play.hosts.value : core::Json::array()) {
    patterns.push_back(pattern.get<std::string>());
  }
  return patterns;
}

std::string name_of(const Task& task) {
  const Field& name = task.frame->keywords.name;
  if (!name.given()) {
    return task.action.empty() ? task.module : task.action;
  }
  return (task.frame->role ? task.frame->role->name + " : " : "") + name.value.get<std::string>();
}

void list_tasks(const std::vector<Item>& items, const ListOptions& options, ListedPlay& play,
                std::set<std::string>& all_tags) {
  for (const Item& item : items) {
    if (const auto* block = std::get_if<Block>(&item.what)) {
      list_tasks(block->block, options, play, all_tags);
      continue;
    }
    const Task& task = std::get<Task>(item.what);
    const auto tags = tags_of(*task.frame);
    if (is_selected(tags, options.only_tags, options.skip_tags)) {
      play.tasks.push_back({name_of(task), {tags.begin(), tags.end()}});
      all_tags.insert(tags.begin(), tags.end());
    }
  }
}

bool is_always_known(const std::string& name) {
  constexpr std::array<std::string_view, 17> k_magic = {"inventory_hostname",
                                                        "inventory_hostname_short",
                                                        "inventory_dir",
                                                        "inventory_file",
                                                        "groups",
                                                        "group_names",
                                                        "hostvars",
                                                        "play_hosts",
                                                        "playbook_dir",
                                                        "role_name",
                                                        "role_path",
                                                        "role_names",
                                                        "omit",
                                                        "vars",
                                                        "environment",
                                                        "item",
                                                        "gather_subset"};
  return name.starts_with("ansible_") || std::find(k_magic.begin(), k_magic.end(), name) != k_magic.end();
}

/// Looks for variables that need themselves, or a vault that is shut. A name that has more than one definition, or one
/// that the playbook does not hold, is not followed: which of them counts is known in the run only.
class Circles {
 public:
  Circles(const Playbook& book, const std::set<std::string>& known) : book_(book), known_(known) {}

  /// Error (usage): at the definition that closes the circle.
  core::Result<void> look(const std::string& name) {
    const auto found = book_.definitions.find(name);
    if (found == book_.definitions.end() || found->second.size() != 1 || is_always_known(name) ||
        known_.contains(name) || done_.contains(name)) {
      return {};
    }
    const Definition& definition = found->second.begin()->second;
    if (!definition.shut.empty()) {
      return core::fail(core::ErrorCode::usage, definition.shut);
    }
    if (const auto open = std::find(open_.begin(), open_.end(), name); open != open_.end()) {
      return core::fail(core::ErrorCode::usage, definition.place.text() + ": '" + name +
                                                    "' needs itself: " + join({open, open_.end()}, " → ") + " → " +
                                                    name + "; give one of them a value");
    }
    if (open_.size() >= k_max_depth) {
      return core::fail(core::ErrorCode::usage, definition.place.text() + ": '" + name +
                                                    "' is needed through more than " + std::to_string(k_max_depth) +
                                                    " others in a row");
    }
    open_.push_back(name);
    for (const std::string& other : definition.needs) {
      if (auto fine = look(other); !fine) {
        return fine;
      }
    }
    open_.pop_back();
    done_.insert(name);
    return {};
  }

 private:
  static constexpr std::size_t k_max_depth = 64;  // as in the run
  const Playbook& book_;
  const std::set<std::string>& known_;
  std::vector<std::string> open_;
  std::set<std::string> done_;
};

}  // namespace

core::Result<std::vector<ListedPlay>> list_plays(const Playbook& book, const ListOptions& options,
                                                 const HostsOf& hosts_of) {
  std::vector<ListedPlay> plays;
  for (const Play& play : book.plays) {
    ListedPlay listed;
    const auto patterns = patterns_of(play);
    listed.pattern = join(patterns, ",");
    const Field& name = play.frame->keywords.name;
    listed.name = name.given() ? name.value.get<std::string>() : listed.pattern;
    std::set<std::string> tags = tags_of(*play.frame);
    listed.tags.assign(tags.begin(), tags.end());
    if (options.hosts) {
      auto hosts = hosts_of(play);
      if (!hosts) {
        return core::fail(hosts.error());
      }
      listed.hosts = std::move(*hosts);
    }
    for (const auto* items : {&play.pre_tasks, &play.tasks, &play.post_tasks}) {
      list_tasks(*items, options, listed, tags);
    }
    listed.task_tags.assign(tags.begin(), tags.end());
    plays.push_back(std::move(listed));
  }
  return plays;
}

std::string list_text(const std::string& file, const std::vector<ListedPlay>& plays, const ListOptions& options) {
  std::string text = "\nplaybook: " + file + "\n";
  for (std::size_t i = 0; i < plays.size(); ++i) {
    const ListedPlay& play = plays[i];
    text += "\n  play #" + std::to_string(i + 1) + " (" + play.pattern + "): " + play.name + "\tTAGS: [" +
            join(play.tags, ",") + "]";
    if (options.hosts) {
      std::string pattern = play.pattern;
      for (std::size_t at = pattern.find(','); at != std::string::npos; at = pattern.find(',', at + 4)) {
        pattern.replace(at, 1, "', '");
      }
      text += "\n    pattern: ['" + pattern + "']\n    hosts (" + std::to_string(play.hosts.size()) + "):";
      for (const auto& host : play.hosts) {
        text += "\n      " + host;
      }
    }
    text += "\n";
    if (!options.tasks && !options.tags) {
      continue;
    }
    text += options.tasks ? "    tasks:\n" : "";
    for (const ListedTask& task : options.tasks ? play.tasks : std::vector<ListedTask>{}) {
      text += "      " + task.name + "\tTAGS: [" + join(task.tags, ", ") + "]\n";
    }
    text += options.tags ? "      TASK TAGS: [" + join(play.task_tags, ", ") + "]\n" : "";
  }
  return text;
}

core::Result<void> check_faults(const Playbook& book, const std::vector<std::string>& only_tags,
                                const std::vector<std::string>& skip_tags) {
  for (const Fault& fault : book.faults) {
    if (is_selected(tags_of(*fault.frame), only_tags, skip_tags)) {
      return core::fail(core::ErrorCode::usage, fault.place.text() + ": " + core::on_one_line(fault.message));
    }
  }
  return {};
}

std::vector<std::string> doubts_of(const Playbook& book, const std::vector<std::string>& only_tags,
                                   const std::vector<std::string>& skip_tags) {
  std::vector<std::string> lines;
  std::set<std::string> said;
  for (const Fault& doubt : book.doubts) {
    if (is_selected(tags_of(*doubt.frame), only_tags, skip_tags) && said.insert(doubt.message).second) {
      lines.push_back(doubt.place.text() + ": " + core::on_one_line(doubt.message));
    }
  }
  return lines;
}

core::Result<void> check_names(const Playbook& book, const std::set<std::string>& known,
                               const std::vector<std::string>& only_tags, const std::vector<std::string>& skip_tags) {
  if (book.gives_others) {
    return {};
  }
  Circles circles(book, known);
  for (const NameUse& use : book.needs) {
    if (is_always_known(use.name) || known.contains(use.name) ||
        !is_selected(tags_of(*use.frame), only_tags, skip_tags)) {
      continue;
    }
    if (book.gives.contains(use.name)) {
      if (auto fine = circles.look(use.name); !fine) {
        return fine;
      }
      continue;
    }
    std::vector<std::string> names(known.begin(), known.end());
    names.insert(names.end(), book.gives.begin(), book.gives.end());
    const std::string near = core::did_you_mean(use.name, names);
    return core::fail(core::ErrorCode::usage,
                      use.place.text() + ": '" + use.name + "' is undefined" +
                          (near.empty() ? "; define it in vars, in the inventory or with -e" : near));
  }
  return {};
}

}  // namespace cef::playbook
