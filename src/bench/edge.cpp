#include "cef/bench/edge.hpp"

#include <algorithm>

namespace cef::bench {

namespace {

/// A batch that LibTorch handles well on small machines and whose frames stay small.
constexpr std::size_t k_accuracy_batch = 100;
/// Of the free memory, for all participants together; with more they are loaded one at a time.
constexpr double k_memory_share = 0.8;

using select::Candidate;
using select::Policy;

/// The policies' choices are made once from the forecasts, and anew in every trial from what the node then says.
std::vector<Candidate> forecasts_in(State state, const EdgePlan& plan) {
  std::vector<Candidate> candidates = plan.candidates;
  for (Candidate& candidate : candidates) {
    if (state == State::warm) {
      candidate.predicted.fetch = candidate.predicted.load = Seconds(0);
    }
  }
  return candidates;
}

/// Memory that candidates hold is free for them.
core::Bytes free_memory(const EdgeReport& report, const EdgePlan& plan) {
  const EdgeStatus& status = report.before.status;
  core::Bytes free = status.memory_available;
  for (const Candidate& candidate : plan.candidates) {
    const bool loaded = std::find(status.loaded.begin(), status.loaded.end(), candidate.name) != status.loaded.end();
    free.count += loaded ? candidate.memory.count : 0;
  }
  return free;
}

select::Limits limits_of(const EdgeReport& report, const EdgePlan& plan, bool exact_only) {
  return {plan.accuracy_budget_points, free_memory(report, plan),
          std::min(plan.trials.images_per_trial, plan.labels.size()), exact_only};
}

core::Result<void> choose_all(State state, EdgeReport& report, const EdgePlan& plan) {
  StateReport& chosen = state == State::cold ? report.cold : report.warm;
  const auto candidates = forecasts_in(state, plan);
  const auto take = [&](Policy policy, bool exact_only, select::Choice& into) -> core::Result<void> {
    auto choice = select::choose(policy, candidates, limits_of(report, plan, exact_only));
    if (!choice) {
      return core::fail(choice.error());
    }
    into = std::move(*choice);
    return {};
  };
  for (const auto& taken :
       {take(Policy::greedy, false, chosen.greedy), take(Policy::advanced, false, chosen.advanced),
        take(Policy::advanced, true, chosen.advanced_exact), take(Policy::fastest, false, chosen.fastest)}) {
    if (!taken) {
      return taken;
    }
  }
  const core::Bytes free = free_memory(report, plan);
  for (const Candidate& candidate : candidates) {
    if (candidate.name == chosen.greedy.model && candidate.memory > free) {
      return core::fail(core::ErrorCode::host_failed, candidate.name + ", which greedy takes, needs " +
                                                          to_human(candidate.memory) + " of memory, " + to_human(free) +
                                                          " is free; leave it out with --models");
    }
  }
  return {};
}

/// Each model once. One that several policies took runs by the policy that may change its mind most.
std::vector<Participant> participants_of(const StateReport& chosen, const EdgePlan& plan) {
  std::vector<Participant> all;
  const auto add = [&all](const std::string& model, std::optional<Policy> policy, bool exact_only) {
    const auto same = [&model](const Participant& other) { return other.model == model; };
    const auto found = std::find_if(all.begin(), all.end(), same);
    if (found == all.end()) {
      all.push_back({model, policy, exact_only});
    } else if (found->policy == Policy::greedy && policy) {
      *found = {model, policy, exact_only};
    }
  };
  add(chosen.greedy.model, Policy::greedy, false);
  add(chosen.advanced.model, Policy::advanced, false);
  add(chosen.advanced_exact.model, Policy::advanced, true);
  add(chosen.fastest.model, Policy::fastest, false);
  for (const Candidate& candidate : plan.candidates) {
    if (plan.oracle) {
      add(candidate.name, std::nullopt, false);
    }
  }
  return all;
}

bool memory_is_short(const std::vector<Participant>& participants, const EdgeReport& report, const EdgePlan& plan) {
  double needed = 0;
  for (const Candidate& candidate : plan.candidates) {
    const auto runs = [&](const Participant& participant) { return participant.model == candidate.name; };
    const bool takes_part = std::any_of(participants.begin(), participants.end(), runs);
    needed += takes_part ? static_cast<double>(candidate.memory.count) : 0.0;
  }
  return needed > k_memory_share * static_cast<double>(free_memory(report, plan).count);
}

std::vector<double> counts(const std::vector<Seconds>& times) {
  std::vector<double> values(times.size());
  std::transform(times.begin(), times.end(), values.begin(), [](Seconds s) { return s.count(); });
  return values;
}

double saving_percent(double before, double after) {
  return before > 0 ? 100.0 * (before - after) / before : 0.0;
}

StateRun sum_up(TrialLog log) {
  StateRun run;
  run.mean = mean_steps(log.trials);
  run.latency = summarise(counts(log.latency));
  for (const std::size_t right : log.right_in_time) {
    const auto images = static_cast<double>(log.latency.size());
    run.effective_accuracy_percent.push_back(images > 0 ? 100.0 * static_cast<double>(right) / images : 0.0);
  }
  run.log = std::move(log);
  return run;
}

/// Where the two answered an image differently, one of them right.
Interval drop_interval(const ModelRun& greedy, const ModelRun& other, const EdgePlan& plan) {
  std::size_t only_greedy = 0;
  std::size_t only_other = 0;
  for (std::size_t i = 0; i < plan.labels.size(); ++i) {
    const bool first = greedy.pass.predicted[i] == plan.labels[i];
    const bool second = other.pass.predicted[i] == plan.labels[i];
    only_greedy += first && !second ? 1 : 0;
    only_other += second && !first ? 1 : 0;
  }
  const Interval interval = bootstrap_difference(only_greedy, only_other, plan.labels.size(), plan.trials.seed);
  return {100.0 * interval.low, 100.0 * interval.high};
}

Comparison compare(const ModelRun& greedy, const ModelRun& other, State state, const EdgePlan& plan) {
  Comparison result;
  result.accuracy_drop_points = greedy.pass.accuracy.percent() - other.pass.accuracy.percent();
  result.accuracy_drop_interval_points = drop_interval(greedy, other, plan);
  result.savings = savings_of(greedy.in(state).log.trials, other.in(state).log.trials);
  const Interval interval = bootstrap_mean(result.savings, plan.trials.seed);
  result.saving_percent = 100.0 * summarise(result.savings).mean;
  result.saving_interval_percent = {100.0 * interval.low, 100.0 * interval.high};
  result.latency_saving_percent = saving_percent(greedy.in(state).latency.mean, other.in(state).latency.mean);
  return result;
}

core::Result<void> add_oracle(State state, EdgeReport& report, const EdgePlan& plan) {
  StateReport& chosen = state == State::cold ? report.cold : report.warm;
  const auto total = [&](const select::Choice& choice) {
    return report.find(choice.model)->in(state).mean.total.count();
  };
  std::vector<Candidate> hindsight = plan.candidates;
  for (Candidate& candidate : hindsight) {
    const ModelRun* run = report.find(candidate.name);
    if (run == nullptr || run->in(state).log.trials.empty()) {
      return {};
    }
    candidate.accuracy_percent = run->pass.accuracy.percent();
    candidate.measured = run->in(state).mean.total;
  }
  auto choice = select::choose(Policy::oracle, hindsight, limits_of(report, plan, false));
  if (!choice) {
    return core::fail(choice.error());
  }
  chosen.oracle = std::move(*choice);
  const double best = total(*chosen.oracle);
  const auto regret = [&](const select::Choice& other) { return best > 0 ? 100.0 * (total(other) / best - 1.0) : 0.0; };
  chosen.regret =
      Regret{regret(chosen.greedy), regret(chosen.advanced), regret(chosen.advanced_exact), regret(chosen.fastest)};
  return {};
}

std::vector<Fetch> cold_fetches(const EdgeReport& report) {
  std::vector<Fetch> fetches;
  for (const ModelRun& model : report.models) {
    for (const StepTimes& trial : model.cold.log.trials) {
      fetches.push_back({model.model, trial.start, trial.fetch});
    }
  }
  return fetches;
}

Verdict judge_edge(const EdgeReport& report, const EdgePlan& plan, bool interrupted) {
  const State state = plan.trials.state;
  const StateReport& chosen = report.in(state);
  const ModelRun& greedy = *report.find(chosen.greedy.model);
  const ModelRun& advanced = *report.find(chosen.advanced.model);
  Evidence evidence{greedy.model,
                    advanced.model,
                    greedy.pass.accuracy,
                    advanced.pass.accuracy,
                    chosen.comparison,
                    chosen.trials,
                    chosen.elapsed.count(),
                    0,
                    0,
                    interrupted,
                    report.changed};
  for (const ModelRun& model : report.models) {
    evidence.failed_images += model.cold.log.failed_images + model.warm.log.failed_images;
    evidence.other_choices += model.in(state).log.other_choices;
  }
  return judge(evidence, plan.trials, plan.thresholds);
}

/// The steps of measuring one edge, each filling in more of the report.
class Measurement {
 public:
  Measurement(Runner& runner, Clock& clock, const EdgePlan& plan, const core::StopToken& stop, const Progress& progress)
      : runner_(runner), clock_(clock), plan_(plan), stop_(stop), progress_(progress) {}

