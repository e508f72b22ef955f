#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include <ATen/Parallel.h>
#include <torch/script.h>
#include <torch/version.h>

#include "../runtime_plugin.hpp"
#ifdef CEF_ONEDNN
#include "../onednn/engine.hpp"
#include "../onednn/winograd.hpp"
#endif
#include "program.hpp"
#include "script.hpp"

namespace cef::model::torch_runtime {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

at::ScalarType scalar_type(ElementType type) {
  switch (type) {
    case ElementType::f64:
      return at::kDouble;
    case ElementType::f16:
      return at::kHalf;
    case ElementType::bf16:
      return at::kBFloat16;
    default:
      return at::kFloat;  // check_weights lets nothing but floating point through
  }
}

at::Tensor to_tensor(const TensorView& view) {
  at::Tensor tensor = at::empty(view.shape, scalar_type(view.type));
  std::copy(view.data.begin(), view.data.end(), static_cast<std::byte*>(tensor.data_ptr()));
  return tensor.to(at::kFloat);
}

/// $CEF_INFERENCE_ENGINE=libtorch leaves oneDNN out, to compare.
bool onednn_has([[maybe_unused]] Precision precision) {
#ifdef CEF_ONEDNN
  const char* engine = std::getenv("CEF_INFERENCE_ENGINE");
  return (engine == nullptr || std::string_view(engine) != "libtorch") && onednn::has_kernels(precision);
#else
  return false;
#endif
}

tl::unexpected<core::Error> unsupported(Precision precision) {
  return fail(ErrorCode::usage,
              std::string(to_string(precision)) + " is not computed fast by this machine" +
                  (precision == Precision::bf16 ? " (its processor has no bf16 instructions); use fp32"
                                                : " (it needs oneDNN and a processor with AVX2); use fp32"));
}

tl::unexpected<core::Error> program_is_exact(const WeightFile& weights) {
  return fail(ErrorCode::usage, weights.path().string() +
                                    ": a TorchScript file runs as it was written; it has no "
                                    "variants of another precision");
}

class TorchRuntime final : public InferenceRuntime {
 public:
  [[nodiscard]] std::string version() const override {
#ifdef CEF_ONEDNN
    if (onednn_has(Precision::fp32)) {
      return "LibTorch " TORCH_VERSION ", " + onednn::version();
    }
#endif
    return "LibTorch " TORCH_VERSION;
  }
  [[nodiscard]] int threads() const override {
    return at::get_num_threads();
  }
  void set_threads(int threads) override {
    at::set_num_threads(std::max(1, threads));
  }

  [[nodiscard]] bool supports(Precision precision) const override {
    return precision == Precision::fp32 || onednn_has(precision);
  }
  [[nodiscard]] bool uses_winograd() const override {
#ifdef CEF_ONEDNN
    return onednn_has(Precision::fp32) && onednn::uses_winograd();
#else
    return false;
#endif
  }

  Result<Calibration> calibrate(const Network& network, const WeightFile& weights, std::span<const float> input,
                                std::size_t count, int height, int width) override {
    if (auto checked = check_weights(network, weights); !checked) {
      return fail(checked.error());
    }
    if (weights.torchscript()) {
      return program_is_exact(weights);
    }
#ifdef CEF_ONEDNN
    if (onednn_has(Precision::int8)) {
      return onednn::calibrate(network, weights, input, count, height, width);
    }
#else
    (void)input, (void)count, (void)height, (void)width;
#endif
    return unsupported(Precision::int8);
  }

  using InferenceRuntime::load;
  Result<std::unique_ptr<LoadedModel>> load(const Network& network, const WeightFile& weights,
                                            const LoadOptions& options) override {
    if (!supports(options.precision)) {
      return unsupported(options.precision);
    }
    if (auto checked = check_weights(network, weights); !checked) {
      return fail(checked.error());
    }
    if (weights.torchscript()) {
      if (options.precision != Precision::fp32) {
        return program_is_exact(weights);
      }
      return load_program(weights.path(), network.architecture.classes);
    }
#ifdef CEF_ONEDNN
    if (onednn_has(options.precision)) {
      return onednn::load(network, weights, options);
    }
#endif
    return load_script(network, weights);
  }

 private:
  static Result<std::unique_ptr<LoadedModel>> load_script(const Network& network, const WeightFile& weights) {
    try {
      const c10::InferenceMode guard(false);
      const at::NoGradGuard no_gradient;
      torch::jit::Module module("cef");
      module.register_attribute("training", c10::BoolType::get(), false);
      for (const auto& [name, shape] : network.parameters()) {
        module.register_buffer(attribute_name(name), to_tensor(weights.tensors().at(name)));
      }
      module.define(to_script(network));
      // Frozen and optimised a network avoids LibTorch's slow path for one image on one thread.
      module = torch::jit::freeze(module);
      module = torch::jit::optimize_for_inference(module);
      return model_of(std::move(module), std::nullopt, network.architecture.classes);
    } catch (const std::exception& error) {
      return fail(ErrorCode::general, weights.path().string() + ": cannot be loaded: " + first_line(error));
    }
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) InferenceRuntime* cef_open_inference_runtime(int abi);

InferenceRuntime* cef_open_inference_runtime(int abi) {
  return abi == k_runtime_abi ? new TorchRuntime : nullptr;
}

}  // namespace cef::model::torch_runtime
