#pragma once

#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/inference.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/select/predictor.hpp"

namespace cef::operation {

/// The device profile for networks of the given kinds: for each family and width two networks of the least depth, one
/// of that width and one of twice that, with random weights.
core::Result<select::DeviceProfile> measure_profile(model::InferenceRuntime& runtime,
                                                    const std::vector<model::Architecture>& kinds, int height,
                                                    int width);

}  // namespace cef::operation
