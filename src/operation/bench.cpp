#include "cef/operation/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <set>
#include <utility>

#include "bench_edges.hpp"
#include "bench_parts.hpp"
#include "cef/bench/whole.hpp"
#include "cef/core/parallel.hpp"
#include "cef/registry/fetch_index.hpp"
#include "runner_protocol.hpp"

namespace cef::operation {

namespace {

using core::ErrorCode;

/// Selection is misled by fewer, whatever --images says: docs/bench.md.
constexpr std::size_t k_min_table_images = 2000;

core::Result<void> positive(double value, const char* option, const char* unit) {
  if (std::isfinite(value) && value >= 0) {
    return {};
  }
  char text[200];
  std::snprintf(text, sizeof text, "%s is %g; write a number of %s that is not negative", option, value, unit);
  return core::fail(ErrorCode::usage, text);
}

BenchDataset describe(const model::Dataset& data, std::size_t images) {
  return {data.name, data.source, data.digest, images, data.size(), data.classes.size(), data.height, data.width};
}

void sum_up(BenchResult& result) {
  std::vector<bench::EdgeShare> shares;
  for (const BenchEdge& edge : result.edges) {
    bench::EdgeShare share{{edge.name, edge.verdict}, std::nullopt};
    if (edge.report) {
      const auto& comparison = edge.report->in(result.options.trials.state).comparison;
      share.measured = {comparison.savings, comparison.accuracy_drop_points};
    }
    shares.push_back(std::move(share));
  }
  const bench::Whole whole = bench::sum_up(shares, result.options.trials.seed);
  result.accuracy_drop_points = whole.accuracy_drop_points;
  result.saving_percent = whole.saving_percent;
  result.saving_interval_percent = whole.saving_interval_percent;
  result.verdict = whole.verdict;
}

BenchEdge without_result(const ssh::Target& target, core::Error error) {
  BenchEdge edge;
  edge.name = target.name;
  edge.connection = target.transport == ssh::Transport::local ? "local" : "ssh";
  edge.error = std::move(error);
  edge.verdict = {bench::Outcome::invalid, {edge.error->message}};
  return edge;
}

/// In turn, or remote edges at the same time; those on this machine disturb one another and always run in turn, at
/// last.
void run_edges(BenchResult& result, const std::vector<ssh::Target>& targets, const EdgeContext& context,
               const BenchEvents& events, const core::StopToken& stop) {
  std::mutex mutex;
  const BenchEvents one_by_one = [&](const BenchEvent& event) {
    const std::lock_guard lock(mutex);
    events(event);
  };
  result.edges.resize(targets.size());
  const auto measure = [&](std::size_t i) {
    try {
      result.edges[i] = stop.draining()
                            ? without_result(targets[i], {ErrorCode::interrupted, "not started: interrupted", {}})
                            : bench_edge(targets[i], context, one_by_one, stop);
    } catch (const std::exception& error) {  // the other edges' results stand
      result.edges[i] =
          without_result(targets[i], {ErrorCode::internal, std::string("a bug in cef: ") + error.what(), {}});
    }
  };
  std::vector<std::size_t> beside;
  std::vector<std::size_t> in_turn;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const bool remote = targets[i].transport == ssh::Transport::ssh;
    (context.options.parallel && remote ? beside : in_turn).push_back(i);
  }
  core::in_parallel(beside.size(), beside.size(), [&](std::size_t i) { measure(beside[i]); });
  std::for_each(in_turn.begin(), in_turn.end(), measure);
}

}  // namespace

const char* to_string(AccuracyOrigin origin) noexcept {
  switch (origin) {
    case AccuracyOrigin::measured:
      return "measured";
    case AccuracyOrigin::cached:
      return "cached";
    case AccuracyOrigin::quoted:
      return "quoted";
  }
  return "";
}

