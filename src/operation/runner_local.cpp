#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "cef/core/log.hpp"
#include "cef/model/image_reader.hpp"
#include "cef/model/inference.hpp"
#include "cef/model/weights.hpp"
#include "cef/operation/edge_runner.hpp"
#include "runner_machine.hpp"
#include "runner_profile.hpp"

namespace cef::operation {

namespace {

using core::Result;
constexpr int k_unknown = -2;  // no answer yet; bench::k_failed_image is -1

class LocalRunner final : public EdgeRunner {
 public:
  LocalRunner(std::shared_ptr<const model::Dataset> data, std::vector<RunnerModel> models,
              std::shared_ptr<model::InferenceRuntime> runtime, EdgeEnvironment environment)
      : data_(std::move(data)),
        reader_(data_, {model::ImageReader::memory_for(*data_, machine_status().memory_available), 0}),
        runtime_(std::move(runtime)),
        environment_(std::move(environment)) {
    for (auto& model : models) {
      const std::string name = model.name;
      entries_[name].model = std::move(model);
    }
  }

  Result<bench::EdgeStatus> status() override { return machine_status(); }

  Result<void> load(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    Entry& entry = **found;
    if (entry.loaded) {
      return {};
    }
    const auto network = model::build_network(entry.model.architecture);
    if (!network) {
      return core::fail(network.error());
    }
    const auto weights = model::WeightFile::open(entry.model.weights);
    if (!weights) {
      return core::fail(weights.error());
    }
    auto loaded = runtime_->load(*network, *weights);
    if (!loaded) {
      return core::fail(loaded.error());
    }
    entry.loaded = std::move(*loaded);
    return {};
  }

  Result<void> unload(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    (*found)->loaded.reset();
    return {};
  }

  Result<bench::TimedInference> infer(const std::string& name, std::size_t first, std::size_t count) override {
    const auto entry = ready(name, first, count);
    if (!entry) {
      return core::fail(entry.error());
    }
    const auto input = input_of((*entry)->model, first, count, 0);
    if (!input) {
      return core::fail(input.error());
    }
    reader_.settle();  // nothing is decoded beside what is timed
    const std::size_t stride = input->values.size() / count;
    bench::TimedInference result;
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = std::span(input->values).subspan(i * stride, stride);
      const auto start = std::chrono::steady_clock::now();
      const auto logits = (*entry)->loaded->logits(image, 1, input->size.height, input->size.width);
      result.latency.emplace_back(std::chrono::steady_clock::now() - start);
      result.predicted.push_back(logits ? classes_of(*logits, (*entry)->model).front() : bench::k_failed_image);
    }
    for (const std::size_t failed : input->failed) {
      result.predicted[failed] = bench::k_failed_image;
    }
    return result;
  }

  /// An image that this process has classified before is not classified again: the answer would be the same.
  Result<std::vector<int>> classify(const std::string& name, std::size_t first, std::size_t count) override {
    const auto entry = ready(name, first, count);
    if (!entry) {
      return core::fail(entry.error());
    }
    auto& known = (*entry)->known;
    known.resize(data_->size(), k_unknown);
    const auto begin = known.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    if (std::find(begin, end, k_unknown) != end) {
      const auto input = input_of((*entry)->model, first, count, 2 * count);
      if (!input) {
        return core::fail(input.error());
      }
      const auto logits = (*entry)->loaded->logits(input->values, count, input->size.height, input->size.width);
      if (logits) {
        const auto classes = classes_of(*logits, (*entry)->model);
        std::copy(classes.begin(), classes.end(), begin);
      } else {
        std::fill(begin, end, bench::k_failed_image);
      }
      for (const std::size_t failed : input->failed) {
        begin[static_cast<std::ptrdiff_t>(failed)] = bench::k_failed_image;
      }
    }
    return std::vector<int>(begin, end);
  }

  [[nodiscard]] const EdgeEnvironment& environment() const override { return environment_; }

