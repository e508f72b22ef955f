#include "walk.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "actions.hpp"
#include "cef/core/parallel.hpp"
#include "cef/core/text.hpp"
#include "frames.hpp"

namespace cef::playbook {

using core::Json;

namespace {

Hosts alive_of(const Hosts& hosts) {
  Hosts alive;
  std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(alive),
               [](const HostRun* host) { return host->alive(); });
  return alive;
}

bool is_include(const Task& task) {
  return task.module == "include_tasks" || task.module == "include_role";
}

std::size_t hosts_at_once(const Run& run, const Task& task, const TaskScope& scope) {
  const auto limit = static_cast<std::size_t>(std::max(run.options.forks, 1));
  const Field* throttle = nearest(task.frame.get(), &Keywords::throttle);
  const double most = throttle != nullptr ? number_of(*throttle, scope, 0).value_or(0) : 0;
  return most > 0 ? std::min(limit, static_cast<std::size_t>(most)) : limit;
}

}  // namespace

std::string title(const Task& task, const TaskScope& scope) {
  const Field& name = task.frame->keywords.name;
  std::string text = name.value.is_string() ? name.value.get<std::string>() : task.action;
  const bool role = task.module == "include_role";  // Ansible names no role around it
  if (role && !name.value.is_string()) {
    const Json& args = task.args.value;
    const Json called = args.is_object() ? args.value("name", args.value("role", Json(""))) : Json("");
    text += " : " + (core::text_of(called));
  }
  if (const auto rendered = scope.render(Json(text)); rendered && rendered->is_string()) {
    text = rendered->get<std::string>();
  }
  return task.frame->role && !role ? task.frame->role->name + " : " + text : text;
}

Walk::Walk(Run& run, PlayScope& play, const std::vector<Item>& handlers, Hosts batch, bool started)
    : run_(run), play_(play), runner_(run, play), batch_(std::move(batch)), started_(started) {
  add_handlers(handlers);
}

void Walk::add_handlers(const std::vector<Item>& items) {
  for (const Item& item : items) {
    if (const Task* task = std::get_if<Task>(&item.what)) {
      handlers_.push_back(*task);
    } else {
      add_handlers(std::get<Block>(item.what).block);
    }
  }
}

void Walk::section(const std::vector<Item>& list) {
  items(list, batch_, false);
  flush_handlers(batch_);
}

void Walk::items(const std::vector<Item>& list, const Hosts& hosts, bool rescuable, Origin origin) {
  for (const Item& item : list) {
    const Hosts alive = alive_of(hosts);
    if (alive.empty() || run_.stop.draining()) {
      return;
    }
    if (const Task* one = std::get_if<Task>(&item.what)) {
      task(*one, alive, origin, rescuable);
    } else {
      block(std::get<Block>(item.what), alive, rescuable);
    }
  }
}

namespace {

/// The role of which a block is a use, else nullptr.
const Role* used_role(const Block& block) {
  const auto& role = block.frame->role;
  const bool is_use = role && (!block.frame->parent || block.frame->parent->role != role);
  return is_use && !role->identity.empty() ? role.get() : nullptr;
}

/// Tasks of a host that were not skipped.
std::size_t tasks_run(const HostRun& host) {
  const Recap& recap = host.recap;
  return recap.ok + recap.failed + recap.rescued + recap.unreachable;
}

}  // namespace

void Walk::use_of_role(const Block& block, const Hosts& all, bool rescuable) {
  const Role& role = *used_role(block);
  std::vector<std::pair<HostRun*, std::size_t>> run;
  Hosts hosts;
  for (HostRun* host : all) {
    if (role.allow_duplicates || host->roles.count(role.identity) == 0) {
      run.emplace_back(host, tasks_run(*host));
      hosts.push_back(host);
    }
  }
  tasks_of(block, hosts, rescuable);
  for (const auto& [host, before] : run) {
    if (tasks_run(*host) > before) {  // one that was skipped altogether has not run, as in Ansible
      host->roles.insert(role.identity);
    }
  }
}

void Walk::block(const Block& block, const Hosts& hosts, bool rescuable) {
  used_role(block) == nullptr ? tasks_of(block, hosts, rescuable) : use_of_role(block, hosts, rescuable);
}

