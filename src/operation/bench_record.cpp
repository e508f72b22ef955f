#include "cef/operation/bench_record.hpp"

#include <algorithm>

#include "cef/core/file.hpp"
#include "cef/core/text.hpp"
#include "json_reader.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_schema = "cef.bench/2";
constexpr core::Bytes k_largest{std::uint64_t{512} << 20U};

std::vector<std::string> texts(const JsonReader& json, const char* key) {
  return json.list(key, [](const JsonReader& j) { return j.as_text(); });
}

/// A time, which cannot be negative.
double seconds(const JsonReader& json, const char* key) {
  const double value = json.number(key);
  if (value < 0) {
    json.at(key).expected("a time of 0 or more");
  }
  return std::max(0.0, value);
}

RecordVerdict verdict(const JsonReader& json) {
  RecordVerdict v{json.text("outcome"), texts(json, "reasons")};
  if (v.outcome != "pass" && v.outcome != "fail" && v.outcome != "invalid") {
    json.at("outcome").expected("pass, fail or invalid");
  }
  return v;
}

std::optional<bench::Interval> interval(const JsonReader& json, const char* key) {
  if (!json.has(key)) {
    return std::nullopt;
  }
  const auto ends = json.list(key, [](const JsonReader& j) { return j.as_number().value_or(0); });
  if (ends.size() != 2) {
    json.at(key).expected("a list of two numbers");
    return std::nullopt;
  }
  return bench::Interval{ends[0], ends[1]};
}

RecordSteps steps(const JsonReader& json) {
  return {seconds(json, "status_seconds"), seconds(json, "selection_seconds"), seconds(json, "fetch_seconds"),
          seconds(json, "load_seconds"),   seconds(json, "inference_seconds"), seconds(json, "result_seconds"),
          seconds(json, "total_seconds")};
}

RecordLatency latency(const JsonReader& json) {
  RecordLatency l;
  l.count = json.count("count");
  l.mean = seconds(json, "mean_seconds");
  l.p50 = seconds(json, "p50_seconds");
  l.p90 = seconds(json, "p90_seconds");
  l.p99 = seconds(json, "p99_seconds");
  l.images = json.list("image_seconds", [](const JsonReader& j) { return std::max(0.0, j.as_number().value_or(0)); });
  return l;
}

std::optional<RecordStateRun> state_run(const JsonReader& json, const char* key) {
  if (!json.has(key)) {
    return std::nullopt;
  }
  const JsonReader run = json.at(key);
  RecordStateRun r;
  r.trial_count = run.count("trial_count");
  r.mean = steps(run.at("steps"));
  r.latency = latency(run.at("latency"));
  r.effective_accuracy = run.list("effective_accuracy", [](const JsonReader& j) {
    return RecordDeadline{seconds(j, "deadline_seconds"), j.number("percent")};
  });
  r.trials = run.list("trials", steps);
  return r;
}

RecordModelRun model_run(const JsonReader& json) {
  RecordModelRun run;
  run.model = json.text("model");
  run.accuracy_percent = json.number("accuracy_percent");
  run.images = json.count("images");
  run.failed_images = json.count("failed_images");
  run.cold = state_run(json, "cold");
  run.warm = state_run(json, "warm");
  return run;
}

RecordChoice choice(const JsonReader& json) {
  RecordChoice c;
  c.model = json.text("model");
  c.reasons = json.list("candidates", [](const JsonReader& j) {
    return RecordReason{j.text("model"), j.flag("chosen"), j.flag("eligible"), j.text("reason")};
  });
  return c;
}

std::optional<RecordChoice> optional_choice(const JsonReader& json, const char* key) {
  return json.has(key) ? std::optional(choice(json.at(key))) : std::nullopt;
}

RecordComparison comparison(const JsonReader& json) {
  return {json.optional_number("accuracy_drop_points"), interval(json, "accuracy_drop_interval_95_points"),
          json.optional_number("saving_percent"), interval(json, "saving_interval_95_percent"),
          json.optional_number("latency_saving_percent")};
}

std::optional<RecordState> state(const JsonReader& edge, const char* key) {
  if (!edge.has(key)) {
    return std::nullopt;
  }
  const JsonReader json = edge.at(key);
  RecordState s;
  s.greedy = choice(json.at("greedy"));
  s.advanced = choice(json.at("advanced"));
  s.advanced_exact = optional_choice(json, "advanced_exact");
  s.fastest = optional_choice(json, "fastest");
  s.oracle = optional_choice(json, "oracle");
  s.trial_count = json.count("trial_count");
  s.comparison = comparison(json);
  if (json.has("exact")) {
    s.exact = comparison(json.at("exact"));
  }
  const JsonReader regret = json.at("regret_percent");
  for (const char* policy : {"greedy", "advanced", "advanced_exact", "fastest"}) {
    if (const auto percent = regret.optional_number(policy)) {
      s.regret.push_back({policy, *percent});
    }
  }
  return s;
}

RecordPrediction prediction(const JsonReader& json) {
  RecordPrediction p;
  p.model = json.text("model");
  p.exact = json.flag("exact");
  p.accuracy_percent = json.number("accuracy_percent");
  p.fetch = seconds(json, "fetch_seconds");
  p.load = seconds(json, "load_seconds");
  p.image = seconds(json, "image_seconds");
  p.fixed = seconds(json, "fixed_seconds");
  p.uncertainty = json.optional_number("uncertainty").value_or(0);
  p.total_cold = seconds(json, "total_cold_seconds");
  p.total_warm = seconds(json, "total_warm_seconds");
  p.memory_bytes = json.count("memory_bytes");
  return p;
}

