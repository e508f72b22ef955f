#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "cef/model/inference.hpp"

namespace cef::model::onednn {

[[nodiscard]] std::string version();  ///< "oneDNN 2.6.3"

/// Whether oneDNN has kernels of that precision for this processor.
[[nodiscard]] bool has_kernels(Precision precision);

/// The weights were checked against the network before.
core::Result<std::unique_ptr<LoadedModel>> load(const Network& network, const WeightFile& weights,
                                                const LoadOptions& options);
core::Result<Calibration> calibrate(const Network& network, const WeightFile& weights, std::span<const float> input,
                                    std::size_t count, int height, int width);

}  // namespace cef::model::onednn
