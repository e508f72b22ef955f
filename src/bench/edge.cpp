#include "cef/bench/edge.hpp"

#include <algorithm>

namespace cef::bench {

namespace {

/// A batch that LibTorch handles well on small machines and whose frames stay small.
constexpr std::size_t k_accuracy_batch = 100;

std::vector<Participant> participants_of(const EdgeReport& report, const EdgePlan& plan) {
  std::vector<Participant> all = {{select::Policy::greedy, report.greedy.model}};
  if (report.advanced.model != report.greedy.model) {
    all.push_back({select::Policy::advanced, report.advanced.model});
  }
  for (const auto& candidate : plan.candidates) {
    if (plan.oracle && candidate.name != report.greedy.model && candidate.name != report.advanced.model) {
      all.push_back({std::nullopt, candidate.name});
    }
  }
  return all;
}

std::vector<double> counts(const std::vector<Seconds>& times) {
  std::vector<double> values(times.size());
  std::transform(times.begin(), times.end(), values.begin(), [](Seconds s) { return s.count(); });
  return values;
}

double saving_percent(double before, double after) {
  return before > 0 ? 100.0 * (before - after) / before : 0.0;
}

Comparison compare(const ModelRun& greedy, const ModelRun& advanced, std::uint64_t seed) {
  Comparison result;
  result.accuracy_drop_points = greedy.pass.accuracy.percent() - advanced.pass.accuracy.percent();
  result.savings = savings_of(greedy.trials.warm, advanced.trials.warm);
  const Interval interval = bootstrap_mean(result.savings, seed);
  result.saving_percent = 100.0 * summarise(result.savings).mean;
  result.saving_interval_percent = {100.0 * interval.low, 100.0 * interval.high};
  result.cold_saving_percent = saving_percent(greedy.cold.total.count(), advanced.cold.total.count());
  result.latency_saving_percent = saving_percent(greedy.latency.mean, advanced.latency.mean);
  return result;
}

select::Limits limits_of(const EdgeReport& report, const EdgePlan& plan) {
  return {plan.accuracy_budget_points, report.before.memory_available,
          std::min(plan.trials.images_per_trial, plan.labels.size()), false};
}

core::Result<void> add_oracle(EdgeReport& report, const EdgePlan& plan) {
  std::vector<select::Candidate> hindsight = plan.candidates;
  for (auto& candidate : hindsight) {
    const ModelRun* run = report.find(candidate.name);
    candidate.accuracy_percent = run->pass.accuracy.percent();
    candidate.measured = run->warm.total;
  }
  auto choice = select::choose(select::Policy::oracle, hindsight, limits_of(report, plan));
  if (!choice) {
    return core::fail(choice.error());
  }
  report.oracle = std::move(*choice);
  return {};
}

core::Result<void> choose_both(EdgeReport& report, const EdgePlan& plan) {
  const select::Limits limits = limits_of(report, plan);
  auto greedy = select::choose(select::Policy::greedy, plan.candidates, limits);
  auto advanced = select::choose(select::Policy::advanced, plan.candidates, limits);
  if (!greedy || !advanced) {
    return core::fail(!greedy ? greedy.error() : advanced.error());
  }
  report.greedy = std::move(*greedy);
  report.advanced = std::move(*advanced);
  for (const auto& candidate : plan.candidates) {
    if (candidate.name == report.greedy.model && candidate.memory > report.before.memory_available) {
      return core::fail(core::ErrorCode::host_failed,
                        candidate.name + ", which greedy takes, needs " + to_human(candidate.memory) + " of memory, " +
                            to_human(report.before.memory_available) + " is free; leave it out with --models");
    }
  }
  return {};
}

Verdict judge_edge(const EdgeReport& report, const EdgePlan& plan, const TrialRun& run) {
  const ModelRun& greedy = *report.find(report.greedy.model);
  const ModelRun& advanced = *report.find(report.advanced.model);
  Evidence evidence{greedy.model,
                    advanced.model,
                    greedy.pass.accuracy,
                    advanced.pass.accuracy,
                    report.comparison,
                    greedy.trials.warm.size(),
                    run.elapsed.count(),
                    0,
                    0,
                    run.interrupted};
  for (const ModelRun& model : report.models) {
    evidence.failed_images += model.trials.failed_images;
    evidence.other_choices += model.trials.other_choices;
  }
  return judge(evidence, plan.trials, plan.thresholds);
}

core::Result<ModelRun> model_run(Runner& runner, const EdgePlan& plan, const std::string& model,
                                 const core::StopToken& stop, const Progress& progress) {
  ModelRun run;
  run.model = model;
  for (const auto& candidate : plan.candidates) {
    run.predicted = candidate.name == model ? candidate.predicted.image : run.predicted;
  }
  auto pass = measure_accuracy(runner, model, plan.labels, stop, progress);
  if (!pass) {
    return core::fail(pass.error());
  }
  run.pass = std::move(*pass);
  return run;
}

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
  EdgeReport report;
  const auto before = runner.status();
  if (!before) {
    return core::fail(before.error());
  }
  report.before = *before;
  if (auto chosen = choose_both(report, plan); !chosen) {
    return core::fail(chosen.error());
  }
  const auto participants = participants_of(report, plan);
  for (const Participant& participant : participants) {
    auto run = model_run(runner, plan, participant.model, stop, progress);
    if (!run) {
      return core::fail(run.error());
    }
    report.models.push_back(std::move(*run));
  }
  auto run = run_trials(runner, clock, participants, {plan.candidates, plan.accuracy_budget_points, false},
                        plan.labels.size(), plan.trials, stop, progress);
  if (!run) {
    return core::fail(run.error());
  }
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    ModelRun& model = report.models[i];
    model.trials = std::move(run->logs[i]);
    model.latency = summarise(counts(model.trials.latency));
    model.cold = mean_steps(model.trials.cold);
    model.warm = mean_steps(model.trials.warm);
  }
  report.comparison = compare(*report.find(report.greedy.model), *report.find(report.advanced.model), plan.trials.seed);
  if (plan.oracle) {
    if (auto oracle = add_oracle(report, plan); !oracle) {
      return core::fail(oracle.error());
    }
  }
  const auto after = runner.status();
  if (!after) {
    return core::fail(after.error());
  }
  report.after = *after;
  report.verdict = judge_edge(report, plan, *run);
  return report;
}

}  // namespace cef::bench