  core::Result<EdgeReport> go() {
    auto before = runner_.condition();
    if (!before) {
      return core::fail(before.error());
    }
    report_.before = std::move(*before);
    for (const auto& step : {&Measurement::choose, &Measurement::run_cold, &Measurement::measure_accuracies,
                             &Measurement::run_warm, &Measurement::compare_all}) {
      if (auto done = (this->*step)(); !done) {
        return core::fail(done.error());
      }
    }
    auto after = runner_.condition();
    if (!after) {
      return core::fail(after.error());
    }
    report_.after = std::move(*after);
    report_.other_cpus = other_cpus_between(report_.before, report_.after);
    report_.changed = changes_between(report_.before, report_.after, plan_.limits);
    if (plan_.over_link) {
      const auto rates = rate_changes(cold_fetches(report_), plan_.limits);
      report_.changed.insert(report_.changed.end(), rates.begin(), rates.end());
    }
    report_.verdict = judge_edge(report_, plan_, interrupted_);
    return std::move(report_);
  }

 private:
  core::Result<void> choose() {
    for (const State state : {State::warm, State::cold}) {
      if (auto chosen = choose_all(state, report_, plan_); !chosen) {
        return chosen;
      }
      for (const Participant& participant : participants_of(report_.in(state), plan_)) {
        if (report_.find(participant.model) == nullptr) {
          report_.models.push_back({participant.model, {}, forecast_of(participant.model), {}, {}});
        }
      }
    }
    return {};
  }

