#include <cmath>

#include "cef/core/duration.hpp"
#include "cef/report/bench.hpp"

namespace cef::report {

namespace {

using core::Json;

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
  return {{"status_seconds", time_json(steps.status)},
          {"selection_seconds", time_json(steps.selection)},
          {"load_seconds", time_json(steps.load)},
          {"inference_seconds", time_json(steps.inference)},
          {"total_seconds", time_json(steps.total)}};
}

Json totals_json(const std::vector<bench::StepTimes>& trials) {
  Json totals = Json::array();
  for (const auto& trial : trials) {
    totals.push_back(time_json(trial.total));
  }
  return totals;
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

Json model_run_json(const bench::ModelRun& run) {
  const auto& accuracy = run.pass.accuracy;
  return {{"model", run.model},
          {"accuracy_percent", percent_json(accuracy.percent())},
          {"correct", accuracy.correct},
          {"images", accuracy.images},
          {"failed_images", accuracy.failed + run.trials.failed_images},
          {"predicted_latency_seconds", time_json(run.predicted)},
          {"latency", summary_json(run.latency)},
          {"cold_steps", steps_json(run.cold)},
          {"steps", steps_json(run.warm)},
          {"cold_trials", run.trials.cold.size()},
          {"trials", run.trials.warm.size()},
          {"trial_total_seconds", totals_json(run.trials.warm)}};
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

Json status_json(const bench::EdgeStatus& status) {
  return {{"memory_available_bytes", status.memory_available.count}, {"load_1min", status.load_1min}};
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
          {"load_1min", e.load_1min}};
}

/// Without the single layers: there are hundreds.
Json profile_json(const select::DeviceProfile& profile) {
  Json json = select::to_json(profile);
  json["layers"] = profile.layers.size();
  return json;
}

void add_report(Json& json, const bench::EdgeReport& report) {
  json["status_before"] = status_json(report.before);
  json["status_after"] = status_json(report.after);
  json["greedy"] = choice_json(report.greedy);
  json["advanced"] = choice_json(report.advanced);
  json["oracle"] = report.oracle ? choice_json(*report.oracle) : Json(nullptr);
  json["accuracy_drop_points"] = percent_json(report.comparison.accuracy_drop_points);
  json["saving_percent"] = percent_json(report.comparison.saving_percent);
  json["saving_interval_95_percent"] = interval_json(report.comparison.saving_interval_percent);
  json["cold_saving_percent"] = percent_json(report.comparison.cold_saving_percent);
  json["latency_saving_percent"] = percent_json(report.comparison.latency_saving_percent);
  json["models"] = Json::array();
  for (const auto& run : report.models) {
    json["models"].push_back(model_run_json(run));
  }
}

Json edge_json(const operation::BenchEdge& edge) {
  Json json = {{"name", edge.name}, {"connection", edge.connection}, {"verdict", verdict_json(edge.verdict)}};
  json["error"] = edge.error ? core::to_json(*edge.error) : Json(nullptr);
  json["environment"] = edge.environment ? environment_json(*edge.environment) : Json(nullptr);
  json["profile"] = edge.profile ? profile_json(*edge.profile) : Json(nullptr);
  json["connect_seconds"] = time_json(edge.connect_time);
  json["profile_seconds"] = time_json(edge.profile_time);
  json["predicted"] = Json::array();
  for (const auto& candidate : edge.candidates) {
    json["predicted"].push_back({{"model", candidate.name},
                                 {"accuracy_percent", percent_json(candidate.accuracy_percent)},
                                 {"accuracy_source", select::to_string(candidate.accuracy_source)},
                                 {"latency_seconds", time_json(candidate.predicted.image)},
                                 {"memory_bytes", candidate.memory.count}});
  }
  if (edge.report) {
    add_report(json, *edge.report);
  }
  return json;
}

Json model_json(const operation::BenchModel& model) {
  return {{"name", model.model.name},
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
  return {{"dataset", options.dataset},
          {"images", options.images},
          {"threads", options.threads},
          {"oracle", options.oracle},
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
          {"seed", trials.seed}};
}

}  // namespace

core::Json to_json(const operation::BenchResult& result) {
  const auto& data = result.dataset;
  Json json = {{"schema", "cef.bench/1"},
               {"cef_version", CEF_VERSION},
               {"started", core::to_rfc3339(result.started)},
               {"elapsed_seconds", time_json(result.elapsed)},
               {"interrupted", result.interrupted},
               {"verdict", verdict_json(result.verdict)},
               {"saving_percent", percent_json(result.saving_percent)},
               {"saving_interval_95_percent", interval_json(result.saving_interval_percent)},
               {"accuracy_drop_points", percent_json(result.accuracy_drop_points)},
               {"settings", settings_json(result.options)}};
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
