#include "bench_edges.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cef/bench/runner.hpp"
#include "cef/core/log.hpp"
#include "cef/fleet/run.hpp"
#include "cef/operation/edge_profile.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/operation/runner.hpp"

namespace cef::operation {

namespace {

bool can_run(const EdgeEnvironment& environment, model::Precision precision) {
  const auto& known = environment.precisions;
  return std::find(known.begin(), known.end(), model::to_string(precision)) != known.end();
}

core::Result<ForecastSubject> subject_of(const EdgeContext& context, const BenchModel& model) {
  const auto input = model::input_size(*context.data, model.model.preprocessing);
  if (!input) {
    return core::fail(input.error());
  }
  return ForecastSubject{model.model, input->height, input->width, model.file_size};
}

core::Result<std::vector<select::Candidate>> predict_all(const EdgeContext& context, const EdgeEnvironment& environment,
                                                         const EdgeKnowledge& knowledge) {
  std::vector<select::Candidate> candidates;
  for (const BenchModel& model : context.models) {
    if (!can_run(environment, model.model.precision)) {
      continue;
    }
    const auto subject = subject_of(context, model);
    if (!subject) {
      return core::fail(subject.error());
    }
    const auto predicted = forecast(*subject, knowledge, context.options.threads);
    if (!predicted) {
      return core::fail(predicted.error());
    }
    const auto source =
        model.origin == AccuracyOrigin::quoted ? select::AccuracySource::quoted : select::AccuracySource::measured;
    candidates.push_back({model.model.name, model.model.precision == model::Precision::fp32, model.accuracy_percent,
                          source, *predicted, std::nullopt, model.memory_on(knowledge.profile)});
  }
  return candidates;
}

select::Limits limits_of(const EdgeContext& context, const EdgeKnowledge& knowledge) {
  return {context.options.accuracy_budget_points, knowledge.profile.memory_available,
          std::min(context.options.trials.images_per_trial, context.images), context.options.exact_only};
}

/// Those that a choice will be shown for.
std::vector<double> budgets_of(const BenchOptions& options) {
  std::vector<double> budgets{options.accuracy_budget_points};
  if (options.oracle) {
    budgets.insert(budgets.end(), k_shown_budgets.begin(), k_shown_budgets.end());
  }
  return budgets;
}

/// Profile, forecasts, probes: all that the policies choose from. Tells the edge the threads of each candidate.
core::Result<EdgeKnowledge> prepare(EdgeRunner& runner, const EdgeContext& context, BenchEdge& edge,
                                    std::optional<store::Measurements>& measurements) {
  const BenchOptions& options = context.options;
  std::vector<RunnerModel> models;
  for (const BenchModel& model : context.models) {
    models.push_back(model.model);
  }
  auto knowledge = profile_edge(runner, edge.name, models, options.threads, options.profile, measurements);
  if (!knowledge) {
    return knowledge;
  }
  edge.profile = knowledge->profile;
  auto candidates = predict_all(context, runner.environment(), *knowledge);
  if (!candidates) {
    return core::fail(candidates.error());
  }
  edge.candidates = std::move(*candidates);
  if (options.probe_ties) {
    const auto probed = probe_ties(runner, edge.candidates, limits_of(context, *knowledge), budgets_of(options));
    if (!probed) {
      return core::fail(probed.error());
    }
    edge.probed = *probed;
  }
  for (const auto& candidate : edge.candidates) {
    if (auto told = runner.use_threads({candidate.name, candidate.predicted.threads}); !told) {
      return core::fail(told.error());
    }
  }
  return knowledge;
}

/// What ran is kept for later predictions; a failure to keep it fails nothing.
void keep_measurements(const EdgeContext& context, const BenchEdge& edge, const EdgeKnowledge& knowledge,
                       store::Measurements& measurements) {
  std::vector<select::Observation> seen;
  for (std::size_t i = 0; i < edge.candidates.size(); ++i) {
    const bench::ModelRun* run = edge.report->find(edge.candidates[i].name);
    const auto model = std::find_if(context.models.begin(), context.models.end(),
                                    [&](const BenchModel& m) { return m.model.name == edge.candidates[i].name; });
    const auto subject = subject_of(context, *model);
    if (run != nullptr && subject && run->warm.latency.mean > 0) {
      seen.push_back(observation_of(*subject, knowledge, edge.candidates[i].predicted,
                                    select::Seconds(run->warm.latency.mean), run->cold.mean.load));
    }
  }
  if (auto added = measurements.add(seen); !added) {
    core::log_info("what was measured is not kept for later: " + added.error().line());
  }
}

core::Result<std::vector<select::Choice>> choices_of(std::span<const select::Candidate> candidates,
                                                     const select::Limits& limits) {
  select::Limits exact = limits;
  exact.exact_only = true;
  std::vector<select::Choice> choices;
  for (const auto& [policy, within] : {std::pair(select::Policy::greedy, &limits),
                                       {select::Policy::advanced, &limits},
                                       {select::Policy::advanced, &exact},
                                       {select::Policy::fastest, &limits}}) {
    auto choice = select::choose(policy, candidates, *within);
    if (!choice) {
      return core::fail(choice.error());
    }
    choices.push_back(std::move(*choice));
  }
  return choices;
}

/// The choices alone, in both states.
core::Result<void> explain(const EdgeContext& context, const EdgeKnowledge& knowledge, BenchEdge& edge) {
  const select::Limits limits = limits_of(context, knowledge);
  auto cold = choices_of(edge.candidates, limits);
  std::vector<select::Candidate> there = edge.candidates;
  for (auto& candidate : there) {
    candidate.predicted.fetch = candidate.predicted.load = select::Seconds(0);
  }
  auto warm = choices_of(there, limits);
  if (!cold || !warm) {
    return core::fail(!cold ? cold.error() : warm.error());
  }
  edge.choices = EdgeChoices{std::move(*cold), std::move(*warm)};
  edge.verdict = {bench::Outcome::pass, {}};
  return {};
}

core::Result<void> measure(EdgeRunner& runner, const EdgeContext& context, BenchEdge& edge, const BenchEvents& events,
                           const core::StopToken& stop) {
  const auto progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
    events({edge.name, std::string(phase), done, total, nullptr});
  };
  edge.environment = runner.environment();
  progress("device profile", 0, 0);
  bench::SteadyClock clock;
  const auto start = clock.now();
  auto measurements = open_measurements();
  const auto knowledge = prepare(runner, context, edge, measurements);
  if (!knowledge) {
    return core::fail(knowledge.error());
  }
  edge.profile_time = clock.now() - start;
  edge.images_per_trial = std::min(context.options.trials.images_per_trial, context.images);
  if (context.explain_only) {
    return explain(context, *knowledge, edge);
  }
  edge.deadlines = context.options.trials.deadlines;
  bench::EdgePlan plan;
  plan.candidates = edge.candidates;
  plan.labels = std::span(context.data->labels).first(context.images);
  plan.accuracy_budget_points = context.options.accuracy_budget_points;
  plan.oracle = context.options.oracle;
  plan.trials = context.options.trials;
  plan.thresholds = context.options.thresholds;
  plan.limits = context.options.limits;
  plan.over_link = edge.connection == "ssh" || !context.options.repository.empty();
  auto report = bench::measure_edge(runner, clock, plan, stop, progress);
  if (!report) {
    return core::fail(report.error());
  }
  edge.verdict = report->verdict;
  edge.report = std::move(*report);
  if (measurements) {
    keep_measurements(context, edge, *knowledge, *measurements);
  }
  return {};
}

/// The same files by names that do not depend on the folder where the edge's shell starts.
RunnerSetup setup_for(const EdgeContext& context) {
  RunnerSetup setup;
  setup.dataset = model::absolute_dataset(context.options.dataset);
  setup.threads = context.options.threads;
  setup.repository = context.options.repository;
  for (const auto& model : context.models) {
    setup.models.push_back(model.model);
  }
  return setup;
}

/// Connects and measures; the connection lives as long as the runner.
core::Result<void> measure_remote(const ssh::Target& target, const EdgeContext& context, BenchEdge& edge,
                                  const BenchEvents& events, const core::StopToken& stop) {
  bench::SteadyClock clock;
  const auto start = clock.now();
  auto connection = context.connector.connect(target, stop);
  if (!connection) {
    return core::fail(connection.error());
  }
  auto stream = (*connection)->start(runner_command(context.options.runner_path));
  if (!stream) {
    return core::fail(stream.error());
  }
  auto runner = make_remote_runner(std::move(*stream), setup_for(context), {context.data->digest}, stop);
  if (!runner) {
    return core::fail(runner.error());
  }
  edge.connect_time = clock.now() - start;
  return measure(**runner, context, edge, events, stop);
}

}  // namespace

