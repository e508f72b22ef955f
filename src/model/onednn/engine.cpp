#include "engine.hpp"

#include <algorithm>
#include <exception>
#include <string>

#include <omp.h>

#include "../histogram.hpp"
#include "plan.hpp"

namespace cef::model::onednn {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

class OnednnModel final : public LoadedModel {
 public:
  OnednnModel(const Network& network, const WeightFile& weights, const LoadOptions& options)
      : precision_(options.precision),
        classes_(static_cast<std::size_t>(network.architecture.classes)),
        layers_(fold_layers(network, weights)) {
    if (precision_ == Precision::int8) {
      ranges_ = options.calibration->values;
      for (auto& layer : layers_) {
        const Op& op = layer.fused.op;
        if (op.kind == OpKind::convolution && op.input != 0) {  // the stem has three channels: nothing to gain
          quantise_weights(layer);
        }
      }
    }
    if (options.height > 0 && options.width > 0) {
      plan_for({1, options.height, options.width, omp_get_max_threads()});
    }
  }

  Result<std::vector<float>> logits(std::span<const float> input, std::size_t count, int height, int width) override {
    return run(input, count, height, width, {});
  }
  [[nodiscard]] core::Bytes held() const override {
    std::size_t bytes = 0;
    for (const auto& layer : layers_) {
      bytes +=
          sizeof(float) * (layer.weights.size() + layer.bias.size() + layer.scales.size()) + layer.quantised.size();
    }
    for (const auto& [index, versions] : packed_) {
      for (const auto& version : versions) {
        bytes += version.get_desc().get_size();
      }
    }
    for (const auto& [index, weights] : transformed_) {
      bytes += weights.get_desc().get_size();
    }
    for (const auto& [shape, plan] : plans_) {
      bytes += plan->bytes();
    }
    return core::Bytes{bytes};
  }
  Result<std::vector<float>> run(std::span<const float> input, std::size_t count, int height, int width,
                                 const Plan::Watcher& watch) {
    if (count == 0 || height < 1 || width < 1 ||
        input.size() != count * 3 * static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {
      return fail(ErrorCode::internal, "inference was given an input of the wrong size");
    }
    try {
      auto logits = plan_for({count, height, width, omp_get_max_threads()}).run(input, watch);
      if (logits.size() != count * classes_) {
        return fail(ErrorCode::internal, "inference gave an output of the wrong size");
      }
      return logits;
    } catch (const std::exception& error) {
      return fail(ErrorCode::general, "inference of " + std::to_string(width) + "x" + std::to_string(height) +
                                          " images failed: " + error.what());
    }
  }

 private:
  Plan& plan_for(const PlanShape& shape) {
    constexpr std::size_t k_most_plans = 4;
    if (shape.count == 1) {  // after a batch, whose values are many
      std::erase_if(plans_, [](const auto& plan) { return plan.first.count > 1; });
    }
    const auto found = plans_.find(shape);
    if (found != plans_.end()) {
      return *found->second;
    }
    if (plans_.size() == k_most_plans) {
      plans_.clear();
    }
    auto plan = std::make_unique<Plan>(
        PlanContext{engine_, stream_, layers_, precision_, ranges_, packed_, transformed_}, shape);
    return *plans_.emplace(shape, std::move(plan)).first->second;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  Precision precision_;
  std::size_t classes_;
  std::vector<Layer> layers_;
  std::vector<ValueRange> ranges_;
  PackedWeights packed_;
  std::map<std::size_t, dnnl::memory> transformed_;
  std::map<PlanShape, std::unique_ptr<Plan>> plans_;
};

}  // namespace

std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

// Debian's build for other processors has reference kernels only.
bool has_kernels([[maybe_unused]] Precision precision) {
#if defined(__x86_64__)
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto includes = [isa](dnnl::cpu_isa wanted) {
    return (isa & static_cast<unsigned>(wanted)) == static_cast<unsigned>(wanted);
  };
  return includes(precision == Precision::bf16 ? dnnl::cpu_isa::avx512_core_bf16 : dnnl::cpu_isa::avx2);
#else
  return false;
#endif
}

Result<std::unique_ptr<LoadedModel>> load(const Network& network, const WeightFile& weights,
                                          const LoadOptions& options) {
  if (options.precision == Precision::int8) {
    if (network.architecture.family == Family::torchvision_efficientnet) {
      return fail(ErrorCode::usage, "int8 is made for ResNets; run EfficientNets at fp32 or bf16");
    }
    if (options.calibration == nullptr || options.calibration->values.size() != network.ops.size() + 1) {
      return fail(ErrorCode::usage, weights.path().string() +
                                        ": int8 needs a calibration of this very network; calibrate it on images of "
                                        "its data set");
    }
  }
  try {
    // What a load takes must not depend on what was loaded before it: code is generated anew for each network.
    const int capacity = dnnl::get_primitive_cache_capacity();
    dnnl::set_primitive_cache_capacity(0);
    dnnl::set_primitive_cache_capacity(capacity);
    return std::make_unique<OnednnModel>(network, weights, options);
  } catch (const std::exception& error) {
    return fail(ErrorCode::general, weights.path().string() + ": cannot be loaded: " + error.what());
  }
}

Result<Calibration> calibrate(const Network& network, const WeightFile& weights, std::span<const float> input,
                              std::size_t count, int height, int width) {
  constexpr std::size_t k_together = 16;
  const std::size_t image = std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  if (count == 0 || input.size() != count * image) {
    return fail(ErrorCode::usage, "a calibration needs at least one image of the network's size");
  }
  OnednnModel model(network, weights, {});
  std::vector<Histogram> histograms(network.ops.size() + 1);
  for (const auto& see : {&Histogram::widen, &Histogram::count}) {
    for (std::size_t first = 0; first < count; first += k_together) {
      const std::size_t together = std::min(k_together, count - first);
      const auto run = model.run(input.subspan(first * image, together * image), together, height, width,
                                 [&](int value, std::span<const float> elements) {
                                   (histograms[static_cast<std::size_t>(value)].*see)(elements);
                                 });
      if (!run) {
        return fail(run.error());
      }
    }
  }
  Calibration calibration{count, {}};
  for (const auto& histogram : histograms) {
    calibration.values.push_back(histogram.best_range());
  }
  return calibration;
}

}  // namespace cef::model::onednn
