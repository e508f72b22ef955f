#include "cef/playbook/run.hpp"
#include "cef/core/parallel.hpp"
#include "cef/core/text.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <random>

#include "cef/jinja/template.hpp"
#include "frames.hpp"
#include "walk.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

Task gathering(const Play& play) {
  auto frame = std::make_shared<Frame>();
  frame->parent = play.frame;
  frame->folder = play.frame->folder;
  frame->keywords.place = play.frame->keywords.place;
  frame->keywords.name = {"Gathering Facts", play.frame->keywords.place};
  frame->keywords.tags = {"always"};
  Task task;
  task.frame = frame;
  task.module = "setup";
  task.args = {Json::object(), play.frame->keywords.place};
  if (play.gather_subset.given()) {
    task.args.value["gather_subset"] = play.gather_subset.value;
  }
  return task;
}

void begin(const Play& play, const RunOptions& options, PlayScope& scope) {
  scope.play = &play;
  scope.playbook_folder = std::filesystem::absolute(play.frame->folder.empty() ? "." : play.frame->folder);
  scope.playbook_folder = (scope.playbook_folder / "x").lexically_normal().parent_path();
  scope.prompted = options.prompted;
  scope.role_list = std::make_shared<const Roles>(play.roles);
}

class PlaybookRun {
 public:
  PlaybookRun(const inventory::Inventory& inventory, ssh::Connector& connector, const RunOptions& options,
              const std::function<void(const Event&)>& event, const core::StopToken& stop)
      : options_(options),
        variables_(inventory, options, connector),
        sessions_(connector, stop),
        run_{options, variables_, sessions_, event, stop} {
    run_.started = options.start_at_task.empty();
  }

  Result<RunResult> all(const Playbook& playbook) {
    const auto start = core::Clock::now();
    if (!options_.limit.empty()) {
      const auto any = inventory::select(*variables_.inventory(), "all", options_.limit);
      if (!any) {
        return fail(any.error());
      }
      if (any->empty()) {
        return fail(ErrorCode::usage, "--limit '" + options_.limit + "' matches no host");
      }
    }
    for (std::size_t i = 0; i < playbook.plays.size() && !run_.stop.draining() && !broken_; ++i) {
      if (auto done = play(playbook.plays[i], i); !done) {
        return fail(done.error());
      }
    }
    if (!run_.started && !run_.stop.draining()) {
      say(Event::Kind::warning, "",
          "no task is named '" + options_.start_at_task + "'; --start-at-task follows static includes only");
    }
    result_.forgiven = run_.forgiven;
    result_.interrupted = run_.stop.draining();
    result_.elapsed = core::Clock::now() - start;
    return std::move(result_);
  }

 private:
  Result<void> play(const Play& play, std::size_t number);
  Result<std::vector<std::string>> hosts_of(const Play& play, PlayScope& scope);
  Result<std::vector<std::vector<std::string>>> batches_of(const Play& play, PlayScope& scope,
                                                           const std::vector<std::string>& hosts);
  bool batch(const Play& play, PlayScope& scope, const std::vector<std::string>& names, std::size_t number);
  void lockstep(const Play& play, PlayScope& scope, const Hosts& hosts);
  void each_alone(const Play& play, PlayScope& scope, const Hosts& hosts);
  void walk(const Play& play, PlayScope& scope, Walk& walk, const Hosts& hosts);
  void say(Event::Kind kind, const std::string& play, const std::string& text = {});

  const RunOptions& options_;
  Variables variables_;
  Sessions sessions_;
  Run run_;
  RunResult result_;
  std::set<std::string> down_;  ///< failed or unreachable in an earlier play
  bool broken_ = false;
  std::atomic<bool> play_ended_{false};
  std::atomic<bool> play_broken_{false};
};

void PlaybookRun::say(Event::Kind kind, const std::string& play, const std::string& text) {
  Event event;
  event.kind = kind;
  event.play = play;
  event.task = text;
  run_.emit(event);
}

