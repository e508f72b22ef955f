// The set-up and what is measured: to JSON and back.
#include "runner_fields.hpp"

namespace cef::operation::protocol {

using core::Json;
using core::Result;

namespace {

constexpr std::size_t k_most_models = 1000;

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional_of(const Json& json, const char* field) {
  const auto value = number_field(json, field);
  return value ? std::optional(*value) : std::nullopt;
}

Json floats_json(const float (&values)[3]) {
  return {values[0], values[1], values[2]};
}

bool floats_of(const Json& json, const char* field, float (&values)[3]) {
  if (!json.contains(field) || !json[field].is_array() || json[field].size() != 3) {
    return false;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (!json[field][i].is_number()) {
      return false;
    }
    values[i] = json[field][i].get<float>();
  }
  return true;
}

Json model_json(const RunnerModel& model) {
  const auto& how = model.preprocessing;
  return {{"name", model.name},
          {"family", model::to_string(model.architecture.family)},
          {"depth", model.architecture.depth},
          {"width", model.architecture.width},
          {"classes", model.architecture.classes},
          {"stated_parameters", model.architecture.stated_parameters},
          {"stated_macs", model.architecture.stated_macs},
          {"mean", floats_json(model.normalisation.mean)},
          {"deviation", floats_json(model.normalisation.deviation)},
          {"digest", model.digest},
          {"file_bytes", model.file_size.count},
          {"resize", how.resize},
          {"crop", how.crop},
          {"bicubic", how.interpolation == model::Interpolation::bicubic},
          {"precision", model::to_string(model.precision)},
          {"calibration", model.calibration ? model::to_text(*model.calibration) : std::string()}};
}

Result<RunnerModel> model_of(const Json& json) {
  Reader read(json);
  RunnerModel model;
  model.name = read.text("name");
  model.architecture.depth = read.small("depth");
  model.architecture.width = read.small("width");
  model.architecture.classes = read.small("classes");
  model.architecture.stated_parameters = static_cast<std::int64_t>(read.count("stated_parameters"));
  model.architecture.stated_macs = static_cast<std::int64_t>(read.count("stated_macs"));
  model.digest = read.text("digest");
  model.file_size = core::Bytes{read.count("file_bytes")};
  model.preprocessing.resize = read.small("resize");
  model.preprocessing.crop = read.small("crop");
  const auto family = model::parse_family(read.text("family"));
  const auto precision = model::parse_precision(read.text("precision"));
  const std::string calibration = read.text("calibration");
  if (!family || !precision) {
    return bad_field(family ? "precision" : "family");
  }
  if (model.digest.size() != 64 || model.digest.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return bad_field("digest");
  }
  if (!floats_of(json, "mean", model.normalisation.mean) ||
      !floats_of(json, "deviation", model.normalisation.deviation)) {
    return bad_field("mean");
  }
  if (!json.contains("bicubic") || !json["bicubic"].is_boolean()) {
    return bad_field("bicubic");
  }
  model.preprocessing.interpolation =
      json["bicubic"].get<bool>() ? model::Interpolation::bicubic : model::Interpolation::bilinear;
  model.architecture.family = *family;
  model.precision = *precision;
  if (!calibration.empty()) {
    auto parsed = model::parse_calibration(calibration, model.name);
    if (!parsed) {
      return core::fail(parsed.error());
    }
    model.calibration = std::make_shared<const model::Calibration>(std::move(*parsed));
  }
  return read.done(std::move(model));
}

}  // namespace

Json to_json(const RunnerSetup& setup) {
  Json models = Json::array();
  for (const RunnerModel& model : setup.models) {
    models.push_back(model_json(model));
  }
  return {{"protocol", k_version},    {"cef_version", CEF_VERSION},     {"dataset", setup.dataset},
          {"threads", setup.threads}, {"repository", setup.repository}, {"models", models}};
}

Result<RunnerSetup> setup_of(const Json& json) {
  Reader read(json);
  RunnerSetup setup;
  setup.dataset = read.text("dataset");
  setup.threads = read.small("threads");
  setup.repository = read.text("repository");
  if (!json.is_object() || !json.contains("models") || !json["models"].is_array() ||
      json["models"].size() > k_most_models) {
    return bad_field("models");
  }
  for (const Json& item : json["models"]) {
    auto model = model_of(item);
    if (!model) {
      return core::fail(model.error());
    }
    setup.models.push_back(std::move(*model));
  }
  return read.done(std::move(setup));
}

Json to_json(const RunnerInventory& inventory) {
  return {{"dataset_digest", inventory.dataset_digest}};
}

Result<RunnerInventory> inventory_of(const Json& json) {
  Reader read(json);
  return read.done(RunnerInventory{read.text("dataset_digest")});
}

Json to_json(const bench::EdgeStatus& status) {
  return {{"memory_available_bytes", status.memory_available.count},
          {"load_1min", status.load_1min},
          {"on_node", status.on_node},
          {"loaded", status.loaded}};
}

Result<bench::EdgeStatus> status_of(const Json& json) {
  Reader read(json);
  auto on_node = texts_field(json, "on_node");
  auto loaded = texts_field(json, "loaded");
  if (!on_node || !loaded) {
    return core::fail(on_node ? loaded.error() : on_node.error());
  }
  return read.done(bench::EdgeStatus{core::Bytes{read.count("memory_available_bytes")}, read.number("load_1min"),
                                     std::move(*on_node), std::move(*loaded)});
}

Json to_json(const bench::EdgeCondition& c) {
  return {{"status", to_json(c.status)},
          {"cpus", c.cpus},
          {"busy_seconds", c.busy_seconds},
          {"own_seconds", c.own_seconds},
          {"other_cpus", c.other_cpus},
          {"clock_seconds", c.clock.count()},
          {"cpu_temperature_celsius", optional_json(c.cpu_temperature_celsius)},
          {"cpu_mhz", optional_json(c.cpu_mhz)},
          {"throttled", c.throttled ? Json(*c.throttled) : Json(nullptr)}};
}

Result<bench::EdgeCondition> condition_of(const Json& json) {
  Reader read(json);
  auto status = status_of(json.value("status", Json()));
  if (!status) {
    return core::fail(status.error());
  }
  bench::EdgeCondition c;
  c.status = std::move(*status);
  c.cpus = read.small("cpus");
  c.busy_seconds = read.number("busy_seconds");
  c.own_seconds = read.number("own_seconds");
  c.other_cpus = read.number("other_cpus");
  c.clock = bench::Seconds(read.number("clock_seconds"));
  c.cpu_temperature_celsius = optional_of(json, "cpu_temperature_celsius");
  c.cpu_mhz = optional_of(json, "cpu_mhz");
  if (json.contains("throttled") && json["throttled"].is_boolean()) {
    c.throttled = json["throttled"].get<bool>();
  }
  return read.done(std::move(c));
}

Json to_json(const bench::FetchReport& report) {
  return {
      {"bytes", report.bytes}, {"elapsed_seconds", report.elapsed.count()}, {"already_there", report.already_there}};
}

Result<bench::FetchReport> fetch_of(const Json& json) {
  Reader read(json);
  const bench::FetchReport report{read.count("bytes"), bench::Seconds(read.number("elapsed_seconds")),
                                  json.is_object() && json.value("already_there", Json()) == Json(true)};
  return report.elapsed.count() >= 0 ? read.done(report) : bad_field("elapsed_seconds");
}

Json to_json(const bench::TimedInference& inference) {
  Json times = Json::array();
  for (const auto& time : inference.latency) {
    times.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
  }
  return {{"predicted", inference.predicted},
          {"latency_nanoseconds", std::move(times)},
          {"elapsed_seconds", inference.elapsed.count()}};
}

Result<std::vector<int>> classes_of(const Json& json, std::size_t count) {
  if (!json.is_object() || !json.contains("predicted") || !json["predicted"].is_array() ||
      json["predicted"].size() != count) {
    return bad_field("predicted");
  }
  std::vector<int> predicted;
  for (const auto& item : json["predicted"]) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < bench::k_failed_image ||
        item.get<std::int64_t>() > 1'000'000) {
      return bad_field("predicted");
    }
    predicted.push_back(item.get<int>());
  }
  return predicted;
}

