#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>

#include "cef/model/precision.hpp"
#include "layers.hpp"

namespace cef::model::onednn {

/// What one plan is made for.
struct PlanShape {
  std::size_t count = 1;
  int height = 0;
  int width = 0;
  int threads = 1;
  auto operator<=>(const PlanShape&) const = default;
};

/// A value of the network while a plan runs.
struct Value {
  dnnl::memory memory;
  float scale = 1;  ///< of int8 values: real = stored × scale
};

/// Weights in the layouts that plans asked for, shared between plans.
using PackedWeights = std::map<std::size_t, std::vector<dnnl::memory>>;

/// What a plan needs of a loaded model.
struct PlanContext {
  dnnl::engine& engine;
  dnnl::stream& stream;
  std::vector<Layer>& layers;
  Precision precision = Precision::fp32;
  const std::vector<ValueRange>& ranges;  ///< int8 only
  PackedWeights& packed;
  std::map<std::size_t, dnnl::memory>& transformed;  ///< by Winograd, shared between plans too
};

/// A network made into primitives for one input size and thread count. Throws dnnl::error.
class Plan {
 public:
  Plan(PlanContext context, const PlanShape& shape);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// Called with the number of each value once it is made, as contiguous fp32.
  using Watcher = std::function<void(int value, std::span<const float> elements)>;
  std::vector<float> run(std::span<const float> input, const Watcher& watch = {});

  /// Held for values between the layers.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cef::model::onednn
