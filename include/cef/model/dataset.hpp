#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::model {

/// How pixel values become network input: (value / 255 - mean) / standard deviation, channel by channel (RGB).
struct Normalisation {
  float mean[3] = {0.485F, 0.456F, 0.406F};  ///< ImageNet's figures, as torchvision documents them
  float deviation[3] = {0.229F, 0.224F, 0.225F};
};

/// Labelled images of one size, all in memory: `pixels` holds count × 3 × height × width bytes, planar RGB.
struct Dataset {
  std::string name;                  ///< for example "cifar10"
  std::string source;                ///< the file or folder, or the generator's seed and version
  std::string digest;                ///< SHA-256 of the source, or of the generated pixels and labels
  std::vector<std::string> classes;  ///< class names; label k is classes[k]
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<int> labels;

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t index) const noexcept {
    const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    return std::span(pixels).subspan(index * bytes, bytes);
  }
};

/// Writes count × 3 × height × width floats for images [first, first + count) into `out`.
void normalise(const Dataset& data, std::size_t first, std::size_t count, const Normalisation& how,
               std::span<float> out);

/// Opens what the user named: "embedded", "cifar10:FILE", "cifar100:FILE", "folder:DIR" (optionally "folder:DIR@224":
/// shorter side to 256/224 of that size, centre crop). Errors: usage for an unknown kind, a missing file or a folder
/// without images; integrity for a damaged one.
core::Result<Dataset> open_dataset(std::string_view spec);

}  // namespace cef::model
