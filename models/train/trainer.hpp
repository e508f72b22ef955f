#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cef/model/network.hpp"
#include "model/torch/eager.hpp"

namespace cef::train {

struct Settings {
  int steps = 1000;
  int batch = 128;
  double peak_rate = 0.4;  ///< of SGD with Nesterov momentum 0.9, one cycle
  double weight_decay = 5e-4;
  double label_smoothing = 0;
  std::uint64_t seed = 1;
};

/// He initialisation; the last batch norm of each block starts at zero (Goyal et al. 2017, section 5.1).
model::torch_runtime::Tensors initialise(const model::Network& network);

/// Copies every tensor of a smaller network of the same kind that fits. A block that the smaller one lacks keeps its
/// own start, which adds nothing, so the larger network begins where the smaller one ended.
void grow(model::torch_runtime::Tensors& larger, const model::torch_runtime::Tensors& smaller);

/// Trains in place on images that are generated as they are needed. Prints a line every 50 steps.
void train(const model::Network& network, model::torch_runtime::Tensors& tensors, const Settings& settings);

/// Images of the test part that are classified correctly.
int evaluate(const model::Network& network, const model::torch_runtime::Tensors& tensors, int images);

core::Result<void> save(const std::filesystem::path& file, const std::string& name,
                        const model::torch_runtime::Tensors& tensors, const Settings& settings);
model::torch_runtime::Tensors restore(const model::WeightFile& weights);

}  // namespace cef::train