void Walk::tasks_of(const Block& block, const Hosts& hosts, bool rescuable) {
  items(block.block, hosts, rescuable || !block.rescue.empty());
  if (!block.rescue.empty() && !broken_) {
    Hosts failed;
    for (HostRun* host : hosts) {
      if (host->failed) {
        host->failed = false;
        failed.push_back(host);
      }
    }
    items(block.rescue, failed, rescuable);
  }
  if (!block.always.empty()) {
    Hosts entered;
    Hosts failed;
    for (HostRun* host : hosts) {
      if (!host->unreachable && !host->ended) {
        entered.push_back(host);
        if (host->failed) {
          failed.push_back(host);
          host->failed = false;
        }
      }
    }
    items(block.always, entered, rescuable);
    for (HostRun* host : failed) {
      host->failed = true;
    }
  }
  refresh_batch();
}

bool Walk::is_wanted(const Task& task, const std::string& name) {
  const RunOptions& options = run_.options;
  if (!is_selected(tags_of(*task.frame), options.tags, options.skip_tags)) {
    return false;
  }
  if (!started_) {
    const auto colon = name.find(" : ");
    started_ = name == options.start_at_task ||
               (colon != std::string::npos && name.substr(colon + 3) == options.start_at_task);
    if (!started_) {
      return false;
    }
    run_.started = true;
  }
  return run_.is_agreed(name);
}

void Walk::task(const Task& task, const Hosts& hosts, Origin origin, bool rescuable) {
  const TaskScope scope(run_.variables, hosts.front()->name, &play_, task.frame.get());
  const std::string name = title(task, scope);
  if (origin == Origin::list && !is_wanted(task, name)) {
    return;
  }
  Event event;
  event.kind = origin == Origin::handler ? Event::Kind::handler_start : Event::Kind::task_start;
  event.task = name;
  event.module = task.module;
  event.place = task.frame->keywords.place;
  run_.emit(event);
  if (task.module == "meta") {
    meta(task, hosts);
    return;
  }
  const auto once = flag_of(*task.frame, &Keywords::run_once, scope, false);
  const bool single = (once && *once) || bypasses_hosts(task.module);
  std::vector<std::string> all;
  for (const HostRun* host : hosts) {
    all.push_back(host->name);
  }
  std::vector<TaskOutcome> outcomes(single ? 1 : hosts.size());
  const std::size_t most = hosts_at_once(run_, task, scope);
  core::in_parallel(outcomes.size(), most, [&](std::size_t i) {
    const auto run = [&] {
      outcomes[i] = runner_.run(task, name, hosts[i]->name, single ? all : std::vector<std::string>{hosts[i]->name});
    };
    run_.free ? run_.throttles.pass(event.place.text(), most, run) : run();
  });
  std::vector<std::pair<HostRun*, Include>> asked;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    settle(task, name, *hosts[i], outcomes[i], rescuable);
    if (single && outcomes[i].verdict == Verdict::failed) {
      std::for_each(hosts.begin() + 1, hosts.end(), [](HostRun* host) { host->failed = true; });
    }
    for (const Include& include : outcomes[i].includes) {
      for (HostRun* host : single ? hosts : Hosts{hosts[i]}) {
        asked.emplace_back(host, include);
      }
    }
  }
  refresh_batch();
  check_thresholds(task, rescuable);
  includes(task, asked, rescuable, origin);
}

void Walk::settle(const Task& task, const std::string& name, HostRun& host, const TaskOutcome& outcome,
                  bool rescuable) {
  Recap& recap = host.recap;
  switch (outcome.verdict) {
    case Verdict::ignored:
      ++recap.ignored;
      ++recap.ok;
      recap.changed += outcome.changed ? 1 : 0;
      break;
    case Verdict::ok:
    case Verdict::changed:
      recap.ok += is_include(task) ? 0 : 1;  // each file that it included counts
      recap.changed += outcome.changed ? 1 : 0;
      break;
    case Verdict::skipped:
      ++recap.skipped;
      break;
    case Verdict::unreachable:
      ++recap.unreachable;
      host.unreachable = true;
      break;
    case Verdict::failed:
      ++(rescuable ? recap.rescued : recap.failed);
      host.failed = true;
      if (rescuable) {
        keep_failure(task, name, host, outcome.result);
      }
      break;
  }
  if (host.alive()) {
    notify(host, outcome.notify);
  }
}

/// For `rescue`: of what Ansible gives of the task, what playbooks read.
void Walk::keep_failure(const Task& task, const std::string& name, const HostRun& host, const Json& result) {
  const Keywords& keywords = task.frame->keywords;
  const auto colon = task.frame->role ? name.find(" : ") : std::string::npos;
  const std::string own = colon == std::string::npos ? name : name.substr(colon + 3);
  const bool looped = task.loop_kind != LoopKind::none;
  const TaskScope scope(run_.variables, host.name, &play_, task.frame.get());
  Json when = Json::array();
  for (const Field& condition : keywords.when) {
    when.push_back(condition.value);
  }
  run_.variables.set(host.name, "ansible_failed_task",
                     {{"name", keywords.name.given() ? own : ""},
                      {"action", task.action},
                      {"args", looped ? task.args.value : scope.render(task.args.value).value_or(task.args.value)},
                      {"loop", task.loop.value},
                      {"register", task.register_as.empty() ? Json() : Json(task.register_as)},
                      {"tags", tags_of(*task.frame)},
                      {"when", when}});
  run_.variables.set(host.name, "ansible_failed_result", result);
}

