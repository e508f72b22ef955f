#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cef/model/network.hpp"

namespace cef::model {

enum class Activation { none, relu, silu, sigmoid };

/// One operation as an engine runs it, with what follows it folded in.
struct FusedOp {
  Op op;              ///< its `output` is the last value of what was folded in
  std::string norm;   ///< the batch norm folded into a convolution's weights; empty for none
  int residual = -1;  ///< value added to a convolution's result before the activation
  Activation activation = Activation::none;
  bool last_use = false;  ///< of `residual`, or of an addition's `other`: nothing reads it later
};

/// Folds batch norms, residual additions and activations into the operation that makes their input, wherever nothing
/// else reads it. A convolution that takes in an addition runs at the addition's place.
std::vector<FusedOp> fuse(const Network& network);

/// Whether Winograd's transform is worth its weights for a convolution over an input of that size, on processors that
/// use it: small images have few tiles for weights four times as large.
[[nodiscard]] bool suits_winograd(const FusedOp& fused, std::int64_t height, std::int64_t width);

}  // namespace cef::model