Result<bench::TimedInference> inference_of(const Json& json, std::size_t count) {
  auto predicted = classes_of(json, count);
  if (!predicted) {
    return core::fail(predicted.error());
  }
  const auto elapsed = number_field(json, "elapsed_seconds");
  if (!elapsed || *elapsed < 0) {
    return bad_field("elapsed_seconds");
  }
  const auto times = json.find("latency_nanoseconds");
  if (times == json.end() || !times->is_array() || times->size() != count) {
    return bad_field("latency_nanoseconds");
  }
  bench::TimedInference inference{std::move(*predicted), {}, bench::Seconds(*elapsed)};
  for (const auto& item : *times) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < 0) {
      return bad_field("latency_nanoseconds");
    }
    inference.latency.emplace_back(static_cast<double>(item.get<std::int64_t>()) * 1e-9);
  }
  return inference;
}

Json to_json(const bench::Answer& answer) {
  Json json = to_json(answer.inference);
  json["fetch"] = to_json(answer.fetch);
  json["load_seconds"] = answer.load.count();
  return json;
}

Result<bench::Answer> answer_of(const Json& json, std::size_t count) {
  auto inference = inference_of(json, count);
  const auto fetch = fetch_of(json.value("fetch", Json()));
  const auto load = number_field(json, "load_seconds");
  if (!inference || !fetch) {
    return core::fail(!inference ? inference.error() : fetch.error());
  }
  if (!load || *load < 0) {
    return bad_field("load_seconds");
  }
  return bench::Answer{*fetch, bench::Seconds(*load), std::move(*inference)};
}

}  // namespace cef::operation::protocol
