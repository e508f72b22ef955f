#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::model {

/// How a network is computed. fp32 is the exact one; the others are variants with an accuracy of their own.
enum class Precision { fp32, bf16, int8 };

[[nodiscard]] std::string_view to_string(Precision precision) noexcept;
[[nodiscard]] std::optional<Precision> parse_precision(std::string_view text) noexcept;

/// A model as users name it: "resnet50", "resnet50:int8", "resnet50:bf16".
struct Variant {
  std::string model;
  Precision precision = Precision::fp32;

  /// "resnet50:int8"; fp32 is not named.
  [[nodiscard]] std::string name() const;
  bool operator==(const Variant&) const = default;
};

/// Error: usage, for an unknown precision or an empty model.
core::Result<Variant> parse_variant(std::string_view name);

/// What the values of a network were on calibration images, clipped where that lost the least.
struct ValueRange {
  float low = 0;
  float high = 0;
  bool operator==(const ValueRange&) const = default;
};

/// What int8 needs to know of a network's activations: one range for each of its values, [0] being the input. Made by
/// InferenceRuntime::calibrate; a few kilobytes as text.
struct Calibration {
  std::size_t images = 0;  ///< it was made from
  std::vector<ValueRange> values;
  bool operator==(const Calibration&) const = default;
};

/// JSON of schema cef.calibration/1, one line.
[[nodiscard]] std::string to_text(const Calibration& calibration);
/// `origin` names the source in messages. Error: usage.
core::Result<Calibration> parse_calibration(std::string_view text, std::string_view origin);

}  // namespace cef::model