/// The plain values of an object; what is null or nested is left out.
std::vector<RecordField> fields(const JsonReader& json) {
  std::vector<RecordField> out;
  if (json.is_object()) {
    for (const auto& [name, value] : json.value().items()) {
      if (value.is_primitive() && !value.is_null()) {
        out.push_back({name, core::text_of(value)});
      }
    }
  }
  return out;
}

RecordEdge edge(const JsonReader& json) {
  RecordEdge e;
  e.name = json.text("name");
  e.connection = json.text("connection");
  e.verdict = verdict(json.at("verdict"));
  if (json.has("error")) {
    e.error = json.at("error").text("message");
  }
  e.environment = fields(json.at("environment"));
  e.before = fields(json.at("status_before"));
  e.after = fields(json.at("status_after"));
  e.memory_available_bytes = json.at("status_before").optional_number("memory_available_bytes");
  e.changed = json.has("changed") ? texts(json, "changed") : std::vector<std::string>{};
  e.predicted = json.list("predicted", prediction);
  e.cold = state(json, "cold");
  e.warm = state(json, "warm");
  if (json.has("models")) {
    e.models = json.list("models", model_run);
  }
  return e;
}

RecordModel model(const JsonReader& json) {
  return {json.text("name"),   json.text("precision"),          json.flag("exact"),
          json.text("digest"), json.count("file_bytes"),        json.count("parameters"),
          json.count("macs"),  json.number("accuracy_percent"), json.text("accuracy_origin")};
}

RecordDataset dataset(const JsonReader& json) {
  return {json.text("name"),       json.text("source"),   json.text("digest"),  json.count("images"),
          json.count("available"), json.count("classes"), json.count("height"), json.count("width")};
}

void read_settings(BenchRecord& record, const JsonReader& json) {
  record.max_accuracy_drop_points = json.number("max_accuracy_drop_points");
  record.min_saving_percent = json.number("min_saving_percent");
  record.accuracy_budget_points = json.number("accuracy_budget_points");
  record.images_per_trial = json.count("images_per_trial");
  record.oracle = json.flag("oracle");
  record.seed = json.count("seed");
  record.settings = json.value();
}

Result<void> check_schema(const Json& json, const std::string& origin) {
  const bool has = json.is_object() && json.contains("schema") && json.at("schema").is_string();
  const std::string schema = has ? json.at("schema").get<std::string>() : "";
  if (schema == k_schema) {
    return {};
  }
  if (schema == "cef.bench/1") {
    return fail(ErrorCode::usage, origin +
                                      " has the schema cef.bench/1 of an older cef, which lacks fetch and result; "
                                      "run the bench again with --json");
  }
  return fail(ErrorCode::usage, origin + (schema.empty() ? " has no schema" : " has the schema '" + schema + "'") +
                                    "; give the output of 'cef bench --json' (schema " + k_schema + ")");
}

}  // namespace

const RecordModelRun* RecordEdge::find(std::string_view model) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& run) { return run.model == model; });
  return found == models.end() ? nullptr : &*found;
}

std::string RecordEdge::environment_of(std::string_view wanted) const {
  const auto found =
      std::find_if(environment.begin(), environment.end(), [&](const auto& field) { return field.name == wanted; });
  return found == environment.end() ? "" : found->value;
}

Result<BenchRecord> parse_bench_record(std::string_view text, const std::string& origin) {
  const auto document = core::parse_json(text, origin);
  if (!document) {
    return fail(ErrorCode::usage, document.error().message + "; give the output of 'cef bench --json'");
  }
  if (auto known = check_schema(*document, origin); !known) {
    return fail(known.error());
  }
  std::string fault;
  const JsonReader json(*document, "", fault);
  BenchRecord record;
  record.file = origin;
  record.cef_version = json.text("cef_version");
  record.started = json.text("started");
  record.elapsed = seconds(json, "elapsed_seconds");
  record.interrupted = json.flag("interrupted");
  record.cold_verdict = json.text("state") == "cold";
  record.verdict = verdict(json.at("verdict"));
  record.saving_percent = json.optional_number("saving_percent");
  record.saving_interval = interval(json, "saving_interval_95_percent");
  record.accuracy_drop_points = json.optional_number("accuracy_drop_points");
  if (json.has("deadlines")) {
    record.deadlines = json.list("deadlines", [](const JsonReader& j) { return j.as_number().value_or(0); });
  }
  read_settings(record, json.at("settings"));
  record.dataset = dataset(json.at("dataset"));
  record.models = json.list("models", model);
  record.edges = json.list("edges", edge);
  if (!fault.empty()) {
    return fail(ErrorCode::usage, origin + ": " + fault + ", as the schema " + k_schema +
                                      " has it; give the unchanged output of 'cef bench --json'");
  }
  return record;
}

Result<BenchRecord> read_bench_record(const std::filesystem::path& file) {
  const auto text = core::read_file(file, k_largest);
  if (!text) {
    return fail(ErrorCode::usage, text.error().message);
  }
  return parse_bench_record(*text, file.string());
}

}  // namespace cef::operation
