#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/select/policy.hpp"
#include "cef/select/profile.hpp"

namespace cef::select {

/// A request, its answer and the end of the transfer; a new TCP connection needs one more.
inline constexpr double k_round_trips_of_fetch = 3;

/// Inference of one image as a profile says.
struct Prediction {
  Seconds image{0};
  int threads = 1;
  double uncertainty = 0;  ///< relative standard deviation
};

/// The time of one layer: that of the same layer where the profile has it, else a roofline of its kind corrected by the
/// nearest layers that were timed. `distance` 0: timed itself.
struct LayerPrediction {
  Seconds time{0};
  double distance = 0;
};
[[nodiscard]] LayerPrediction predict_layer(const Layer& layer, std::string_view precision, int threads,
                                            const DeviceProfile& profile);

/// All layers one after the other. `threads` 0: the number of the profile that is predicted fastest.
/// Error: usage for a number of threads that the profile does not have, or a profile without a timed layer.
core::Result<Prediction> predict(std::span<const Layer> layers, std::string_view precision, int threads,
                                 const DeviceProfile& profile);

/// How many of them differ from all before.
[[nodiscard]] std::size_t distinct_layers(std::span<const Layer> layers);

/// What loading a network of so many layers took.
struct TimedLoad {
  double layers = 0;
  double distinct = 0;
  double bytes = 0;  ///< of weights
  Seconds time{0};
};
/// The cost that explains the loads with the least sum of relative errors; no part of it is negative.
[[nodiscard]] LoadCost fit_loads(std::span<const TimedLoad> loads);

/// From the edge's disk into memory, ready to run.
[[nodiscard]] Seconds predict_load(std::span<const Layer> layers, const DeviceProfile& profile);

/// As the download that the link was measured by went, beyond its end at the link's rate; where that is not known the
/// bytes at that rate and the round trips. 0 without a link.
[[nodiscard]] Seconds predict_fetch(double file_bytes, const DeviceProfile& profile);

}  // namespace cef::select