  core::Result<void> run_cold() {
    return plan_.trials.cold_trials == 0 ? core::Result<void>() : run(State::cold, report_.cold);
  }
  core::Result<void> run_warm() { return run(State::warm, report_.warm); }

  core::Result<void> run(State state, StateReport& chosen) {
    const auto participants = participants_of(chosen, plan_);
    const TrialPlan plan{participants, plan_.candidates, plan_.labels, plan_.accuracy_budget_points,
                         memory_is_short(participants, report_, plan_)};
    auto run = run_trials(runner_, clock_, state, plan, plan_.trials, stop_, progress_);
    if (!run) {
      return core::fail(run.error());
    }
    chosen.trials = run->logs.front().trials.size();
    chosen.elapsed = run->elapsed;
    interrupted_ = interrupted_ || run->interrupted;
    for (std::size_t i = 0; i < participants.size(); ++i) {
      ModelRun& model = find(participants[i].model);
      (state == State::cold ? model.cold : model.warm) = sum_up(std::move(run->logs[i]));
    }
    return {};
  }

  core::Result<void> measure_accuracies() {
    const bool release = memory_is_short(participants_of(report_.warm, plan_), report_, plan_);
    for (ModelRun& model : report_.models) {
      progress_("fetch " + model.model, 0, 0);
      if (const auto fetched = runner_.fetch(model.model); !fetched) {
        return core::fail(fetched.error());
      }
      auto pass = measure_accuracy(runner_, model.model, plan_.labels, stop_, progress_);
      if (!pass) {
        return core::fail(pass.error());
      }
      model.pass = std::move(*pass);
      if (auto unloaded = release ? runner_.unload(model.model) : core::Result<void>(); !unloaded) {
        return unloaded;
      }
    }
    return {};
  }

