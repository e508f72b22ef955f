#include "cef/select/predictor.hpp"

#include <algorithm>
#include <cmath>

namespace cef::select {

Seconds predict(const Work& work, const DeviceProfile& profile) {
  const double moved = profile.bytes_per_second > 0 ? work.bytes / profile.bytes_per_second : 0.0;
  return work.operations * profile.per_operation + work.macs * profile.per_mac + Seconds(moved);
}

core::Result<DeviceProfile> fit_profile(std::span<const Sample> samples, double bytes_per_second, int threads) {
  // Normal equations of  a·x + b·y = 1  for a = operations / t', b = macs / t', where t' is the time without moving
  // bytes: every sample weighs the same whatever its length.
  double aa = 0;
  double ab = 0;
  double bb = 0;
  double a1 = 0;
  double b1 = 0;
  for (const Sample& sample : samples) {
    const double moved = bytes_per_second > 0 ? sample.work.bytes / bytes_per_second : 0.0;
    const double time = std::max(sample.time.count() - moved, sample.time.count() * 0.1);
    if (!(time > 0) || !(sample.work.operations > 0) || !(sample.work.macs > 0)) {
      return core::fail(core::ErrorCode::usage, "a calibration sample without work or without time");
    }
    const double a = sample.work.operations / time;
    const double b = sample.work.macs / time;
    aa += a * a;
    ab += a * b;
    bb += b * b;
    a1 += a;
    b1 += b;
  }
  const double determinant = aa * bb - ab * ab;
  if (samples.size() < 2 || determinant <= 1e-9 * aa * bb) {
    return core::fail(core::ErrorCode::usage, "a device profile needs two calibration networks of different work");
  }
  double x = (a1 * bb - b1 * ab) / determinant;
  double y = (b1 * aa - a1 * ab) / determinant;
  if (x < 0) {
    x = 0;
    y = b1 / bb;
  } else if (y < 0) {
    y = 0;
    x = a1 / aa;
  }
  return DeviceProfile{threads, Seconds(x), Seconds(y), bytes_per_second};
}

}  // namespace cef::select
