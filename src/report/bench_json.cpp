#include <algorithm>
#include <cmath>

#include "cef/core/duration.hpp"
#include "cef/report/bench.hpp"
#include "cef/report/fleet.hpp"
#include "cef/report/merge.hpp"

namespace cef::report {

namespace {

using core::Json;

constexpr std::size_t k_most_images = 2000;
constexpr std::size_t k_most_trials = 500;

/// Timings keep microseconds, percentages four decimals: more would be noise.
double rounded(double value, double unit) {
  return std::round(value / unit) * unit;
}
Json time_json(double seconds) {
  return std::isfinite(seconds) ? Json(std::round(seconds * 1e7) / 1e7) : Json(nullptr);
}
Json time_json(select::Seconds time) {
  return time_json(time.count());
}
Json percent_json(double value) {
  return std::isfinite(value) ? Json(std::round(value * 1e4) / 1e4) : Json(nullptr);
}

Json verdict_json(const bench::Verdict& verdict) {
  return {{"outcome", bench::to_string(verdict.outcome)},
          {"valid", verdict.outcome != bench::Outcome::invalid},
          {"reasons", verdict.reasons}};
}

Json interval_json(const bench::Interval& interval) {
  return {percent_json(interval.low), percent_json(interval.high)};
}

Json steps_json(const bench::StepTimes& steps) {
  return {{"status_seconds", time_json(steps.status)},       {"selection_seconds", time_json(steps.selection)},
          {"fetch_seconds", time_json(steps.fetch)},         {"load_seconds", time_json(steps.load)},
          {"inference_seconds", time_json(steps.inference)}, {"result_seconds", time_json(steps.result)},
          {"total_seconds", time_json(steps.total)}};
}

Json summary_json(const bench::Summary& s) {
  return {{"count", s.count},
          {"mean_seconds", time_json(s.mean)},
          {"min_seconds", time_json(s.min)},
          {"p50_seconds", time_json(s.p50)},
          {"p90_seconds", time_json(s.p90)},
          {"p99_seconds", time_json(s.p99)},
          {"max_seconds", time_json(s.max)}};
}

/// Of more than `most` values every k-th, so that they lie evenly over the run.
template <class T, class ToJson>
Json sampled_json(const std::vector<T>& values, std::size_t most, const ToJson& to_json) {
  const std::size_t step = std::max<std::size_t>(1, (values.size() + most - 1) / most);
  Json sampled = Json::array();
  for (std::size_t i = 0; i < values.size(); i += step) {
    sampled.push_back(to_json(values[i]));
  }
  return sampled;
}

Json state_run_json(const bench::StateRun& run, const std::vector<bench::Seconds>& deadlines) {
  if (run.log.trials.empty()) {
    return nullptr;
  }
  Json effective = Json::array();
  for (std::size_t i = 0; i < run.effective_accuracy_percent.size(); ++i) {
    effective.push_back(
        {{"deadline_seconds", time_json(deadlines[i])}, {"percent", percent_json(run.effective_accuracy_percent[i])}});
  }
  Json latency = summary_json(run.latency);
  latency["image_seconds"] =
      sampled_json(run.log.latency, k_most_images, [](bench::Seconds s) { return time_json(s); });
  return {{"trial_count", run.log.trials.size()},
          {"fetched_bytes", run.log.fetched_bytes},
          {"failed_images", run.log.failed_images},
          {"steps", steps_json(run.mean)},
          {"latency", latency},
          {"effective_accuracy", effective},
          {"trials", sampled_json(run.log.trials, k_most_trials, steps_json)}};
}

Json model_run_json(const bench::ModelRun& run, const std::vector<bench::Seconds>& deadlines) {
  const auto& accuracy = run.pass.accuracy;
  return {{"model", run.model},
          {"accuracy_percent", percent_json(accuracy.percent())},
          {"correct", accuracy.correct},
          {"images", accuracy.images},
          {"failed_images", accuracy.failed + run.cold.log.failed_images + run.warm.log.failed_images},
          {"predicted_image_seconds", time_json(run.predicted.image)},
          {"cold", state_run_json(run.cold, deadlines)},
          {"warm", state_run_json(run.warm, deadlines)}};
}

Json choice_json(const select::Choice& choice) {
  Json reasons = Json::array();
  for (const auto& reason : choice.reasons) {
    reasons.push_back({{"model", reason.candidate},
                       {"chosen", reason.chosen},
                       {"eligible", reason.eligible},
                       {"reason", reason.text}});
  }
  return {{"policy", select::to_string(choice.policy)}, {"model", choice.model}, {"candidates", reasons}};
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(std::round(*value * 10) / 10) : Json(nullptr);
}

Json condition_json(const bench::EdgeCondition& c) {
  return {{"memory_available_bytes", c.status.memory_available.count},
          {"load_1min", c.status.load_1min},
          {"cpus", c.cpus},
          {"other_cpus", rounded(c.other_cpus, 0.01)},
          {"cpu_temperature_celsius", optional_json(c.cpu_temperature_celsius)},
          {"cpu_mhz", optional_json(c.cpu_mhz)},
          {"throttled", c.throttled ? Json(*c.throttled) : Json(nullptr)},
          {"round_trip_seconds", time_json(c.round_trip)},
          {"on_node", c.status.on_node}};
}

Json environment_json(const operation::EdgeEnvironment& e) {
  return {{"cpu_model", e.cpu_model},
          {"cpus", e.cpus},
          {"cores", e.cores},
          {"threads", e.threads},
          {"memory_bytes", e.memory.count},
          {"kernel", e.kernel},
          {"architecture", e.architecture},
          {"runtime", e.runtime},
          {"cef_version", e.cef_version},
          {"load_1min", e.load_1min},
          {"precisions", e.precisions}};
}

/// Without the single layers: there are hundreds.
Json profile_json(const select::DeviceProfile& profile) {
  Json json = select::to_json(profile);
  json["layers"] = profile.layers.size();
  return json;
}

/// Without trials there is nothing to compare.
void add_comparison(Json& json, const bench::Comparison& c) {
  const bool ran = !c.savings.empty();
  json["accuracy_drop_points"] = percent_json(c.accuracy_drop_points);
  json["accuracy_drop_interval_95_points"] = interval_json(c.accuracy_drop_interval_points);
  json["saving_percent"] = ran ? percent_json(c.saving_percent) : Json(nullptr);
  json["saving_interval_95_percent"] = ran ? interval_json(c.saving_interval_percent) : Json(nullptr);
  json["latency_saving_percent"] = ran ? percent_json(c.latency_saving_percent) : Json(nullptr);
}

Json state_json(const bench::StateReport& state) {
  Json json = {{"greedy", choice_json(state.greedy)},
               {"advanced", choice_json(state.advanced)},
               {"advanced_exact", choice_json(state.advanced_exact)},
               {"fastest", choice_json(state.fastest)},
               {"oracle", state.oracle ? choice_json(*state.oracle) : Json(nullptr)},
               {"trial_count", state.trials},
               {"elapsed_seconds", time_json(state.elapsed)}};
  add_comparison(json, state.comparison);
  json["regret_percent"] = nullptr;
  if (state.regret) {
    json["regret_percent"] = {{"greedy", percent_json(state.regret->greedy)},
                              {"advanced", percent_json(state.regret->advanced)},
                              {"advanced_exact", percent_json(state.regret->advanced_exact)},
                              {"fastest", percent_json(state.regret->fastest)}};
  }
  Json exact = Json::object();
  add_comparison(exact, state.exact);
  json["exact"] = std::move(exact);
  return json;
}

Json predicted_json(const select::Candidate& candidate, std::size_t images) {
  select::Forecast warm = candidate.predicted;
  warm.fetch = warm.load = select::Seconds(0);
  return {{"model", candidate.name},
          {"exact", candidate.exact},
          {"accuracy_percent", percent_json(candidate.accuracy_percent)},
          {"accuracy_source", select::to_string(candidate.accuracy_source)},
          {"fetch_seconds", time_json(candidate.predicted.fetch)},
          {"load_seconds", time_json(candidate.predicted.load)},
          {"image_seconds", time_json(candidate.predicted.image)},
          {"fixed_seconds", time_json(candidate.predicted.fixed)},
          {"uncertainty", rounded(candidate.predicted.uncertainty, 1e-4)},
          {"threads", candidate.predicted.threads == 0 ? Json(nullptr) : Json(candidate.predicted.threads)},
          {"image_by_layers_seconds", time_json(candidate.predicted.image_by_layers)},
          {"observations", candidate.predicted.observations},
          {"probed", candidate.predicted.probed},
          {"total_cold_seconds", time_json(candidate.predicted.total(images))},
          {"total_warm_seconds", time_json(warm.total(images))},
          {"memory_bytes", candidate.memory.count}};
}

void add_report(Json& json, const bench::EdgeReport& report, const std::vector<bench::Seconds>& deadlines) {
  json["status_before"] = condition_json(report.before);
  json["status_after"] = condition_json(report.after);
  json["other_cpus_during"] = rounded(report.other_cpus, 0.01);
  json["changed"] = report.changed;
  json["cold"] = state_json(report.cold);
  json["warm"] = state_json(report.warm);
  json["models"] = Json::array();
  for (const auto& run : report.models) {
    json["models"].push_back(model_run_json(run, deadlines));
  }
}

Json edge_json(const operation::BenchEdge& edge) {
  Json json = {{"name", edge.name}, {"connection", edge.connection}, {"verdict", verdict_json(edge.verdict)}};
  json["error"] = edge.error ? core::to_json(*edge.error) : Json(nullptr);
  json["environment"] = edge.environment ? environment_json(*edge.environment) : Json(nullptr);
  json["profile"] = edge.profile ? profile_json(*edge.profile) : Json(nullptr);
  json["connect_seconds"] = time_json(edge.connect_time);
  json["profile_seconds"] = time_json(edge.profile_time);
  json["probed"] = edge.probed;
  json["predicted"] = Json::array();
  for (const auto& candidate : edge.candidates) {
    json["predicted"].push_back(predicted_json(candidate, edge.images_per_trial));
  }
  if (edge.report) {
    add_report(json, *edge.report, edge.deadlines);
  }
  return json;
}

/// What the verdict over all shards is made from, at full precision: the document has rounded and sampled it.
Json bench_shard_json(const operation::BenchResult& result) {
  Json json = shard_json(result.shard);
  if (!result.shard) {
    return json;
  }
  Json& edges = json["shard"]["edges"] = Json::array();
  for (const auto& edge : result.edges) {
    if (!edge.report) {
      edges.push_back(nullptr);
      continue;
    }
    const auto& comparison = edge.report->in(result.options.trials.state).comparison;
    edges.push_back({{"savings", comparison.savings}, {"accuracy_drop_points", comparison.accuracy_drop_points}});
  }
  return json;
}

Json model_json(const operation::BenchModel& model) {
  return {{"name", model.model.name},
          {"variant_of", model.variant_of.empty() ? Json(nullptr) : Json(model.variant_of)},
          {"precision", model::to_string(model.model.precision)},
          {"exact", model.model.precision == model::Precision::fp32},
          {"weights", model.model.weights.string()},
          {"digest", model.model.digest},
          {"file_bytes", model.file_size.count},
          {"parameters", model.parameters},
          {"macs", model.macs},
          {"memory_bytes", model.memory.count},
          {"accuracy_percent", percent_json(model.accuracy_percent)},
          {"accuracy_origin", operation::to_string(model.origin)},
          {"accuracy_source", model.accuracy_source.empty() ? Json(nullptr) : Json(model.accuracy_source)}};
}

Json settings_json(const operation::BenchOptions& options) {
  const auto& trials = options.trials;
  const auto& limits = options.limits;
  return {{"dataset", options.dataset},
          {"images", options.images},
          {"threads", options.threads},
          {"oracle", options.oracle},
          {"exact_only", options.exact_only},
          {"profile", operation::to_string(options.profile)},
          {"probe_ties", options.probe_ties},
          {"calibration", options.calibration.empty() ? Json(nullptr) : Json(options.calibration)},
          {"repository", options.repository.empty() ? Json(nullptr) : Json(options.repository)},
          {"parallel", options.parallel},
          {"accuracy_budget_points", options.accuracy_budget_points},
          {"max_accuracy_drop_points", options.thresholds.max_accuracy_drop_points},
          {"min_saving_percent", options.thresholds.min_saving_percent},
          {"min_seconds", trials.min_seconds},
          {"max_seconds", trials.max_seconds},
          {"min_trials", trials.min_trials},
          {"max_trials", trials.max_trials},
          {"images_per_trial", trials.images_per_trial},
          {"warmup_trials", trials.warmup_trials},
          {"cold_trials", trials.cold_trials},
          {"seed", trials.seed},
          {"max_load_change", limits.load_share},
          {"max_temperature_rise_celsius", limits.temperature_celsius},
          {"max_link_change", limits.link_ratio},
          {"allow_throttling", limits.throttling}};
}

}  // namespace

void put_whole(Json& document, const bench::Whole& whole) {
  document["verdict"] = verdict_json(whole.verdict);
  document["saving_percent"] = percent_json(whole.saving_percent);
  document["saving_interval_95_percent"] = interval_json(whole.saving_interval_percent);
  document["accuracy_drop_points"] = percent_json(whole.accuracy_drop_points);
}

core::Json to_json(const operation::BenchResult& result) {
  const auto& data = result.dataset;
  Json deadlines = Json::array();
  for (const auto deadline : result.options.trials.deadlines) {
    deadlines.push_back(time_json(deadline));
  }
  Json json = {{"schema", "cef.bench/2"},
               {"cef_version", CEF_VERSION},
               {"started", core::to_rfc3339(result.started)},
               {"elapsed_seconds", time_json(result.elapsed)},
               {"interrupted", result.interrupted},
               {"state", bench::to_string(result.options.trials.state)},
               {"deadlines", deadlines}};
  put_whole(json, {result.saving_percent, result.saving_interval_percent, result.accuracy_drop_points, result.verdict});
  json["settings"] = settings_json(result.options);
  json.update(bench_shard_json(result));
  json["dataset"] = {{"name", data.name},     {"source", data.source},       {"digest", data.digest},
                     {"images", data.images}, {"available", data.available}, {"classes", data.classes},
                     {"height", data.height}, {"width", data.width}};
  json["accuracy_table_seconds"] = time_json(result.accuracy_table_time);
  json["models"] = Json::array();
  for (const auto& model : result.models) {
    json["models"].push_back(model_json(model));
  }
  json["edges"] = Json::array();
  for (const auto& edge : result.edges) {
    json["edges"].push_back(edge_json(edge));
  }
  return json;
}

core::Json to_json(const operation::BenchEvent& event) {
  if (event.finished != nullptr) {
    Json json = {{"event", "edge"}};
    json.update(edge_json(*event.finished));
    return json;
  }
  return {{"event", "progress"},
          {"edge", event.edge.empty() ? Json(nullptr) : Json(event.edge)},
          {"phase", event.phase},
          {"done", event.done},
          {"total", event.total == 0 ? Json(nullptr) : Json(event.total)}};
}

}  // namespace cef::report
