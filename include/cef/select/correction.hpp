#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/select/policy.hpp"

namespace cef::select {

/// One candidate as it was predicted and as it was measured in one run on one device.
struct Observation {
  std::string device;
  std::string candidate;  ///< what makes it this one: weights, precision, size of the image
  std::string family;     ///< networks of a kind are predicted wrongly in the same way
  std::string precision;
  int threads = 1;
  Seconds predicted{0};  ///< of one image, before any correction
  Seconds measured{0};
  std::optional<Seconds> predicted_load;
  std::optional<Seconds> measured_load;
  std::int64_t time = 0;  ///< seconds since 1970
};

/// What a prediction is to be multiplied by.
struct Factor {
  double value = 1;
  double uncertainty = 0;        ///< standard deviation of its logarithm: the relative one of the product
  std::size_t observations = 0;  ///< of this very candidate with this number of threads
};

/// Which candidate a correction is wanted for.
struct Subject {
  std::string candidate;
  std::string family;
  std::string precision;
  int threads = 1;
};

/// Learns from one device's observations, level by level: what all predictions on it were wrong by, what those of a
/// family, precision and number of threads were, what those of the candidate itself were. Each level is trusted as far
/// as it was observed, the level above it for the rest. `uncertainty`: of the prediction without any history.
[[nodiscard]] Factor correct_image(std::span<const Observation> observations, const Subject& subject,
                                   double uncertainty);
/// The same of loading times.
[[nodiscard]] Factor correct_load(std::span<const Observation> observations, const Subject& subject,
                                  double uncertainty);

}  // namespace cef::select
