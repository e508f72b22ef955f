#include <chrono>
#include <optional>

#include "bench_parts.hpp"
#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"

namespace cef::operation {

namespace {

using core::operator""_KiB;
constexpr const char* k_schema = "cef.accuracy/1";

/// One file for each pair of weights and images: nothing in it can go stale but by another network or runtime, whose
/// names are part of the key.
std::filesystem::path cache_file(const BenchModel& model, const model::Dataset& data, std::size_t images) {
  const auto& architecture = model.model.architecture;
  std::string key = std::string(CEF_VERSION) + "|" + model.model.digest + "|" + data.digest + "|" +
                    std::to_string(images) + "|" + std::to_string(static_cast<int>(architecture.family)) + "|" +
                    std::to_string(architecture.depth) + "|" + std::to_string(architecture.width);
  const model::Preprocessing how = model::effective_preprocessing(data, model.model.preprocessing);
  key += "|" + std::to_string(how.resize) + "|" + std::to_string(how.crop) + "|" +
         std::to_string(static_cast<int>(how.interpolation));
  for (int channel = 0; channel < 3; ++channel) {
    key += "|" + std::to_string(model.model.normalisation.mean[channel]) + "|" +
           std::to_string(model.model.normalisation.deviation[channel]);
  }
  if (model.model.precision != model::Precision::fp32) {
    key += "|" + std::string(model::to_string(model.model.precision));
    key += model.model.calibration ? "|" + core::sha256(model::to_text(*model.model.calibration)) : "";
  }
  return core::cache_dir() / "accuracy" / (core::sha256(key) + ".json");
}

std::optional<double> read_cache(const std::filesystem::path& file, std::size_t images) {
  const auto text = core::read_file(file, 64_KiB);
  const auto json = text ? core::parse_json(*text, file.string()) : core::fail(text.error());
  if (!json || !json->is_object() || json->value("schema", core::Json()) != k_schema) {
    return std::nullopt;
  }
  const auto count = [&](const char* field) -> std::size_t {
    return json->contains(field) && (*json)[field].is_number_unsigned() ? (*json)[field].get<std::size_t>() : 0U;
  };
  if (images == 0 || count("images") != images || count("correct") > images) {
    return std::nullopt;
  }
  return bench::Accuracy{count("correct"), images, 0}.percent();
}

void write_cache(const std::filesystem::path& file, const BenchModel& model, const bench::Accuracy& accuracy) {
  const core::Json json = {{"schema", k_schema},
                           {"model", model.model.name},
                           {"weights_digest", model.model.digest},
                           {"correct", accuracy.correct},
                           {"images", accuracy.images}};
  if (const auto written = core::write_file_atomically(file, core::dump_document(json)); !written) {
    core::log_info("the accuracy of " + model.model.name + " is not kept for later: " + written.error().line());
  }
}

}  // namespace

core::Result<EdgeRunner*> SharedLocalRunner::get() {
  if (!runner_) {
    std::vector<RunnerModel> models;
    for (const auto& model : models_) {
      models.push_back(model.model);
    }
    auto runner = make_local_runner(data_, std::move(models), options_.threads, {options_.repository, false}, stop_);
    if (!runner) {
      return core::fail(runner.error());
    }
    runner_ = std::move(*runner);
  }
  return runner_.get();
}

core::Result<void> fill_accuracy_table(std::vector<BenchModel>& models, const model::Dataset& data, std::size_t images,
                                       SharedLocalRunner& local, const BenchEvents& events,
                                       const core::StopToken& stop) {
  const auto progress = [&](std::string_view phase, std::size_t done, std::size_t total) {
    events({"", std::string(phase), done, total, nullptr});
  };
  for (BenchModel& model : models) {
    const auto file = cache_file(model, data, images);
    if (const auto cached = read_cache(file, images)) {
      model.accuracy_percent = *cached;
      model.origin = AccuracyOrigin::cached;
      model.accuracy_source.clear();
      continue;
    }
    if (model.origin == AccuracyOrigin::quoted) {
      continue;
    }
    const auto runner = local.get();
    if (!runner) {
      return core::fail(runner.error());
    }
    const auto pass =
        bench::measure_accuracy(**runner, model.model.name, std::span(data.labels).first(images), stop, progress);
    if (!pass) {
      return core::fail(pass.error());
    }
    if (auto unloaded = (*runner)->unload(model.model.name); !unloaded) {
      return unloaded;
    }
    model.accuracy_percent = pass->accuracy.percent();
    model.origin = AccuracyOrigin::measured;
    if (pass->accuracy.failed == 0) {
      write_cache(file, model, pass->accuracy);
    }
  }
  return {};
}

}  // namespace cef::operation
