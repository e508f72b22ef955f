#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::model {

/// 8-bit RGB, interleaved, row by row.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;
};

constexpr int k_max_image_side = 16'384;
constexpr std::uint64_t k_max_image_pixels = 64ULL << 20U;

/// Decodes a JPEG or PNG by its first bytes. Grey, palette, 16-bit and CMYK become 8-bit RGB; alpha is dropped.
/// `file` names it in messages. Errors: integrity for a damaged image and for one beyond the limits above; usage for
/// another format.
core::Result<Image> decode_image(std::span<const std::byte> bytes, const std::string& file);
core::Result<Image> decode_jpeg(std::span<const std::byte> bytes, const std::string& file);
core::Result<Image> decode_png(std::span<const std::byte> bytes, const std::string& file);

/// Nothing when the size is within the limits, else what to say.
core::Result<void> check_image_size(std::uint64_t height, std::uint64_t width, const std::string& file);

/// Antialiased bilinear, the very numbers of Pillow's Image.resize (22-bit fixed point, horizontal pass first).
Image resize_bilinear(const Image& from, int height, int width);
/// torchvision's Resize(round(size · 256 / 224)) and CenterCrop(size).
Image resize_and_crop(const Image& from, int size);

}  // namespace cef::model
