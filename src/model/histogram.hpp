#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cef/model/precision.hpp"

namespace cef::model {

/// Magnitudes of a value's elements over calibration images: first its extremes, then, in a second pass, how often each
/// magnitude comes.
class Histogram {
 public:
  void widen(std::span<const float> elements);
  void count(std::span<const float> elements);
  /// The range that loses the least when its elements are stored in a byte: the sum of squares of rounding inside and
  /// of clipping outside is smallest. Starts at 0 where nothing is negative, else is symmetric.
  [[nodiscard]] ValueRange best_range() const;

 private:
  [[nodiscard]] float largest() const;
  [[nodiscard]] double loss(double limit, double step) const;
  float low_ = 0;
  float high_ = 0;
  std::vector<std::uint64_t> bins_;
};

}  // namespace cef::model
