#include "image.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_precision_bits = 22;  // Pillow's PRECISION_BITS for 8-bit images

/// The weights with which one output pixel is made of input pixels from `first`.
struct Taps {
  std::size_t first = 0;
  std::vector<std::int32_t> weights;
};

std::vector<Taps> taps_for(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double support = std::max(scale, 1.0);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int end = std::min(from, static_cast<int>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      const double distance = std::abs((x - centre + 0.5) / support);
      weights.push_back(distance < 1.0 ? 1.0 - distance : 0.0);
      sum += weights.back();
    }
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = static_cast<std::size_t>(first);
    for (const double weight : weights) {
      taps.weights.push_back(static_cast<std::int32_t>(0.5 + weight / sum * (1 << k_precision_bits)));
    }
  }
  return all;
}

std::uint8_t weighted(const std::uint8_t* from, std::size_t step, const std::vector<std::int32_t>& weights) {
  std::int64_t sum = 1 << (k_precision_bits - 1);
  for (const std::int32_t weight : weights) {
    sum += std::int64_t{weight} * *from;
    from += step;
  }
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> k_precision_bits, 0, 255));
}

Image resize_width(const Image& from, int width) {
  const auto taps = taps_for(from.width, width);
  const std::size_t in_row = 3 * static_cast<std::size_t>(from.width);
  Image to{from.height, width, {}};
  to.rgb.reserve(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(from.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(from.height); ++y) {
    for (const Taps& tap : taps) {
      for (std::size_t c = 0; c < 3; ++c) {
        to.rgb.push_back(weighted(from.rgb.data() + y * in_row + 3 * tap.first + c, 3, tap.weights));
      }
    }
  }
  return to;
}

Image resize_height(const Image& from, int height) {
  const auto taps = taps_for(from.height, height);
  const std::size_t row = 3 * static_cast<std::size_t>(from.width);
  Image to{height, from.width, {}};
  to.rgb.reserve(row * static_cast<std::size_t>(height));
  for (const Taps& tap : taps) {
    for (std::size_t x = 0; x < row; ++x) {
      to.rgb.push_back(weighted(from.rgb.data() + tap.first * row + x, row, tap.weights));
    }
  }
  return to;
}

Image crop_centre(const Image& from, int size) {
  // Python's round() takes halves to the even side, as nearbyint does.
  const auto top = static_cast<std::size_t>(std::nearbyint((from.height - size) / 2.0));
  const auto left = static_cast<std::size_t>(std::nearbyint((from.width - size) / 2.0));
  const std::size_t row = 3 * static_cast<std::size_t>(from.width);
  Image to{size, size, {}};
  for (std::size_t y = top; y < top + static_cast<std::size_t>(size); ++y) {
    const auto begin = from.rgb.begin() + static_cast<std::ptrdiff_t>(y * row + 3 * left);
    to.rgb.insert(to.rgb.end(), begin, begin + 3 * size);
  }
  return to;
}

}  // namespace

Result<void> check_image_size(std::uint64_t height, std::uint64_t width, const std::string& file) {
  if (height == 0 || width == 0 || height > k_max_image_side || width > k_max_image_side ||
      height * width > k_max_image_pixels) {
    return fail(ErrorCode::integrity, file + ": says it has " + std::to_string(width) + " x " + std::to_string(height) +
                                          " pixels; images up to " + std::to_string(k_max_image_side) +
                                          " a side and 64 million pixels are read");
  }
  return {};
}

Result<Image> decode_image(std::span<const std::byte> bytes, const std::string& file) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8")) {
    return decode_jpeg(bytes, file);
  }
  if (text.starts_with("\x89PNG\r\n\x1A\n")) {
    return decode_png(bytes, file);
  }
  if (text.empty()) {
    return fail(ErrorCode::integrity, file + ": is empty");
  }
  return fail(ErrorCode::usage, file + ": is neither JPEG nor PNG");
}

Image resize_bilinear(const Image& from, int height, int width) {
  Image image = from.width == width ? from : resize_width(from, width);
  return image.height == height ? image : resize_height(image, height);
}

Image resize_and_crop(const Image& from, int size) {
  const int shorter = static_cast<int>(std::lround(size * 256.0 / 224.0));
  const bool wide = from.width >= from.height;
  const std::int64_t longer = std::int64_t{shorter} * (wide ? from.width : from.height) /
                              (wide ? from.height : from.width);  // truncated, as torchvision does
  const int height = wide ? shorter : static_cast<int>(longer);
  const int width = wide ? static_cast<int>(longer) : shorter;
  return crop_centre(resize_bilinear(from, height, width), size);
}

}  // namespace cef::model
