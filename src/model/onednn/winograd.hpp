#pragma once

#include <cstddef>

#include "winograd_kernels.hpp"

namespace cef::model::onednn {

/// Whether this processor's fp32 convolutions that suit it are made quicker by Winograd's transform. With AVX-512
/// oneDNN's own kernels are as quick. Sums are in another order: the largest difference of a logit was 1e-6 in networks
/// of 224×224.
[[nodiscard]] bool uses_winograd();

/// [point][out / 16][in][16] into `made`, from [out][in][3][3].
void winograd_weights(const float* weights, std::size_t in_channels, std::size_t out_channels, float* made);

/// What the transformed values and the products of one image take.
struct WinogradRoom {
  float* values = nullptr;    ///< 36 × tiles × in_channels
  float* products = nullptr;  ///< 36 × tiles × out_channels
};

/// `images` one after another, each with as many threads as OpenMP has.
void winograd_run(const WinogradShape& shape, std::size_t images, const float* from, const float* weights,
                  const WinogradEnd& end, const WinogradRoom& room, float* to);

}  // namespace cef::model::onednn
