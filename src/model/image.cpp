#include "image.hpp"

#include <string_view>

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::string_view k_jpeg = "\xFF\xD8";
constexpr std::string_view k_png = "\x89PNG\r\n\x1A\n";

int big_endian(std::string_view text, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (const char c : text.substr(at, count)) {
    value = value << 8U | static_cast<unsigned char>(c);
  }
  return value <= 0x7FFFFFFFU ? static_cast<int>(value) : 0;
}

std::optional<ImageSize> png_size(std::string_view text) {
  if (text.size() < 24 || text.substr(12, 4) != "IHDR") {
    return std::nullopt;
  }
  return ImageSize{big_endian(text, 20, 4), big_endian(text, 16, 4)};
}

/// Walks the segments to the first frame header (SOF0 to SOF15 but DHT, JPG and DAC).
std::optional<ImageSize> jpeg_size(std::string_view text) {
  std::size_t at = 2;
  while (at + 9 <= text.size()) {
    const int marker = big_endian(text, at, 2);
    if (marker == 0xFFFF) {  // fill bytes
      ++at;
      continue;
    }
    if (marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC) {
      return ImageSize{big_endian(text, at + 5, 2), big_endian(text, at + 7, 2)};
    }
    if (marker < 0xFF00 || marker == 0xFFD9 || marker == 0xFFDA) {
      return std::nullopt;
    }
    at += 2 + static_cast<std::size_t>(big_endian(text, at + 2, 2));
  }
  return std::nullopt;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
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

std::optional<ImageSize> image_size(std::span<const std::byte> bytes) {
  const std::string_view text = text_of(bytes);
  if (text.starts_with(k_jpeg)) {
    return jpeg_size(text);
  }
  return text.starts_with(k_png) ? png_size(text) : std::nullopt;
}

Result<Image> decode_image(std::span<const std::byte> bytes, const std::string& file) {
  const std::string_view text = text_of(bytes);
  if (text.starts_with(k_jpeg)) {
    return decode_jpeg(bytes, file);
  }
  if (text.starts_with(k_png)) {
    return decode_png(bytes, file);
  }
  if (text.empty()) {
    return fail(ErrorCode::integrity, file + ": is empty");
  }
  return fail(ErrorCode::usage, file + ": is neither JPEG nor PNG");
}

}  // namespace cef::model
