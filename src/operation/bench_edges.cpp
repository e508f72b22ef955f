#include "bench_edges.hpp"

#include <algorithm>
#include <filesystem>

#include "cef/bench/runner.hpp"
#include "cef/core/paths.hpp"
#include "cef/fleet/run.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/operation/runner.hpp"
#include "cef/select/predictor.hpp"
#include "probe_network.hpp"

namespace cef::operation {

namespace {

core::Result<std::vector<select::Candidate>> predict_all(const EdgeContext& context,
                                                         const select::DeviceProfile& profile) {
  std::vector<select::Candidate> candidates;
  for (const BenchModel& model : context.models) {
    const auto network = model::build_network(model.model.architecture);
    if (!network) {
      return core::fail(network.error());
    }
    const auto input = model::input_size(*context.data, model.model.preprocessing);
    if (!input) {
      return core::fail(input.error());
    }
    const auto predicted = select::predict(layers_of(*network, input->height, input->width), "fp32",
                                           profile.threads.front().threads, profile);
    if (!predicted) {
      return core::fail(predicted.error());
    }
    const auto source =
        model.origin == AccuracyOrigin::quoted ? select::AccuracySource::quoted : select::AccuracySource::measured;
    select::Forecast forecast;
    forecast.image = predicted->image;
    forecast.uncertainty = predicted->uncertainty;
    candidates.push_back({model.model.name, model.model.precision == model::Precision::fp32, model.accuracy_percent,
                          source, forecast, std::nullopt, model.memory});
  }
  return candidates;
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
  auto profile = runner.profile({true, edge.environment->threads});
  if (!profile) {
    return core::fail(profile.error());
  }
  edge.profile = *profile;
  edge.profile_time = clock.now() - start;
  auto candidates = predict_all(context, *profile);
  if (!candidates) {
    return core::fail(candidates.error());
  }
  edge.candidates = std::move(*candidates);
  const auto& precisions = edge.environment->precisions;
  std::erase_if(edge.candidates, [&](const select::Candidate& candidate) {
    const auto variant = model::parse_variant(candidate.name);
    const auto precision = variant ? variant->precision : model::Precision::fp32;
    return std::find(precisions.begin(), precisions.end(), model::to_string(precision)) == precisions.end();
  });
  edge.images_per_trial = std::min(context.options.trials.images_per_trial, context.images);
  edge.deadlines = context.options.trials.deadlines;
  bench::EdgePlan plan;
  plan.candidates = edge.candidates;
  plan.labels = std::span(context.data->labels).first(context.images);
  plan.accuracy_budget_points = context.options.accuracy_budget_points;
  plan.oracle = context.options.oracle;
  plan.trials = context.options.trials;
  plan.thresholds = context.options.thresholds;
  plan.limits = context.options.limits;
  auto report = bench::measure_edge(runner, clock, plan, stop, progress);
  if (!report) {
    return core::fail(report.error());
  }
  edge.verdict = report->verdict;
  edge.report = std::move(*report);
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

core::Result<std::vector<ssh::Target>> bench_targets(const BenchOptions& options) {
  if (options.inventory.empty() && options.pattern.empty()) {
    ssh::Target here;
    here.name = "localhost";
    here.transport = ssh::Transport::local;
    return std::vector<ssh::Target>{here};
  }
  const auto view = view_inventory(options.inventory, options.pattern.empty() ? "all" : options.pattern, options.limit);
  if (!view) {
    return core::fail(view.error());
  }
  if (view->hosts.empty()) {
    return core::fail(core::ErrorCode::usage, "no host matches '" + options.pattern + "'");
  }
  std::vector<ssh::Target> targets;
  for (const auto& host : view->hosts) {
    auto plan = fleet::plan_host(view->inventory, host);
    if (!plan) {
      return core::fail(plan.error());
    }
    if (!options.user.empty()) {
      plan->target.user = options.user;
    }
    if (!options.private_key.empty()) {
      plan->target.identity_files = {options.private_key};
    }
    targets.push_back(std::move(plan->target));
  }
  return targets;
}

}  // namespace cef::operation
