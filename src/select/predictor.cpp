#include "cef/select/predictor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace cef::select {

namespace {

/// What a layer measured as itself still differs by inside a network: caches, and what is fused across layers.
constexpr double k_base_uncertainty = 0.08;
/// Added for a network of layers at distance 1 (about twice as large as the nearest one timed).
constexpr double k_distance_uncertainty = 0.15;

double bytes_of(const Layer& layer) {
  return layer.weight_bytes + layer.input_bytes + layer.output_bytes;
}

bool counts_macs(LayerKind kind) {
  return kind != LayerKind::elementwise && kind != LayerKind::pool;
}

/// Seconds by the work alone, at a nominal machine: its unit does not matter, ratios to it are what is used.
double nominal(const Layer& layer, double copy_bytes_per_second) {
  const double rate = copy_bytes_per_second > 0 ? copy_bytes_per_second : 1e10;
  // Ten multiply-accumulates in the time of a byte: the balance of a small core with wide vectors.
  return std::max(layer.macs / (10 * rate), bytes_of(layer) / rate) + 2e-6;
}

/// Logarithms to the base 2 of what decides about the rate of a layer.
std::array<double, 5> features(const Layer& layer) {
  const auto log = [](double value) { return std::log2(std::max(value, 64.0)); };
  return {log(layer.macs), log(layer.weight_bytes), log(layer.input_bytes), log(layer.output_bytes),
          2.0 * static_cast<double>(layer.kernel)};
}

double distance_of(const Layer& a, const Layer& b) {
  const auto x = features(a);
  const auto y = features(b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += (x[i] - y[i]) * (x[i] - y[i]);
  }
  const bool same = a.kind == b.kind;
  const bool alike = counts_macs(a.kind) == counts_macs(b.kind);
  return std::sqrt(sum) + (same ? 0.0 : alike ? 4.0 : 8.0);
}

const ThreadSpeed* speed_of(const DeviceProfile& profile, int threads) {
  const auto found = std::find_if(profile.threads.begin(), profile.threads.end(),
                                  [threads](const ThreadSpeed& speed) { return speed.threads == threads; });
  return found == profile.threads.end() ? nullptr : &*found;
}

bool has_layers(const DeviceProfile& profile, std::string_view precision, int threads) {
  return std::any_of(profile.layers.begin(), profile.layers.end(),
                     [&](const LayerTime& timed) { return timed.threads == threads && timed.precision == precision; });
}

Prediction sum(std::span<const Layer> layers, std::string_view precision, const ThreadSpeed& speed,
               const DeviceProfile& profile) {
  Seconds total = speed.per_call;
  double far = 0;
  for (const Layer& layer : layers) {
    const auto [time, distance] = predict_layer(layer, precision, speed.threads, profile);
    total += time;
    far += time.count() * std::min(distance, 4.0);
  }
  const double mean_distance = total.count() > 0 ? far / total.count() : 0;
  return {total * speed.slowdown, speed.threads,
          std::hypot(k_base_uncertainty, k_distance_uncertainty * mean_distance)};
}

}  // namespace

LayerPrediction predict_layer(const Layer& layer, std::string_view precision, int threads,
                              const DeviceProfile& profile) {
  double weights = 0;
  double ratios = 0;
  double nearest = 1e9;
  for (const LayerTime& timed : profile.layers) {
    if (timed.threads != threads || timed.precision != precision || timed.time.count() <= 0) {
      continue;
    }
    if (timed.layer == layer) {
      return {timed.time, 0};
    }
    const double distance = distance_of(timed.layer, layer);
    const double weight = 1.0 / (0.05 + std::pow(distance, 3));
    weights += weight;
    ratios += weight * std::log(timed.time.count() / nominal(timed.layer, profile.copy_bytes_per_second));
    nearest = std::min(nearest, distance);
  }
  if (weights <= 0) {
    return {Seconds(0), nearest};
  }
  return {Seconds(nominal(layer, profile.copy_bytes_per_second) * std::exp(ratios / weights)), nearest};
}

core::Result<Prediction> predict(std::span<const Layer> layers, std::string_view precision, int threads,
                                 const DeviceProfile& profile) {
  std::optional<Prediction> best;
  for (const ThreadSpeed& speed : profile.threads) {
    if ((threads > 0 && speed.threads != threads) || !has_layers(profile, precision, speed.threads)) {
      continue;
    }
    const Prediction prediction = sum(layers, precision, speed, profile);
    if (!best || prediction.image < best->image) {
      best = prediction;
    }
  }
  if (best) {
    return *best;
  }
  if (threads > 0 && speed_of(profile, threads) == nullptr) {
    return core::fail(core::ErrorCode::usage,
                      "the device profile has no times with " + std::to_string(threads) + " threads");
  }
  return core::fail(core::ErrorCode::usage,
                    "the device profile has no layer timed at " + std::string(precision) + "; take a new one");
}

std::size_t distinct_layers(std::span<const Layer> layers) {
  std::size_t count = 0;
  for (auto layer = layers.begin(); layer != layers.end(); ++layer) {
    count += std::find(layers.begin(), layer, *layer) == layer ? 1 : 0;
  }
  return count;
}

Seconds predict_load(std::span<const Layer> layers, const DeviceProfile& profile) {
  double bytes = 0;
  for (const Layer& layer : layers) {
    bytes += layer.weight_bytes;
  }
  const double moved = profile.load.bytes_per_second > 0 ? bytes / profile.load.bytes_per_second : 0.0;
  const double slowdown = profile.threads.empty() ? 1.0 : profile.threads.front().slowdown;
  const auto count = static_cast<double>(layers.size());
  return (profile.load.fixed + profile.load.per_layer * count + profile.load.per_layer_squared * count * count +
          profile.load.per_distinct * static_cast<double>(distinct_layers(layers)) + Seconds(moved)) *
         slowdown;
}

Seconds predict_fetch(double file_bytes, const DeviceProfile& profile) {
  if (!profile.link || profile.link->bytes_per_second <= 0) {
    return Seconds(0);
  }
  const std::vector<Arrival>& seen = profile.link->arrivals;
  if (!seen.empty()) {
    const auto at =
        std::find_if(seen.begin(), seen.end(), [&](const Arrival& arrival) { return arrival.bytes >= file_bytes; });
    if (at == seen.end()) {
      return seen.back().time + Seconds((file_bytes - seen.back().bytes) / profile.link->bytes_per_second);
    }
    if (at == seen.begin() || at->bytes <= (at - 1)->bytes) {
      return at->time;
    }
    const Arrival& before = *(at - 1);
    return before.time + (at->time - before.time) * ((file_bytes - before.bytes) / (at->bytes - before.bytes));
  }
  return Seconds(file_bytes / profile.link->bytes_per_second) + profile.link->round_trip * k_round_trips_of_fetch;
}

}  // namespace cef::select
