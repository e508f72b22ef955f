// Built for AVX2 and FMA: no standard library in here, whose inline functions other files would then share.
#include "winograd_kernels.hpp"

#include <immintrin.h>

namespace cef::model::onednn {

namespace {

using Eight = __m256;
constexpr std::size_t k_side = 6;

Eight times(float factor, Eight value) {
  return _mm256_mul_ps(_mm256_set1_ps(factor), value);
}
Eight plus(Eight sum, float factor, Eight value) {
  return _mm256_fmadd_ps(_mm256_set1_ps(factor), value, sum);
}

/// Six values of the input to six points.
void to_points(const Eight* d, std::size_t step, Eight* to, std::size_t to_step) {
  const Eight d0 = d[0];
  const Eight d1 = d[step];
  const Eight d2 = d[2 * step];
  const Eight d3 = d[3 * step];
  const Eight d4 = d[4 * step];
  const Eight d5 = d[5 * step];
  to[0] = plus(plus(d4, -5, d2), 4, d0);
  const Eight even = plus(d4, -4, d2);
  const Eight odd = plus(d3, -4, d1);
  to[to_step] = _mm256_add_ps(even, odd);
  to[2 * to_step] = _mm256_sub_ps(even, odd);
  const Eight even2 = _mm256_sub_ps(d4, d2);
  const Eight odd2 = times(2, _mm256_sub_ps(d3, d1));
  to[3 * to_step] = _mm256_add_ps(even2, odd2);
  to[4 * to_step] = _mm256_sub_ps(even2, odd2);
  to[5 * to_step] = plus(plus(d5, -5, d3), 4, d1);
}

/// Six points to four values of the output.
void from_points(const Eight* m, std::size_t step, Eight* to, std::size_t to_step) {
  const Eight sum1 = _mm256_add_ps(m[step], m[2 * step]);
  const Eight difference1 = _mm256_sub_ps(m[step], m[2 * step]);
  const Eight sum2 = _mm256_add_ps(m[3 * step], m[4 * step]);
  const Eight difference2 = _mm256_sub_ps(m[3 * step], m[4 * step]);
  to[0] = _mm256_add_ps(m[0], _mm256_add_ps(sum1, sum2));
  to[to_step] = plus(difference1, 2, difference2);
  to[2 * to_step] = plus(sum1, 4, sum2);
  to[3 * to_step] = _mm256_add_ps(plus(difference1, 8, difference2), m[5 * step]);
}

/// `Rows` tiles by 16 output channels: 12 sums for 6 rows, two weights and one value in the 16 registers.
template <int Rows>
void products(std::size_t in, std::size_t out, const float* from, const float* weights, float* to) {
  Eight sums[Rows][2];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
    sums[r][0] = _mm256_setzero_ps();
    sums[r][1] = _mm256_setzero_ps();
  }
  for (std::size_t c = 0; c < in; ++c) {
    const Eight first = _mm256_loadu_ps(weights + 16 * c);
    const Eight second = _mm256_loadu_ps(weights + 16 * c + 8);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      const Eight value = _mm256_broadcast_ss(from + static_cast<std::size_t>(r) * in + c);
      sums[r][0] = _mm256_fmadd_ps(value, first, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(value, second, sums[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
    _mm256_storeu_ps(to + static_cast<std::size_t>(r) * out, sums[r][0]);
    _mm256_storeu_ps(to + static_cast<std::size_t>(r) * out + 8, sums[r][1]);
  }
}

using Products = void (*)(std::size_t, std::size_t, const float*, const float*, float*);
constexpr Products k_products[] = {nullptr,     products<1>, products<2>, products<3>,
                                   products<4>, products<5>, products<6>};

}  // namespace

void winograd_input(const WinogradShape& shape, const float* image, std::size_t block, std::size_t tile, float* to) {
  const std::size_t top = 4 * (tile / shape.across());
  const std::size_t left = 4 * (tile % shape.across());
  const float* plane = image + block * shape.height * shape.width * 8;
  Eight tiles[k_side * k_side];
  Eight half[k_side * k_side];
  for (std::size_t y = 0; y < k_side; ++y) {
    for (std::size_t x = 0; x < k_side; ++x) {  // the tile begins one before `top` and `left`
      const bool inside = top + y >= 1 && top + y <= shape.height && left + x >= 1 && left + x <= shape.width;
      tiles[y * k_side + x] =
          inside ? _mm256_loadu_ps(plane + ((top + y - 1) * shape.width + left + x - 1) * 8) : _mm256_setzero_ps();
    }
  }
  for (std::size_t x = 0; x < k_side; ++x) {
    to_points(tiles + x, k_side, half + x, k_side);
  }
  const std::size_t point = shape.tiles() * shape.in_channels;
  to += tile * shape.in_channels + block * 8;
  for (std::size_t y = 0; y < k_side; ++y) {
    Eight points[k_side];
    to_points(half + y * k_side, 1, points, 1);
    for (std::size_t x = 0; x < k_side; ++x) {
      _mm256_storeu_ps(to + (y * k_side + x) * point, points[x]);
    }
  }
}

void winograd_products(const WinogradShape& shape, std::size_t point, const float* from, const float* weights,
                       float* to) {
  const std::size_t tiles = shape.tiles();
  from += point * tiles * shape.in_channels;
  weights += point * shape.in_channels * shape.out_channels;
  to += point * tiles * shape.out_channels;
  for (std::size_t out = 0; out < shape.out_channels; out += 16) {
    for (std::size_t tile = 0; tile < tiles; tile += 6) {
      const std::size_t rows = tiles - tile < 6 ? tiles - tile : 6;
      k_products[rows](shape.in_channels, shape.out_channels, from + tile * shape.in_channels,
                       weights + out * shape.in_channels, to + tile * shape.out_channels + out);
    }
  }
}

void winograd_output(const WinogradShape& shape, const float* from, std::size_t block, std::size_t tile,
                     const WinogradEnd& end, float* image) {
  const std::size_t top = 4 * (tile / shape.across());
  const std::size_t left = 4 * (tile % shape.across());
  float* plane = image + block * shape.height * shape.width * 8;
  const std::size_t point = shape.tiles() * shape.out_channels;
  from += tile * shape.out_channels + block * 8;
  Eight points[k_side * k_side];
  for (std::size_t i = 0; i < k_side * k_side; ++i) {
    points[i] = _mm256_loadu_ps(from + i * point);
  }
  Eight half[4 * k_side];
  for (std::size_t x = 0; x < k_side; ++x) {
    from_points(points + x, k_side, half + x, k_side);
  }
  const Eight bias = _mm256_loadu_ps(end.bias + block * 8);
  for (std::size_t y = 0; y < 4 && top + y < shape.height; ++y) {
    Eight values[4];
    from_points(half + y * k_side, 1, values, 1);
    for (std::size_t x = 0; x < 4 && left + x < shape.width; ++x) {
      float* at = plane + ((top + y) * shape.width + left + x) * 8;
      Eight value = _mm256_add_ps(values[x], bias);
      if (end.add) {
        value = _mm256_add_ps(value, _mm256_loadu_ps(at));
      }
      _mm256_storeu_ps(at, end.relu ? _mm256_max_ps(value, _mm256_setzero_ps()) : value);
    }
  }
}

}  // namespace cef::model::onednn