core::Result<void> check_options(const BenchOptions& options) {
  const bench::TrialSettings& trials = options.trials;
  for (const auto& checked : {positive(options.accuracy_budget_points, "--accuracy-budget", "points"),
                              positive(options.thresholds.max_accuracy_drop_points, "--max-accuracy-drop", "points"),
                              positive(trials.min_seconds, "--min-seconds", "seconds"),
                              positive(trials.max_seconds, "--max-seconds", "seconds"),
                              positive(options.limits.load_share, "--max-load-change", "shares"),
                              positive(options.limits.temperature_celsius, "--max-temperature-rise", "degrees"),
                              positive(options.limits.link_ratio, "--max-link-change", "times")}) {
    if (!checked) {
      return checked;
    }
  }
  if (!std::isfinite(options.thresholds.min_saving_percent) || options.thresholds.min_saving_percent > 100) {
    return core::fail(ErrorCode::usage, "--min-saving is a percentage of at most 100");
  }
  if (trials.min_seconds > trials.max_seconds) {
    return core::fail(ErrorCode::usage, "--min-seconds is larger than --max-seconds; raise --max-seconds");
  }
  if (trials.min_trials == 0 || trials.min_trials > trials.max_trials) {
    return core::fail(ErrorCode::usage,
                      "--min-trials is from 1 to --max-trials (" + std::to_string(trials.max_trials) + ")");
  }
  for (const auto deadline : trials.deadlines) {
    if (!std::isfinite(deadline.count()) || deadline.count() <= 0) {
      return core::fail(ErrorCode::usage, "--deadline is a number of milliseconds above 0");
    }
  }
  if (trials.images_per_trial == 0 || trials.images_per_trial > protocol::k_max_images) {
    return core::fail(ErrorCode::usage, "--trial-images is from 1 to " + std::to_string(protocol::k_max_images));
  }
  if (trials.state == bench::State::cold && trials.cold_trials == 0) {
    return core::fail(ErrorCode::usage, "--state cold needs at least one of --cold-trials");
  }
  if (auto url = registry::index_url(options.repository); !options.repository.empty() && !url) {
    return core::fail(std::move(url.error()).in("--repository"));
  }
  const std::set<std::string> unique(options.models.begin(), options.models.end());
  if (unique.size() != options.models.size()) {
    return core::fail(ErrorCode::usage, "--models names a model twice; name each once");
  }
  if (options.threads < 0 || options.threads > 1024) {
    return core::fail(ErrorCode::usage, "--threads is from 1 to 1024");
  }
  return {};
}

namespace {

core::Result<BenchResult> over_edges(const BenchOptions& options, bool explain_only, const BenchEvents& events,
                                     const core::StopToken& stop) {
  BenchResult result;
  result.started = std::chrono::system_clock::now();
  result.options = options;
  bench::SteadyClock clock;
  const auto start = clock.now();
  if (auto checked = check_options(options); !checked) {
    return core::fail(checked.error());
  }
  auto predictions = core::begin_file(options.predictions);
  if (!predictions) {
    return core::fail(std::move(predictions.error()).in("--predictions"));
  }
  const auto targets = bench_targets(options);
  if (!targets) {
    return core::fail(targets.error());
  }
  result.shard = targets->shard;
  warn_if_empty(result.shard);
  events({"", "data set", 0, 0, nullptr});
  auto opened = model::open_dataset(options.dataset);
  if (!opened) {
    return core::fail(opened.error());
  }
  const auto data = std::make_shared<const model::Dataset>(std::move(*opened));
  const std::size_t images = options.images == 0 ? data->size() : std::min(options.images, data->size());
  if (images == 0) {
    return core::fail(ErrorCode::usage, options.dataset + ": holds no labelled images");
  }
  result.dataset = describe(*data, images);
  auto models = resolve_models(options, *data);
  if (!models) {
    return core::fail(models.error());
  }
  result.models = std::move(*models);
  const std::size_t table_images = std::max(images, std::min(data->size(), k_min_table_images));
  if (auto prepared = prepare_variants(result.models, options, data, table_images, events, stop); !prepared) {
    return core::fail(prepared.error());
  }
  SharedLocalRunner local(data, result.models, options, stop);
  const auto table_start = clock.now();
  if (auto filled = fill_accuracy_table(result.models, *data, table_images, local, events, stop); !filled) {
    return core::fail(filled.error());
  }
  result.accuracy_table_time = clock.now() - table_start;
  const auto connector = ssh::make_connector(options.connect);
  run_edges(result, targets->edges, {options, result.models, data, images, local, *connector, explain_only}, events,
            stop);
  sum_up(result);
  result.interrupted = stop.draining();
  result.elapsed = clock.now() - start;
  if (*predictions) {
    if (auto written = write_predictions(result, *data, **predictions); !written) {
      return core::fail(written.error());
    }
  }
  return result;
}

}  // namespace

core::Result<BenchResult> bench(const BenchOptions& options, const BenchEvents& events, const core::StopToken& stop) {
  return over_edges(options, false, events, stop);
}

core::Result<BenchResult> explain_selection(const BenchOptions& options, const BenchEvents& events,
                                            const core::StopToken& stop) {
  return over_edges(options, true, events, stop);
}

}  // namespace cef::operation
