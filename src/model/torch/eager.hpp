#pragma once

#include <map>
#include <string>

#include <ATen/ATen.h>

#include "cef/model/network.hpp"

namespace cef::model::torch_runtime {

using Tensors = std::map<std::string, at::Tensor>;

enum class Mode { train, evaluate };

/// Runs a network operation by operation; gradients flow where the tensors ask for them. `input`: N × 3 × H × W. In
/// training the running means and variances in `tensors` are updated in place. Throws c10::Error.
at::Tensor run_eagerly(const Network& network, const Tensors& tensors, const at::Tensor& input, Mode mode);

}  // namespace cef::model::torch_runtime
