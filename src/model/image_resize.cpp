#include <algorithm>
#include <array>
#include <cmath>

#include "image.hpp"

namespace cef::model {

namespace {

constexpr int k_precision_bits = 22;  // Pillow's PRECISION_BITS for 8-bit images
constexpr std::size_t k_block = 64;
constexpr std::int32_t k_half = 1 << (k_precision_bits - 1);

double triangle(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

double cubic(double x) {
  constexpr double k_a = -0.5;
  x = std::abs(x);
  if (x < 1.0) {
    return ((k_a + 2.0) * x - (k_a + 3.0)) * x * x + 1;
  }
  return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * k_a : 0.0;
}

/// The weights with which one output pixel is made of input pixels from `first`.
struct Taps {
  std::size_t first = 0;
  std::vector<std::int32_t> weights;
};

/// Of output pixels [begin, begin + count) when a side of `from` becomes one of `to`.
std::vector<Taps> taps_for(int from, int to, int begin, int count, Interpolation interpolation) {
  const bool linear = interpolation == Interpolation::bilinear;
  const double scale = static_cast<double>(from) / to;
  const double filter_scale = std::max(scale, 1.0);
  const double support = (linear ? 1.0 : 2.0) * filter_scale;
  const double step = 1.0 / filter_scale;
  std::vector<Taps> all(static_cast<std::size_t>(count));
  std::vector<double> weights;
  for (int i = 0; i < count; ++i) {
    const double centre = (begin + i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int end = std::min(from, static_cast<int>(centre + support + 0.5));
    weights.clear();
    double sum = 0;
    for (int x = first; x < end; ++x) {
      const double distance = (x - centre + 0.5) * step;
      weights.push_back(linear ? triangle(distance) : cubic(distance));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = static_cast<std::size_t>(first);
    for (double weight : weights) {
      weight = sum != 0.0 ? weight / sum : weight;
      taps.weights.push_back(static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << k_precision_bits)));
    }
  }
  return all;
}

std::uint8_t clipped(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> k_precision_bits, 0, 255));
}

/// One row of `taps.size()` pixels out of one row of the input.
void narrow_row(const std::uint8_t* from, const std::vector<Taps>& all, std::uint8_t* to) {
  for (const Taps& taps : all) {
    std::int32_t red = k_half;
    std::int32_t green = k_half;
    std::int32_t blue = k_half;
    const std::uint8_t* pixel = from + 3 * taps.first;
    for (const std::int32_t weight : taps.weights) {
      red += weight * pixel[0];
      green += weight * pixel[1];
      blue += weight * pixel[2];
      pixel += 3;
    }
    to[0] = clipped(red);
    to[1] = clipped(green);
    to[2] = clipped(blue);
    to += 3;
  }
}

/// `count` values below each other's weighted sums; a constant count is what the compiler makes vectors of.
inline void lower_block(const std::uint8_t* from, const std::vector<std::int32_t>& weights, std::size_t row_bytes,
                        std::uint8_t* to, std::size_t count) {
  std::array<std::int32_t, k_block> sums;
  sums.fill(k_half);
  for (const std::int32_t weight : weights) {
    for (std::size_t i = 0; i < count; ++i) {
      sums[i] += weight * from[i];
    }
    from += row_bytes;
  }
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = clipped(sums[i]);
  }
}

/// One row out of `weights.size()` rows of `bytes` each.
void lower_rows(const std::uint8_t* from, const std::vector<std::int32_t>& weights, std::size_t bytes,
                std::uint8_t* to) {
  std::size_t at = 0;
  for (; at + k_block <= bytes; at += k_block) {
    lower_block(from + at, weights, bytes, to + at, k_block);
  }
  lower_block(from + at, weights, bytes, to + at, bytes - at);
}

/// Rows [top, top + height) and columns [left, left + width).
Image cut(const Image& from, const Window& part) {
  Image to{part.height, part.width, {}};
  to.rgb.reserve(3 * static_cast<std::size_t>(part.height) * static_cast<std::size_t>(part.width));
  for (int y = part.top; y < part.top + part.height; ++y) {
    const auto begin = from.rgb.begin() + 3 * (std::ptrdiff_t{y} * from.width + part.left);
    to.rgb.insert(to.rgb.end(), begin, begin + 3 * std::ptrdiff_t{part.width});
  }
  return to;
}