  core::Result<void> compare_all() {
    for (const State state : {State::cold, State::warm}) {
      StateReport& chosen = state == State::cold ? report_.cold : report_.warm;
      const ModelRun& greedy = find(chosen.greedy.model);
      chosen.comparison = compare(greedy, find(chosen.advanced.model), state, plan_);
      chosen.exact = compare(greedy, find(chosen.advanced_exact.model), state, plan_);
      if (auto oracle = plan_.oracle ? add_oracle(state, report_, plan_) : core::Result<void>(); !oracle) {
        return oracle;
      }
    }
    return {};
  }

  select::Forecast forecast_of(const std::string& model) const {
    for (const Candidate& candidate : plan_.candidates) {
      if (candidate.name == model) {
        return candidate.predicted;
      }
    }
    return {};
  }
  ModelRun& find(const std::string& model) {
    return *std::find_if(report_.models.begin(), report_.models.end(),
                         [&model](const ModelRun& run) { return run.model == model; });
  }

  Runner& runner_;
  Clock& clock_;
  const EdgePlan& plan_;
  const core::StopToken& stop_;
  const Progress& progress_;
  EdgeReport report_;
  bool interrupted_ = false;
};

}  // namespace

const ModelRun* EdgeReport::find(const std::string& model) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const ModelRun& m) { return m.model == model; });
  return found == models.end() ? nullptr : &*found;
}

core::Result<AccuracyPass> measure_accuracy(Runner& runner, const std::string& model, std::span<const int> labels,
                                            const core::StopToken& stop, const Progress& progress) {
  if (auto loaded = runner.load(model); !loaded) {
    return core::fail(loaded.error());
  }
  AccuracyPass pass;
  pass.accuracy.images = labels.size();
  for (std::size_t first = 0; first < labels.size(); first += k_accuracy_batch) {
    if (stop.draining()) {
      return core::fail(core::ErrorCode::interrupted, "interrupted while the accuracy of " + model + " was measured");
    }
    progress("accuracy of " + model, first, labels.size());
    const std::size_t count = std::min(k_accuracy_batch, labels.size() - first);
    const auto predicted = runner.classify(model, first, count);
    if (!predicted) {
      return core::fail(predicted.error());
    }
    if (predicted->size() != count) {
      return core::fail(core::ErrorCode::host_failed, "the edge gave " + std::to_string(predicted->size()) +
                                                          " answers for " + std::to_string(count) + " images");
    }
    for (std::size_t i = 0; i < count; ++i) {
      pass.accuracy.correct += (*predicted)[i] == labels[first + i] ? 1 : 0;
      pass.accuracy.failed += (*predicted)[i] == k_failed_image ? 1 : 0;
    }
    pass.predicted.insert(pass.predicted.end(), predicted->begin(), predicted->end());
  }
  return pass;
}

core::Result<EdgeReport> measure_edge(Runner& runner, Clock& clock, const EdgePlan& plan, const core::StopToken& stop,
                                      const Progress& progress) {
  return Measurement(runner, clock, plan, stop, progress).go();
}

}  // namespace cef::bench
