#include <algorithm>

#include "cef/core/text.hpp"
#include "frames.hpp"
#include "local_files.hpp"
#include "walk.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using core::text_of;

namespace {

constexpr int k_most_includes = 500;  // within each other; each takes 3 KiB of the stack

/// The including task's frame with the item of its loop.
std::shared_ptr<const Frame> frame_of(const Task& task, const Include& include) {
  auto frame = std::make_shared<Frame>(*task.frame);
  for (const auto& [name, value] : include.vars) {
    frame->keywords.vars[name] = {value, frame->keywords.place};
  }
  return frame;
}

}  // namespace

Result<std::vector<Item>> Walk::read(const Task& task, const Include& include, std::string& what) {
  const auto frame = frame_of(task, include);
  const Json& args = include.args;
  const auto given = args.find("apply");
  const Field apply = given == args.end() ? Field{} : Field{*given, task.args.place};
  if (!include.role) {
    what = text_of(args.value("file", Json("")));
    for (const auto& path : places_of_tasks(*task.frame, what)) {
      std::error_code ignored;
      if (std::filesystem::is_regular_file(path, ignored)) {
        what = std::filesystem::absolute(path).lexically_normal().string();
        return read_tasks(path, frame, run_.options.read, apply);
      }
    }
    return fail(ErrorCode::usage, "Could not find or access '" + what + "' on the control node");
  }
  what = text_of(args.value("name", args.value("role", Json(""))));
  std::map<std::string, std::string> from;
  for (const char* part : {"tasks", "vars", "defaults", "handlers"}) {
    if (const auto other = args.find(std::string(part) + "_from"); other != args.end()) {
      from[part] = text_of(*other);
    }
  }
  const auto flag = [&](const char* option) { return boolean_word(args.value(option, Json(true))).value_or(true); };
  auto role =
      read_role(what, from, {}, frame, run_.options.read, apply, flag("rolespec_validate"), flag("allow_duplicates"));
  if (!role) {
    return fail(role.error());
  }
  add_handlers((*role)->handlers);
  if (const auto open = args.find("public"); open != args.end() && (*open == true || *open == "yes")) {
    play_.add_role(*role);
  }
  return (*role)->tasks;
}

void Walk::includes(const Task& task, const std::vector<std::pair<HostRun*, Include>>& asked, bool rescuable,
                    Origin origin) {
  struct Group {
    Include include;
    Hosts hosts;
  };
  std::vector<std::pair<std::string, Group>> groups;  // in the order in which they were asked for
  for (const auto& [host, include] : asked) {
    const std::string key = core::dump_line(include.args) + core::dump_line(Json(include.vars));
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.first == key; });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {key, {include, {}}});
    }
    group->second.hosts.push_back(host);
  }
  std::vector<std::pair<std::vector<Item>, Hosts>> lists;
  for (const auto& [key, group] : groups) {
    Event event;
    event.kind = Event::Kind::included;
    auto list = including_ < k_most_includes
                    ? read(task, group.include, event.task)
                    : fail(ErrorCode::general, "includes are more than " + std::to_string(k_most_includes) +
                                                   " deep within each other; write a 'when' that ends them");
    if (!list) {
      for (HostRun* host : group.hosts) {
        fail_host(task, task.module, *host, list.error(), rescuable);
      }
      continue;
    }
    Json names = Json::array();
    for (HostRun* host : group.hosts) {
      names.push_back(host->name);
      host->recap.ok += group.include.role ? 0 : 1;  // as Ansible counts
    }
    event.result = {{"hosts", names}};
    event.module = task.module;
    event.label = group.include.label;
    run_.emit(event);
    lists.emplace_back(std::move(*list), group.hosts);
  }
  ++including_;
  for (const auto& [list, hosts] : lists) {
    items(list, hosts, rescuable, origin);
  }
  --including_;
}

void Walk::meta(const Task& task, const Hosts& hosts) {
  const Json& args = task.args.value;
  const std::string action = args.is_object() && !args.empty() ? text_of(*args.begin()) : text_of(args);
  // Of all others the first host decides for all, as in Ansible.
  const bool each =
      action == "flush_handlers" || action == "end_host" || action == "reset_connection" || action == "noop";
  Hosts meant;
  for (HostRun* host : each ? hosts : Hosts{hosts.front()}) {
    const TaskScope scope(run_.variables, host->name, &play_, task.frame.get());
    const auto all = conditions(*task.frame);
    if (std::all_of(all.begin(), all.end(), [&](const Field* one) { return scope.holds(*one).value_or(false); })) {
      meant.push_back(host);
    }
  }
  if (action == "flush_handlers") {
    flush_handlers(meant);
  } else if (action == "clear_facts") {
    for (const HostRun* host : meant.empty() ? meant : hosts) {
      run_.variables.clear_facts(host->name);
    }
  } else if (action == "clear_host_errors") {
    for (HostRun* host : meant.empty() ? meant : batch_) {  // back in the next play, as in Ansible
      if (host->failed || host->unreachable) {
        host->failed = host->unreachable = false;
        host->ended = true;
        run_.forgive(host->name);
      }
    }
  } else if (action == "end_host") {
    for (HostRun* host : meant) {
      host->ended = true;
    }
  } else if ((action == "end_play" || action == "end_batch") && !meant.empty()) {
    for (HostRun* host : batch_) {
      host->ended = true;
    }
    play_ended_ = play_ended_ || action == "end_play";
  } else if (action == "reset_connection") {
    for (const HostRun* host : meant) {
      run_.sessions.close_all(host->name);
    }
  }
  refresh_batch();
}

}  // namespace cef::playbook
