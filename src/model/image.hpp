#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/preprocessing.hpp"

namespace cef::model {

/// 8-bit RGB, interleaved, row by row.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;
};

struct ImageSize {
  int height = 0;
  int width = 0;
  bool operator==(const ImageSize&) const = default;
};

constexpr int k_max_image_side = 16'384;
constexpr std::uint64_t k_max_image_pixels = 64ULL << 20U;

/// Decodes a JPEG or PNG by its first bytes, to what Pillow's convert("RGB") gives: docs/datasets.md. `file` names it
/// in messages. Errors: integrity for a damaged image and for one beyond the limits above; usage for another format.
core::Result<Image> decode_image(std::span<const std::byte> bytes, const std::string& file);
core::Result<Image> decode_jpeg(std::span<const std::byte> bytes, const std::string& file);
core::Result<Image> decode_png(std::span<const std::byte> bytes, const std::string& file);

/// What the header says, nothing decoded; nothing when there is no such header.
std::optional<ImageSize> image_size(std::span<const std::byte> bytes);

/// Nothing when the size is within the limits, else what to say.
core::Result<void> check_image_size(std::uint64_t height, std::uint64_t width, const std::string& file);

/// A part of an image.
struct Window {
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;
};

/// The `part` of what Pillow's Image.resize((width, height)) gives, the very numbers (22-bit fixed point, horizontal
/// pass first); nothing outside of the part is computed.
Image resize_part(const Image& from, ImageSize to, const Window& part, Interpolation interpolation);

/// torchvision's Resize and CenterCrop: the longer side truncated, the crop's corner rounded to even, black borders
/// where the image is smaller than the crop.
Image preprocess(const Image& from, const Preprocessing& how);

}  // namespace cef::model