Result<std::vector<std::string>> PlaybookRun::hosts_of(const Play& play, PlayScope& scope) {
  const TaskScope names(variables_, "", &scope, play.frame.get());
  const auto rendered = names.render(play.hosts);
  if (!rendered) {
    return fail(ErrorCode::usage, play.hosts.place.text() + ": hosts: " + rendered.error().message);
  }
  std::string pattern;
  for (const Json& one : rendered->is_array() ? *rendered : Json::array({*rendered})) {
    pattern += (pattern.empty() ? "" : ",") + (core::text_of(one));
  }
  std::vector<std::string> unknown;
  auto found = inventory::select(*variables_.inventory(), pattern, options_.limit, &unknown);
  if (!found) {
    return fail(ErrorCode::usage, play.hosts.place.text() + ": " + found.error().message);
  }
  std::vector<std::string> hosts = std::move(*found);
  for (const std::string& name : unknown) {
    if (name == "localhost" || name == "127.0.0.1") {
      hosts.push_back(name);
    } else {
      const auto why = inventory::select(*variables_.inventory(), name, "");
      say(Event::Kind::warning, scope.name, play.hosts.place.text() + ": " + (why ? name : why.error().message));
    }
  }
  std::erase_if(hosts, [&](const std::string& host) { return options_.left_out.count(host) > 0; });
  const auto by = [&](const auto& less) { std::stable_sort(hosts.begin(), hosts.end(), less); };
  if (play.order == "sorted") {
    by(std::less<>());
  } else if (play.order == "reverse_sorted") {
    by(std::greater<>());
  } else if (play.order == "reverse_inventory") {
    std::reverse(hosts.begin(), hosts.end());
  } else if (play.order == "shuffle") {
    std::shuffle(hosts.begin(), hosts.end(), std::mt19937(std::random_device{}()));
  }
  return hosts;
}