  Result<select::DeviceProfile> profile(const ProfileRequest& request) override {
    reader_.settle();
    std::vector<ProfileTarget> targets;
    for (const auto& [name, entry] : entries_) {
      auto network = model::build_network(entry.model.architecture);
      if (!network) {
        return core::fail(network.error());
      }
      const auto size = model::input_size(*data_, entry.model.preprocessing);
      if (!size) {
        return core::fail(size.error());
      }
      targets.push_back({std::move(*network), model::Precision::fp32, size->height, size->width});
    }
    return measure_profile(*runtime_, targets, request);
  }

 private:
  struct Entry {
    RunnerModel model;
    std::unique_ptr<model::LoadedModel> loaded;
    std::vector<int> known;
  };

  Result<Entry*> find(const std::string& name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return core::fail(core::ErrorCode::usage, "the runner was not given a model named '" + name + "'");
    }
    return &found->second;
  }

  Result<Entry*> ready(const std::string& name, std::size_t first, std::size_t count) {
    auto found = find(name);
    if (found && count > 0 && first < data_->size() && count <= data_->size() - first) {
      if (auto loaded = load(name); !loaded) {
        return core::fail(loaded.error());
      }
      return found;
    }
    return found ? core::fail(core::ErrorCode::usage, "the data set has no such images") : found;
  }

  /// Decoded, resized and normalised; an image that failed is zeros, and named once in the log.
  struct Input {
    std::vector<float> values;
    model::InputSize size;
    std::vector<std::size_t> failed;  ///< positions, from 0
  };

  Result<Input> input_of(const RunnerModel& model, std::size_t first, std::size_t count, std::size_t ahead) {
    const auto size = model::input_size(*data_, model.preprocessing);
    if (!size) {
      return core::fail(size.error());
    }
    Input input;
    input.size = *size;
    input.values.resize(count * 3 * static_cast<std::size_t>(size->height) * static_cast<std::size_t>(size->width));
    const auto failed = reader_.fetch({first, count, model.preprocessing, model.normalisation, ahead}, input.values);
    if (!failed) {
      return core::fail(failed.error());
    }
    for (const auto& image : *failed) {
      input.failed.push_back(image.index - first);
      if (named_.insert(image.index).second) {
        core::log_warning("image " + std::to_string(image.index) + " counts as failed: " + image.reason);
      }
    }
    return input;
  }

  /// Rows with a value that is not a number have no class.
  static std::vector<int> classes_of(const std::vector<float>& logits, const RunnerModel& model) {
    const auto classes = static_cast<std::size_t>(model.architecture.classes);
    std::vector<int> best = model::argmax_rows(logits, classes);
    for (std::size_t row = 0; row < best.size(); ++row) {
      const auto values = std::span(logits).subspan(row * classes, classes);
      if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
        best[row] = bench::k_failed_image;
      }
    }
    return best;
  }

  std::shared_ptr<const model::Dataset> data_;
  model::ImageReader reader_;
  std::set<std::size_t> named_;  ///< images that failed
  std::shared_ptr<model::InferenceRuntime> runtime_;
  EdgeEnvironment environment_;
  std::map<std::string, Entry> entries_;
};

}  // namespace

core::Result<std::unique_ptr<EdgeRunner>> make_local_runner(std::shared_ptr<const model::Dataset> data,
                                                            std::vector<RunnerModel> models, int threads) {
  for (const auto& model : models) {
    const auto network = model::build_network(model.architecture);
    if (!network) {
      return core::fail(network.error());
    }
    const auto weights = model::WeightFile::open(model.weights);
    if (!weights) {
      return core::fail(weights.error());
    }
    if (auto fits = model::check_weights(*network, *weights); !fits) {
      return core::fail(fits.error());
    }
  }
  // OpenMP's threads spin while they wait for each other: on an edge that also does other work a trial then takes 10 to
  // 50 times as long. Sleeping costs a little on an idle one. Read by libgomp when LibTorch is loaded.
  ::setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  auto runtime = model::open_runtime();
  if (!runtime) {
    return core::fail(runtime.error());
  }
  EdgeEnvironment environment = this_machine(threads);
  (*runtime)->set_threads(environment.threads);
  environment.threads = (*runtime)->threads();
  environment.runtime = (*runtime)->version();
  return std::make_unique<LocalRunner>(std::move(data), std::move(models), std::move(*runtime), std::move(environment));
}

}  // namespace cef::operation