void Walk::fail_host(const Task& task, const std::string& name, HostRun& host, const core::Error& error,
                     bool rescuable) {
  Event event;
  event.task = name;
  event.module = task.module;
  event.place = task.frame->keywords.place;
  event.host = host.name;
  event.verdict = Verdict::failed;
  event.result = error_result(error, task.frame->keywords.place);
  run_.emit(event);
  ++host.recap.failed;  // as Ansible has it: a rescue goes on with this play, and takes nothing back
  host.failed = true;
  host.lost = true;
  if (rescuable) {
    keep_failure(task, name, host, event.result);
  }
}

void Walk::notify(HostRun& host, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    bool found = false;
    const Task* by_name = nullptr;
    for (const Task& handler : handlers_) {
      const TaskScope scope(run_.variables, host.name, &play_, handler.frame.get());
      const std::string full = title(handler, scope);
      const auto colon = full.find(" : ");
      if (full == name || (handler.frame->role && colon != std::string::npos && full.substr(colon + 3) == name)) {
        by_name = &handler;  // the last one of a name is the one that runs
      }
      if (std::find(handler.listen.begin(), handler.listen.end(), name) != handler.listen.end()) {
        host.notified.insert(&handler);
        found = true;
      }
    }
    if (by_name != nullptr) {
      host.notified.insert(by_name);
    } else if (!found) {
      Event event;
      event.kind = Event::Kind::warning;
      event.host = host.name;
      event.task = "The requested handler '" + name +
                   "' was not found in either the main handlers list nor in the listening handlers list";
      run_.emit(event);
      ++host.recap.failed;
      host.failed = true;
    }
  }
}

void Walk::flush_handlers(const Hosts& hosts) {
  const bool force = run_.options.force_handlers || (play_.play != nullptr && play_.play->force_handlers);
  for (std::size_t i = 0; i < handlers_.size() && !run_.stop.draining(); ++i) {
    const Task& handler = handlers_[i];
    Hosts notified;
    Hosts revived;
    for (HostRun* host : hosts) {
      if (host->notified.count(&handler) == 0 || host->unreachable || host->ended) {
        continue;
      }
      if (host->failed && force) {
        host->failed = false;
        revived.push_back(host);
      }
      if (host->alive()) {
        notified.push_back(host);
      }
    }
    if (!notified.empty()) {
      for (HostRun* host : notified) {
        host->notified.erase(&handler);
      }
      task(handler, notified, Origin::handler);
    }
    for (HostRun* host : revived) {
      host->failed = true;
    }
  }
}

void Walk::check_thresholds(const Task& task, bool rescuable) {
  const auto down = static_cast<std::size_t>(std::count_if(
      batch_.begin(), batch_.end(), [](const HostRun* host) { return host->failed || host->unreachable; }));
  if (down == 0 || rescuable || broken_) {
    return;
  }
  const TaskScope scope(run_.variables, batch_.front()->name, &play_, task.frame.get());
  const auto fatal = flag_of(*task.frame, &Keywords::any_errors_fatal, scope, false);
  bool over = fatal && *fatal;
  if (const Field& most = play_.play->max_fail_percentage; most.given()) {
    const auto value = scope.render(most);
    const double percent = !value               ? 100
                           : value->is_number() ? value->get<double>()
                           : value->is_string() ? std::atof(value->get<std::string>().c_str())
                                                : 100;
    over = over || static_cast<double>(down) * 100.0 / static_cast<double>(batch_.size()) > percent;
  }
  if (over) {
    broken_ = true;
    for (HostRun* host : batch_) {
      host->failed = host->failed || host->alive();
    }
  }
}

void Walk::refresh_batch() {
  if (run_.free) {
    return;
  }
  const auto down = [&](const std::string& name) {
    return std::any_of(batch_.begin(), batch_.end(),
                       [&](const HostRun* host) { return host->name == name && !host->alive(); });
  };
  play_.batch.erase(std::remove_if(play_.batch.begin(), play_.batch.end(), down), play_.batch.end());
  play_.alive.erase(std::remove_if(play_.alive.begin(), play_.alive.end(), down), play_.alive.end());
}

}  // namespace cef::playbook
