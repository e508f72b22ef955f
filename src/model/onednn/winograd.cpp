#include "winograd.hpp"

#include <cstdlib>

#include <dnnl.hpp>

namespace cef::model::onednn {

bool uses_winograd() {
#ifdef CEF_WINOGRAD
  return dnnl::get_effective_cpu_isa() == dnnl::cpu_isa::avx2 && __builtin_cpu_supports("fma") != 0;
#else
  return false;
#endif
}

void winograd_weights(const float* weights, std::size_t in_channels, std::size_t out_channels, float* made) {
  constexpr float k_g[6][3] = {{1.0F / 4, 0, 0},
                               {-1.0F / 6, -1.0F / 6, -1.0F / 6},
                               {-1.0F / 6, 1.0F / 6, -1.0F / 6},
                               {1.0F / 24, 1.0F / 12, 1.0F / 6},
                               {1.0F / 24, -1.0F / 12, 1.0F / 6},
                               {0, 0, 1}};
  const std::size_t point = in_channels * out_channels;
#pragma omp parallel for
  for (std::size_t out = 0; out < out_channels; ++out) {
    for (std::size_t in = 0; in < in_channels; ++in) {
      const float* w = weights + (out * in_channels + in) * 9;
      float half[6][3];
      for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t x = 0; x < 3; ++x) {
          half[i][x] = k_g[i][0] * w[x] + k_g[i][1] * w[3 + x] + k_g[i][2] * w[6 + x];
        }
      }
      float* to = made + ((out / 16) * in_channels + in) * 16 + out % 16;
      for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < 6; ++j) {
          to[(i * 6 + j) * point] = k_g[j][0] * half[i][0] + k_g[j][1] * half[i][1] + k_g[j][2] * half[i][2];
        }
      }
    }
  }
}

#ifdef CEF_WINOGRAD
namespace {
void run_one(const WinogradShape& shape, const float* from, const float* weights, const WinogradEnd& end,
             const WinogradRoom& room, float* to) {
  const std::size_t tiles = shape.tiles();
#pragma omp parallel
  {
#pragma omp for
    for (std::size_t i = 0; i < tiles * (shape.in_channels / 8); ++i) {
      winograd_input(shape, from, i / tiles, i % tiles, room.values);
    }
#pragma omp for
    for (std::size_t point = 0; point < k_winograd_points; ++point) {
      winograd_products(shape, point, room.values, weights, room.products);
    }
#pragma omp for
    for (std::size_t i = 0; i < tiles * (shape.out_channels / 8); ++i) {
      winograd_output(shape, room.products, i / tiles, i % tiles, end, to);
    }
  }
}
}  // namespace
#endif

void winograd_run([[maybe_unused]] const WinogradShape& shape, [[maybe_unused]] std::size_t images,
                  [[maybe_unused]] const float* from, [[maybe_unused]] const float* weights,
                  [[maybe_unused]] const WinogradEnd& end, [[maybe_unused]] const WinogradRoom& room,
                  [[maybe_unused]] float* to) {
#ifdef CEF_WINOGRAD
  const std::size_t pixels = shape.height * shape.width;
  for (std::size_t i = 0; i < images; ++i) {
    run_one(shape, from + i * shape.in_channels * pixels, weights, end, room, to + i * shape.out_channels * pixels);
  }
#endif
}

}  // namespace cef::model::onednn
