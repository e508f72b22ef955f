#include <algorithm>
#include <optional>

#include "bench_parts.hpp"
#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/model/image_reader.hpp"
#include "cef/model/inference.hpp"
#include "cef/model/synthetic.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::Result;
using core::operator""_MiB;

namespace {

constexpr std::size_t k_most_images = 256;
constexpr std::size_t k_most_input_bytes = std::size_t{64} << 20U;

/// The images by which activations are ranged.
struct CalibrationImages {
  DataPointer data;
  std::size_t first = 0;
  std::size_t available = 0;
};

Result<CalibrationImages> images_for(const BenchOptions& options, const DataPointer& data, std::size_t evaluated) {
  if (!options.calibration.empty()) {
    auto opened = model::open_dataset(options.calibration);
    if (!opened) {
      return core::fail(opened.error());
    }
    if (opened->size() == 0) {
      return core::fail(ErrorCode::usage, options.calibration + ": holds no images");
    }
    const std::size_t size = opened->size();
    return CalibrationImages{std::make_shared<const model::Dataset>(std::move(*opened)), 0, size};
  }
  if (data->name == "embedded") {
    auto other = model::make_synthetic(model::SyntheticPart::train, k_most_images, 1);
    return CalibrationImages{std::make_shared<const model::Dataset>(std::move(other)), 0, k_most_images};
  }
  if (evaluated < data->size()) {
    return CalibrationImages{data, evaluated, data->size() - evaluated};
  }
  core::log_warning("int8 is calibrated on images that are evaluated too; name others with --calibration");
  return CalibrationImages{data, 0, data->size()};
}

/// One file for each pair of weights and images.
std::filesystem::path cache_file(const RunnerModel& model, const CalibrationImages& images, std::size_t count) {
  const auto& how = model.preprocessing;
  std::string key = std::string(CEF_VERSION) + "|" + model.digest + "|" + images.data->digest;
  for (const auto number : {images.first, count, static_cast<std::size_t>(how.resize),
                            static_cast<std::size_t>(how.crop), static_cast<std::size_t>(how.interpolation)}) {
    key += "|" + std::to_string(number);
  }
  return core::cache_dir() / "calibration" / (core::sha256(key) + ".json");
}

Result<model::Calibration> calibrate(model::InferenceRuntime& runtime, const RunnerModel& model,
                                     const CalibrationImages& images) {
  const auto size = model::input_size(*images.data, model.preprocessing);
  const auto network = model::build_network(model.architecture);
  if (!size || !network) {
    return core::fail(!size ? size.error() : network.error());
  }
  const std::size_t values =
      std::size_t{3} * static_cast<std::size_t>(size->height) * static_cast<std::size_t>(size->width);
  const std::size_t count = std::min(
      {images.available, k_most_images, std::max<std::size_t>(1, k_most_input_bytes / (values * sizeof(float)))});
  const auto file = cache_file(model, images, count);
  if (const auto text = core::read_file(file, 4_MiB)) {
    if (auto known = model::parse_calibration(*text, file.string())) {
      return known;
    }
  }
  std::vector<float> input(count * values);
  model::ImageReader reader(images.data, {});
  const auto failed = reader.fetch({images.first, count, model.preprocessing, model.normalisation, 0}, input);
  const auto weights = model::WeightFile::open(model.weights);
  if (!failed || !weights) {
    return core::fail(!failed ? failed.error() : weights.error());
  }
  auto made = runtime.calibrate(*network, *weights, input, count, size->height, size->width);
  if (made) {
    if (const auto kept = core::write_file_atomically(file, model::to_text(*made)); !kept) {
      core::log_info("the calibration of " + model.name + " is not kept for later: " + kept.error().line());
    }
  }
  return made;
}

}  // namespace

Result<void> prepare_variants(std::vector<BenchModel>& models, const BenchOptions& options, const DataPointer& data,
                              std::size_t images, const BenchEvents& events, const core::StopToken& stop) {
  const auto exact = [](const BenchModel& model) { return model.model.precision == model::Precision::fp32; };
  if (std::all_of(models.begin(), models.end(), exact)) {
    return {};
  }
  const auto runtime = model::open_runtime();
  if (!runtime) {
    return core::fail(runtime.error());
  }
  const auto cannot = [&](const BenchModel& model) {
    const bool left_out = !(*runtime)->supports(model.model.precision);
    if (left_out) {
      core::log_warning(model.model.name + " is left out: this machine, where its accuracy is measured, does not " +
                        "compute " + std::string(model::to_string(model.model.precision)));
    }
    return left_out;
  };
  models.erase(std::remove_if(models.begin(), models.end(), cannot), models.end());
  std::optional<CalibrationImages> from;
  for (BenchModel& model : models) {
    if (model.model.precision != model::Precision::int8) {
      continue;
    }
    if (stop.draining()) {
      return core::fail(ErrorCode::interrupted, "interrupted while int8 variants were calibrated");
    }
    events({"", "calibration of " + model.model.name, 0, 0, nullptr});
    if (!from) {
      auto found = images_for(options, data, images);
      if (!found) {
        return core::fail(found.error());
      }
      from = std::move(*found);
    }
    auto made = calibrate(**runtime, model.model, *from);
    if (!made) {
      return core::fail(std::move(made.error()).in("calibration of " + model.model.name));
    }
    model.model.calibration = std::make_shared<const model::Calibration>(std::move(*made));
  }
  return {};
}

}  // namespace cef::operation
