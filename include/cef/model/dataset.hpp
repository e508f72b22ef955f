#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/model/preprocessing.hpp"

namespace cef::model {

/// How pixel values become network input: (value / 255 - mean) / standard deviation, channel by channel (RGB).
struct Normalisation {
  float mean[3] = {0.485F, 0.456F, 0.406F};  ///< ImageNet's figures, as torchvision documents them
  float deviation[3] = {0.229F, 0.224F, 0.225F};
};

/// Images that stay on the disk until an ImageReader decodes them.
struct ImageFiles {
  std::filesystem::path folder;
  std::vector<std::string> names;      ///< in `folder`, for example "n01440764/ILSVRC2012_val_00000293.JPEG"
  std::optional<Preprocessing> fixed;  ///< of "folder:DIR@224": for every model, whatever its own is
  std::optional<core::Bytes> memory;   ///< of "?memory=64M": what an ImageReader may keep
};

/// Labelled images. Small ones are in memory, all of one size: `pixels` holds count × 3 × height × width bytes, planar
/// RGB. Photographs are `files`: an ImageReader gives both.
struct Dataset {
  std::string name;                  ///< for example "cifar10"
  std::string source;                ///< the file or folder, or the generator's seed and version
  std::string digest;                ///< SHA-256 of the source, or of the generated pixels and labels
  std::vector<std::string> classes;  ///< class names; label k is classes[k]
  int height = 0;                    ///< 0: files of several sizes
  int width = 0;
  std::vector<std::uint8_t> pixels;  ///< empty with `files`
  std::vector<int> labels;
  std::optional<ImageFiles> files;

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
  /// Of a data set in memory.
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t index) const noexcept {
    const std::size_t bytes = std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    return std::span(pixels).subspan(index * bytes, bytes);
  }
};

struct InputSize {
  int height = 0;
  int width = 0;
  bool operator==(const InputSize&) const = default;
};

/// What is done to the images for a model with this preprocessing. Crop 0, nothing, for a data set in memory.
[[nodiscard]] Preprocessing effective_preprocessing(const Dataset& data, const Preprocessing& of_model);
/// The size of a model's input from these images. Error (usage): the images have several sizes and nothing says how to
/// make them one.
core::Result<InputSize> input_size(const Dataset& data, const Preprocessing& of_model);

/// Writes count × 3 × height × width floats for images [first, first + count) of a data set in memory into `out`.
void normalise(const Dataset& data, std::size_t first, std::size_t count, const Normalisation& how,
               std::span<float> out);
/// One image, planar RGB; `out` has as many values.
void normalise_pixels(std::span<const std::uint8_t> pixels, const Normalisation& how, std::span<float> out);

/// Opens what the user named: "embedded", "cifar10:FILE", "cifar100:FILE", "folder:DIR", "folder:DIR@224" (shorter side
/// to 256/224 of that size, centre crop, for every model), each folder also with "?classes=FILE", "&memory=64M" at its
/// end. Images of a folder are not decoded, so that a damaged one is found when it is used. Errors: usage for an
/// unknown kind, a missing file, a folder without images or one whose classes are not in its list; integrity for a
/// damaged file.
core::Result<Dataset> open_dataset(std::string_view spec);

/// The same data set by names that do not depend on the current folder.
[[nodiscard]] std::string absolute_dataset(std::string_view spec);

}  // namespace cef::model