Result<std::vector<std::vector<std::string>>> PlaybookRun::batches_of(const Play& play, PlayScope& scope,
                                                                      const std::vector<std::string>& hosts) {
  std::vector<std::size_t> sizes;
  const TaskScope names(variables_, hosts.front(), &scope, play.frame.get());
  for (const Field& field : play.serial) {
    const auto value = names.render(field);
    if (!value) {
      return fail(ErrorCode::usage, field.place.text() + ": serial: " + value.error().message);
    }
    for (const Json& one : value->is_array() ? *value : Json::array({*value})) {
      const std::string text = core::text_of(one);
      const double number = std::atof(text.c_str());
      const bool percent = !text.empty() && text.back() == '%';
      const double size = percent ? static_cast<double>(hosts.size()) * number / 100 : number;
      sizes.push_back(number <= 0 ? hosts.size() : std::max<std::size_t>(1, static_cast<std::size_t>(size)));
    }
  }
  std::vector<std::vector<std::string>> batches;
  std::size_t at = 0;
  for (std::size_t i = 0; at < hosts.size(); ++i) {
    const std::size_t size = sizes.empty() ? hosts.size() : sizes[std::min(i, sizes.size() - 1)];
    const std::size_t end = std::min(at + size, hosts.size());
    batches.emplace_back(hosts.begin() + static_cast<std::ptrdiff_t>(at),
                         hosts.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
  return batches;
}

Result<void> PlaybookRun::play(const Play& play, std::size_t number) {
  PlayScope scope;
  begin(play, options_, scope);
  variables_.set_playbook_folder(scope.playbook_folder);
  const auto hosts = hosts_of(play, scope);
  if (!hosts) {
    return fail(hosts.error());
  }
  for (const std::string& host : *hosts) {
    if (const auto open = variables_.inventory()->check_open(host); !open) {
      return fail(open.error());
    }
  }
  const Field& name = play.frame->keywords.name;
  const Field& title = name.given() ? name : play.hosts;
  const auto rendered = TaskScope(variables_, "", &scope, play.frame.get()).render(title);
  const Json& shown = rendered ? *rendered : title.value;
  scope.name.clear();
  for (const Json& part : shown.is_array() ? shown : Json::array({shown})) {
    scope.name += (scope.name.empty() ? "" : ",") + (core::text_of(part));
  }
  say(Event::Kind::play_start, scope.name);
  std::vector<std::string> fit;
  for (const auto& host : *hosts) {
    if (std::find(result_.host_order.begin(), result_.host_order.end(), host) == result_.host_order.end()) {
      result_.host_order.push_back(host);
    }
    const auto done = options_.resume.find(host);
    if (down_.count(host) == 0 && (done == options_.resume.end() || done->second <= number)) {
      fit.push_back(host);
    }
  }
  if (fit.empty()) {
    say(Event::Kind::no_hosts, scope.name);
    return {};
  }
  const auto batches = batches_of(play, scope, fit);
  if (!batches) {
    return fail(batches.error());
  }
  scope.all = *hosts;
  scope.alive = fit;
  play_ended_ = false;
  for (const auto& names : *batches) {
    if (&names != &batches->front()) {
      say(Event::Kind::play_start, scope.name);
    }
    if (run_.stop.draining() || play_ended_ || !batch(play, scope, names, number)) {
      break;
    }
  }
  say(Event::Kind::play_end, scope.name);
  return {};
}

/// False when no further batch is to run.
bool PlaybookRun::batch(const Play& play, PlayScope& scope, const std::vector<std::string>& names, std::size_t number) {
  std::vector<HostRun> runs(names.size());
  Hosts hosts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    runs[i].name = names[i];
    hosts.push_back(&runs[i]);
  }
  scope.batch = names;
  run_.free = play.strategy == "free" || play.strategy == "host_pinned";
  play_broken_ = false;
  if (run_.free) {
    each_alone(play, scope, hosts);
  } else {
    lockstep(play, scope, hosts);
  }
  std::size_t down = 0;
  for (const HostRun& host : runs) {
    result_.recaps[host.name] += host.recap;
    if (host.failed || host.unreachable || host.lost) {
      ++down;
      down_.insert(host.name);
      run_.forgiven.erase(host.name);
    } else if (!run_.stop.draining()) {
      result_.reached[host.name] = number + 1;
    }
  }
  broken_ = play_broken_ || down == names.size();
  if (broken_) {
    say(Event::Kind::no_hosts, "", "NO MORE HOSTS LEFT");
  }
  return !broken_;
}

void PlaybookRun::walk(const Play& play, PlayScope& scope, Walk& walk, const Hosts& hosts) {
  const TaskScope names(variables_, hosts.front()->name, &scope, play.frame.get());
  bool gather = true;
  if (play.gather_facts.given()) {
    const auto value = names.render(play.gather_facts);
    gather = !value || boolean_word(*value).value_or(true);
  }
  if (gather) {
    walk.task(gathering(play), hosts, Walk::Origin::implicit);
  }
  for (const auto* section : {&play.pre_tasks, &play.tasks, &play.post_tasks}) {
    walk.section(*section);
  }
  if (walk.broken()) {
    play_broken_ = true;
  }
  if (walk.play_ended()) {
    play_ended_ = true;
  }
}

void PlaybookRun::lockstep(const Play& play, PlayScope& scope, const Hosts& hosts) {
  Walk one(run_, scope, play.handlers, hosts, run_.started);
  walk(play, scope, one, hosts);
}

void PlaybookRun::each_alone(const Play& play, PlayScope& scope, const Hosts& hosts) {
  const bool started = run_.started;
  core::in_parallel(hosts.size(), static_cast<std::size_t>(std::max(options_.forks, 1)), [&](std::size_t i) {
    Walk one(run_, scope, play.handlers, {hosts[i]}, started);
    walk(play, scope, one, {hosts[i]});
  });
}

const Frame* outermost(const Frame* frame) {
  while (frame != nullptr && frame->parent) {
    frame = frame->parent.get();
  }
  return frame;
}

/// Whether the run will see the names of a text as they are now: those that are there, and those that nothing defines.
bool knows_names(const Playbook& book, const TaskScope& scope, const std::string& text) {
  const auto names = jinja::check(text, jinja::is_template(text) ? jinja::Kind::text : jinja::Kind::expression);
  return names && std::all_of(names->begin(), names->end(), [&](const jinja::FreeName& name) {
           const auto found = scope.find(name.name);
           return found && (*found || !(book.gives_others || book.gives.contains(name.name) ||
                                        name.name.starts_with("ansible_") || name.name == "item"));
         });
}

/// Whether conditions around a frame hold; nullopt: they need what only the run brings.
std::optional<bool> holds(const Playbook& book, const TaskScope& scope, const Frame* frame) {
  bool all_known = true;
  for (; frame != nullptr; frame = frame->parent.get()) {
    for (const Field& condition : frame->keywords.when) {
      const auto one = knows_names(book, scope, core::text_of(condition.value)) ? scope.holds(condition)
                                                                                : fail(ErrorCode::usage, "");
      if (one && !*one) {
        return false;
      }
      all_known = all_known && one;
    }
  }
  return all_known ? std::optional(true) : std::nullopt;
}

/// Whether a host comes to what a task fails with; nullopt: its conditions and its loop need what only the run brings.
std::optional<bool> comes_to(const Playbook& book, const TaskScope& scope, const Fault& doubt) {
  if (!doubt.loop.is_null() && knows_names(book, scope, core::dump_line(doubt.loop))) {
    const auto items = scope.render(doubt.loop);
    if (items && items->is_structured() && items->empty()) {
      return false;
    }
  }
  auto around = doubt.includes;
  around.push_back(doubt.frame);
  bool all_known = doubt.loop.is_null() && !doubt.looped;
  for (const auto& frame : around) {
    const auto one = holds(book, scope, frame.get());
    if (one == false) {
      return false;
    }
    all_known = all_known && one;
  }
  return all_known ? std::optional(true) : std::nullopt;
}

/// Whether any host of the play does; nullopt: the run tells.
std::optional<bool> any_comes_to(const Playbook& book, const Variables& variables, const Play& play, const Fault& doubt,
                                 const RunOptions& options) {
  PlayScope scope;
  begin(play, options, scope);
  const auto pattern = TaskScope(variables, "", &scope, play.frame.get()).render(play.hosts);
  std::vector<std::string> unknown;
  const auto hosts =
      pattern && pattern->is_string()
          ? inventory::select(*variables.inventory(), pattern->get<std::string>(), options.limit, &unknown)
          : fail(ErrorCode::usage, "");
  if (!hosts || !unknown.empty()) {
    return std::nullopt;
  }
  bool all_known = true;
  for (const std::string& host : *hosts) {
    const auto one = comes_to(book, TaskScope(variables, host, &scope, doubt.frame.get()), doubt);
    if (one == true) {
      return true;
    }
    all_known = all_known && one;
  }
  return all_known ? std::optional(false) : std::nullopt;
}

}  // namespace

