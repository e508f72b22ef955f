#pragma once

#include <cstddef>

namespace cef::model::onednn {

/// A 3×3 convolution of stride 1 and padding 1 over one image whose values lie in blocks of eight channels (nChw8c).
/// Its output is made of tiles of 4 × 4, each from 6 × 6 of the input: 36 products a tile instead of 144 (Winograd's
/// F(4×4, 3×3); Lavin and Gray 2015). Points are the 36 places of a transformed tile.
struct WinogradShape {
  std::size_t in_channels = 0;   ///< a multiple of 8
  std::size_t out_channels = 0;  ///< a multiple of 16
  std::size_t height = 0;
  std::size_t width = 0;

  [[nodiscard]] std::size_t across() const { return (width + 3) / 4; }
  [[nodiscard]] std::size_t tiles() const { return across() * ((height + 3) / 4); }
};
constexpr std::size_t k_winograd_points = 36;

/// What is done to the sums, and to what was in the destination before.
struct WinogradEnd {
  const float* bias = nullptr;
  bool add = false;  ///< to what the destination holds
  bool relu = false;
};

// These need AVX2 and FMA.

/// Eight channels of one tile: `to` is [point][tile][in_channels].
void winograd_input(const WinogradShape& shape, const float* image, std::size_t block, std::size_t tile, float* to);
/// One point of all tiles: `from` as above, `weights` [point][out_channels / 16][in_channels][16], `to` [point][tile]
/// [out_channels].
void winograd_products(const WinogradShape& shape, std::size_t point, const float* from, const float* weights,
                       float* to);
/// Eight output channels of one tile.
void winograd_output(const WinogradShape& shape, const float* from, std::size_t block, std::size_t tile,
                     const WinogradEnd& end, float* image);

}  // namespace cef::model::onednn
