#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/model/network.hpp"
#include "cef/model/precision.hpp"
#include "cef/model/weights.hpp"

namespace cef::model {

/// A network with its weights, ready to run. Not safe for use from two threads at once.
class LoadedModel {
 public:
  virtual ~LoadedModel() = default;
  /// `input`: count × 3 × height × width floats, normalised. Gives count × classes logits, row by row.
  virtual core::Result<std::vector<float>> logits(std::span<const float> input, std::size_t count, int height,
                                                  int width) = 0;
  /// Weights, and the values of the sizes that it was made ready for; 0 where the engine does not tell.
  [[nodiscard]] virtual core::Bytes held() const { return {}; }
};

/// How a model is to be loaded.
struct LoadOptions {
  Precision precision = Precision::fp32;
  const Calibration* calibration = nullptr;  ///< int8 needs it; read during load only
  int height = 0;                            ///< where given, everything is made ready for one image of that size;
  int width = 0;                             ///< else the first inference of a size does it
};

/// The inference engine behind an interface without torch types.
class InferenceRuntime {
 public:
  virtual ~InferenceRuntime() = default;
  [[nodiscard]] virtual std::string version() const = 0;  ///< for example "LibTorch 1.13.1"
  [[nodiscard]] virtual int threads() const = 0;
  virtual void set_threads(int threads) = 0;
  /// Whether this machine computes it, and fast enough that it is worth a measurement: bf16 where the processor has
  /// instructions for it, int8 where it has dot products of bytes.
  [[nodiscard]] virtual bool supports(Precision precision) const = 0;
  /// Whether fp32 networks take Network::winograd_bytes more than others here.
  [[nodiscard]] virtual bool uses_winograd() const = 0;
  /// Error: usage, where the precision is not supported, int8 lacks its calibration, or the weights do not fit.
  virtual core::Result<std::unique_ptr<LoadedModel>> load(const Network& network, const WeightFile& weights,
                                                          const LoadOptions& options) = 0;
  core::Result<std::unique_ptr<LoadedModel>> load(const Network& network, const WeightFile& weights) {
    return load(network, weights, LoadOptions{});
  }
  /// Runs the network at fp32 over images that are not evaluated later (64 to 512 are enough) and takes the ranges of
  /// its values. `input` as for LoadedModel::logits.
  virtual core::Result<Calibration> calibrate(const Network& network, const WeightFile& weights,
                                              std::span<const float> input, std::size_t count, int height,
                                              int width) = 0;
};

/// Opens the shared object that holds LibTorch, on first use only: `$CEF_TORCH_RUNTIME`, else `libcef_torch.so` beside
/// the program, else in `<program>/../lib/cef`. Error: usage, with where it was looked for and how to install it.
core::Result<std::shared_ptr<InferenceRuntime>> open_runtime();

/// Index of the largest logit of each row; the first of equals, as torch.argmax on CPU gives it.
std::vector<int> argmax_rows(std::span<const float> logits, std::size_t classes);

}  // namespace cef::model
