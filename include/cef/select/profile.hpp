#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/select/policy.hpp"

namespace cef::select {

enum class LayerKind { convolution, pointwise, depthwise, linear, elementwise, pool };
[[nodiscard]] const char* to_string(LayerKind kind) noexcept;
[[nodiscard]] std::optional<LayerKind> parse_layer_kind(std::string_view text) noexcept;

/// What one layer asks of a machine for one image.
struct Layer {
  LayerKind kind = LayerKind::convolution;
  int kernel = 0;  ///< of convolutions
  double macs = 0;
  double weight_bytes = 0;
  double input_bytes = 0;
  double output_bytes = 0;
  bool operator==(const Layer&) const = default;
};

/// How long a machine took for one layer while nothing else was in its way.
struct LayerTime {
  Layer layer;
  std::string precision = "fp32";
  int threads = 1;
  Seconds time{0};
};

/// What a number of threads means on a machine.
struct ThreadSpeed {
  int threads = 1;
  Seconds per_call{0};  ///< of a network, whatever its layers: input, output, pooling and classifier of a small one
  double slowdown = 1;  ///< mean time of a long run over the undisturbed time: a CPU quota and the other processes
};

/// So much of a file had come by then; the clock starts before the connection is made.
struct Arrival {
  double bytes = 0;
  Seconds time{0};
};

/// The way from the model repository to the edge.
struct Link {
  double bytes_per_second = 0;  ///< once it flows
  Seconds round_trip{0};
  /// One download as it went, ascending: connecting, asking, TCP's slow start and what a shaper lets through at first
  /// are in it. Empty: not known.
  std::vector<Arrival> arrivals;
};

/// Loading = fixed + per_layer · layers + per_layer_squared · layers² + per_distinct · different layers + weights /
/// bytes_per_second, from the edge's own disk until one image can run. The square: what LibTorch's optimiser does to a
/// graph. Different layers: oneDNN generates code for each.
struct LoadCost {
  Seconds fixed{0};
  Seconds per_layer{0};
  Seconds per_layer_squared{0};
  double bytes_per_second = 0;  ///< 0: not measured, bytes cost nothing
  Seconds per_distinct{0};
};

/// What was measured of one edge before a choice.
struct DeviceProfile {
  std::vector<LayerTime> layers;
  std::vector<ThreadSpeed> threads;  ///< ascending; at least one
  double copy_bytes_per_second = 0;
  LoadCost load;
  core::Bytes memory_available;
  bool winograd = false;     ///< fp32 networks keep transformed weights beside their own
  double busy_cores = 0;     ///< that other processes used while the machine was timed
  double usable_cores = 0;   ///< physical ones of this process's affinity, or its CPU quota where that is less
  std::optional<Link> link;  ///< none: the models are on the edge, or it could not be measured
  bool cached = false;       ///< the layers come from an earlier run
};

[[nodiscard]] core::Json to_json(const Link& link);
core::Result<Link> link_of(const core::Json& json);
[[nodiscard]] core::Json to_json(const DeviceProfile& profile);
/// Error: host_failed, naming the field that is missing or no proper number.
core::Result<DeviceProfile> profile_of(const core::Json& json);

}  // namespace cef::select
