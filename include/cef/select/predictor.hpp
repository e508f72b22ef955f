#pragma once

#include <span>

#include "cef/core/result.hpp"
#include "cef/select/policy.hpp"

namespace cef::select {

/// What a network asks of a machine for one image.
struct Work {
  double operations = 0;  ///< layers that remain after fusion: each has a fixed cost
  double macs = 0;        ///< multiply-accumulates
  double bytes = 0;       ///< weights and activations that move through memory
};

/// What a machine gives, with a certain number of threads.
struct DeviceProfile {
  int threads = 1;
  Seconds per_operation{0};
  Seconds per_mac{0};
  double bytes_per_second = 0;  ///< 0: not measured, bytes cost nothing
};

/// One timing of a network of known work.
struct Sample {
  Work work;
  Seconds time{0};
};

/// t = operations · per_operation + macs · per_mac + bytes / bytes_per_second
[[nodiscard]] Seconds predict(const Work& work, const DeviceProfile& profile);

/// The per_operation and per_mac that fit the samples best (least squares of the relative error, neither negative).
/// Two samples of different work are needed. Error: usage.
core::Result<DeviceProfile> fit_profile(std::span<const Sample> samples, double bytes_per_second, int threads);

}  // namespace cef::select
