#pragma once

#include <cstdint>
#include <vector>

#include "../fused.hpp"
#include "cef/model/weights.hpp"

namespace cef::model::onednn {

/// An operation with its weights: the batch norm is folded in, int8 ones are quantised channel by channel.
struct Layer {
  FusedOp fused;
  std::vector<float> weights;  ///< [groups,] out, in / groups, kernel, kernel; empty once packed, or where quantised
  std::vector<float> bias;     ///< one an output channel
  std::vector<std::int8_t> quantised;
  std::vector<float> scales;  ///< weight = quantised × scale of its output channel
};

/// A tensor of any floating-point type as fp32.
std::vector<float> to_floats(const TensorView& view);

/// The weights were checked against the network before.
std::vector<Layer> fold_layers(const Network& network, const WeightFile& weights);

/// Replaces the layer's fp32 weights by bytes of at most ±63: two products of those with bytes of 0 to 255 fit into the
/// 16 bits in which AVX2 adds them up, so that processors with and without VNNI give the same result.
void quantise_weights(Layer& layer);

}  // namespace cef::model::onednn