Image resize_columns(const Image& from, int width, const Window& part, Interpolation interpolation) {
  const auto taps = taps_for(from.width, width, part.left, part.width, interpolation);
  const std::size_t in_row = 3 * static_cast<std::size_t>(from.width);
  const std::size_t out_row = 3 * static_cast<std::size_t>(part.width);
  Image to{part.height, part.width, std::vector<std::uint8_t>(out_row * static_cast<std::size_t>(part.height))};
  for (std::size_t y = 0; y < static_cast<std::size_t>(part.height); ++y) {
    narrow_row(from.rgb.data() + (static_cast<std::size_t>(part.top) + y) * in_row, taps, to.rgb.data() + y * out_row);
  }
  return to;
}

/// `from` begins with row `top` of the image.
Image resize_rows(const Image& from, const std::vector<Taps>& taps, std::size_t top) {
  const std::size_t row = 3 * static_cast<std::size_t>(from.width);
  Image to{static_cast<int>(taps.size()), from.width, std::vector<std::uint8_t>(row * taps.size())};
  for (std::size_t y = 0; y < taps.size(); ++y) {
    lower_rows(from.rgb.data() + (taps[y].first - top) * row, taps[y].weights, row, to.rgb.data() + y * row);
  }
  return to;
}

}  // namespace

Image resize_part(const Image& from, ImageSize to, const Window& part, Interpolation interpolation) {
  if (from.height == to.height) {
    const Window columns{part.top, part.left, part.height, part.width};
    return from.width == to.width ? cut(from, columns) : resize_columns(from, to.width, columns, interpolation);
  }
  const auto taps = taps_for(from.height, to.height, part.top, part.height, interpolation);
  const int top = static_cast<int>(taps.front().first);
  int end = top;
  for (const Taps& one : taps) {
    end = std::max(end, static_cast<int>(one.first + one.weights.size()));
  }
  const Window rows{top, part.left, end - top, part.width};
  const Image columns = from.width == to.width ? cut(from, rows) : resize_columns(from, to.width, rows, interpolation);
  return resize_rows(columns, taps, static_cast<std::size_t>(top));
}

Image preprocess(const Image& from, const Preprocessing& how) {
  if (how.crop == 0) {
    return from;
  }
  const bool wide = from.width >= from.height;
  const std::int64_t shorter = wide ? from.height : from.width;
  const std::int64_t longer = wide ? from.width : from.height;
  const int scaled = static_cast<int>(how.resize * longer / shorter);
  const ImageSize whole = wide ? ImageSize{how.resize, scaled} : ImageSize{scaled, how.resize};
  // Python's round() takes halves to the even side, as nearbyint does. A border of odd width is the thinner one on top.
  const auto corner = [&](int side) { return std::max(0, static_cast<int>(std::nearbyint((side - how.crop) / 2.0))); };
  const Window part{corner(whole.height), corner(whole.width), std::min(whole.height, how.crop),
                    std::min(whole.width, how.crop)};
  Image inner = resize_part(from, whole, part, how.interpolation);
  if (part.height == how.crop && part.width == how.crop) {
    return inner;
  }
  const auto row = static_cast<std::size_t>(how.crop) * 3;
  const auto top = static_cast<std::size_t>((how.crop - part.height) / 2);
  const auto left = static_cast<std::size_t>((how.crop - part.width) / 2) * 3;
  const auto inner_row = static_cast<std::size_t>(part.width) * 3;
  Image framed{how.crop, how.crop, std::vector<std::uint8_t>(row * static_cast<std::size_t>(how.crop))};
  for (std::size_t y = 0; y < static_cast<std::size_t>(part.height); ++y) {
    std::copy_n(inner.rgb.data() + y * inner_row, inner_row, framed.rgb.data() + (top + y) * row + left);
  }
  return framed;
}

}  // namespace cef::model
