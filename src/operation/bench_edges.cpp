#include "bench_edges.hpp"

#include <chrono>

#include "cef/bench/runner.hpp"
#include "cef/select/predictor.hpp"

namespace cef::operation {

namespace {

core::Result<std::vector<select::Candidate>> predict_all(const EdgeContext& context,
                                                         const select::DeviceProfile& profile) {
  std::vector<select::Candidate> candidates;
  for (const BenchModel& model : context.models) {
    const auto work = work_of(model.model.architecture, context.data->height, context.data->width);
    if (!work) {
      return core::fail(work.error());
    }
    const auto source =
        model.origin == AccuracyOrigin::quoted ? select::AccuracySource::quoted : select::AccuracySource::measured;
    candidates.push_back({model.model.name, model.accuracy_percent, source, select::predict(*work, profile),
                          std::nullopt, model.memory});
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
  auto profile = runner.profile();
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
  bench::EdgePlan plan;
  plan.candidates = edge.candidates;
  plan.labels = std::span(context.data->labels).first(context.images);
  plan.accuracy_budget_points = context.options.accuracy_budget_points;
  plan.oracle = context.options.oracle;
  plan.trials = context.options.trials;
  plan.thresholds = context.options.thresholds;
  auto report = bench::measure_edge(runner, clock, plan, stop, progress);
  if (!report) {
    return core::fail(report.error());
  }
  edge.verdict = report->verdict;
  edge.report = std::move(*report);
  return {};
}

}  // namespace

BenchEdge bench_edge(const ssh::Target& target, const EdgeContext& context, const BenchEvents& events,
                     const core::StopToken& stop) {
  BenchEdge edge;
  edge.name = target.name;
  edge.connection = target.transport == ssh::Transport::local ? "local" : "ssh";
  events({edge.name, "connect", 0, 0, nullptr});
  const auto outcome = [&]() -> core::Result<void> {
    const auto runner = context.local.get();
    return runner ? measure(**runner, context, edge, events, stop) : core::fail(runner.error());
  }();
  if (!outcome) {
    edge.error = outcome.error();
    edge.verdict = {bench::Outcome::invalid, {outcome.error().line()}};
  }
  events({edge.name, "done", 0, 0, &edge});
  return edge;
}

core::Result<std::vector<ssh::Target>> bench_targets(const BenchOptions& options) {
  if (options.inventory.empty()) {
    ssh::Target here;
    here.name = "localhost";
    here.transport = ssh::Transport::local;
    return std::vector<ssh::Target>{here};
  }
  return core::fail(core::ErrorCode::usage, "no inventory yet");
}

}  // namespace cef::operation