Recap& Recap::operator+=(const Recap& other) {
  ok += other.ok;
  changed += other.changed;
  unreachable += other.unreachable;
  failed += other.failed;
  skipped += other.skipped;
  rescued += other.rescued;
  ignored += other.ignored;
  return *this;
}

Result<Json> render_in_play(const Json& value, const Play& play, const inventory::Inventory& inventory,
                            const RunOptions& options) {
  const auto connector = ssh::make_connector({});
  const Variables variables(inventory, options, *connector);
  PlayScope scope;
  begin(play, options, scope);
  return TaskScope(variables, "", &scope, play.frame.get()).render(value);
}

Result<void> settle_doubts(Playbook& playbook, const inventory::Inventory& inventory, const RunOptions& options) {
  const auto connector = ssh::make_connector({});
  const Variables variables(inventory, options, *connector);
  std::vector<Fault> left;
  for (Fault& doubt : playbook.doubts) {
    const auto play = std::find_if(playbook.plays.begin(), playbook.plays.end(),
                                   [&](const Play& one) { return one.frame.get() == outermost(doubt.frame.get()); });
    std::optional<bool> reached;
    if (play != playbook.plays.end() && !doubt.several) {
      reached = any_comes_to(playbook, variables, *play, doubt, options);
    }
    if (reached == true && is_selected(tags_of(*doubt.frame), options.tags, options.skip_tags)) {
      return fail(ErrorCode::usage, doubt.place.text() + ": " + doubt.message);
    }
    if (!reached) {
      left.push_back(std::move(doubt));
    }
  }
  playbook.doubts = std::move(left);
  return {};
}

Result<RunResult> run_playbook(const Playbook& playbook, const inventory::Inventory& inventory,
                               ssh::Connector& connector, const RunOptions& options,
                               const std::function<void(const Event&)>& event, const core::StopToken& stop) {
  return PlaybookRun(inventory, connector, options, event, stop).all(playbook);
}

}  // namespace cef::playbook