BenchEdge bench_edge(const ssh::Target& target, const EdgeContext& context, const BenchEvents& events,
                     const core::StopToken& stop) {
  BenchEdge edge;
  edge.name = target.name;
  edge.connection = target.transport == ssh::Transport::local ? "local" : "ssh";
  events({edge.name, "connect", 0, 0, nullptr});
  const auto outcome = [&]() -> core::Result<void> {
    if (target.transport == ssh::Transport::ssh) {
      return measure_remote(target, context, edge, events, stop);
    }
    const auto runner = context.local.get();
    if (!runner) {
      return core::fail(runner.error());
    }
    if (auto entered = (*runner)->enter(); !entered) {
      return entered;
    }
    auto measured = measure(**runner, context, edge, events, stop);
    (*runner)->leave();
    return measured;
  }();
  if (!outcome) {
    edge.error = outcome.error();
    edge.verdict = {bench::Outcome::invalid, {outcome.error().line()}};
  }
  events({edge.name, "done", 0, 0, &edge});
  return edge;
}

core::Result<BenchTargets> bench_targets(const BenchOptions& options) {
  if (options.inventory.empty() && options.pattern.empty()) {
    std::vector<std::string> names = {"localhost"};
    BenchTargets targets;
    if (options.shard) {
      targets.shard = take_shard(names, *options.shard);
    }
    targets.edges.resize(names.size());
    for (auto& here : targets.edges) {
      here.name = "localhost";
      here.transport = ssh::Transport::local;
    }
    return targets;
  }
  const auto view = view_inventory(options.inventory, options.pattern.empty() ? "all" : options.pattern, options.limit,
                                   options.shard, options.vault_passwords);
  if (!view) {
    return core::fail(view.error());
  }
  if (view->shard ? view->shard->selected == 0 : view->hosts.empty()) {
    return core::fail(core::ErrorCode::usage, "no host matches '" + options.pattern + "'");
  }
  const inventory::GivenLogin given{options.user, options.private_key, options.password};
  BenchTargets targets{{}, view->shard};
  for (const auto& host : view->hosts) {
    auto plan = fleet::plan_host(view->inventory, host, given);
    if (!plan) {
      return core::fail(plan.error());
    }
    targets.edges.push_back(std::move(plan->target));
  }
  return targets;
}

}  // namespace cef::operation
