#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/probe/cpu.hpp"
#include "cef/probe/disk.hpp"
#include "cef/probe/gpu.hpp"
#include "cef/probe/memory.hpp"
#include "cef/probe/network.hpp"
#include "cef/probe/temperature.hpp"

namespace cef::probe {

enum class Metric : unsigned { temperature = 1, cpu = 2, memory = 4, disk = 8, network = 16, gpu = 32 };

/// Metrics or-ed together.
using Metrics = unsigned;
constexpr Metrics k_all_metrics = 63;

[[nodiscard]] constexpr Metrics operator|(Metric left, Metric right) noexcept {
  return static_cast<Metrics>(left) | static_cast<Metrics>(right);
}
[[nodiscard]] constexpr Metrics operator|(Metrics left, Metric right) noexcept {
  return left | static_cast<Metrics>(right);
}
[[nodiscard]] constexpr bool has(Metrics metrics, Metric metric) noexcept {
  return (metrics & static_cast<Metrics>(metric)) != 0;
}

/// What was not asked for is empty.
struct MonitorFacts {
  Metrics asked = 0;
  std::optional<TemperatureFacts> temperature;
  std::optional<CpuFacts> cpu;
  std::optional<MemoryFacts> memory;
  std::vector<Disk> disks;
  std::vector<Interface> interfaces;
  std::optional<GpuFacts> gpu;
  double interval_seconds = 0;  ///< between the two readings, by the node's own clock; 0 when nothing was read twice
  std::int64_t boot_time = 0;   ///< seconds since 1970; 0 when the node does not tell
  std::int64_t time = 0;        ///< of the node's clock, the same way
};

/// One POSIX shell script for everything asked; needs no root, always exits 0. It takes a little over
/// `interval_seconds` when cpu or network is asked for (both share the one sleep), else it does not sleep.
[[nodiscard]] std::string monitor_fragment(Metrics metrics, double interval_seconds);

/// `answer` is the standard output of the fragment for the same metrics. Error (host_failed) when it is not, for
/// example because it was cut.
[[nodiscard]] core::Result<MonitorFacts> parse_monitor(std::string_view answer, Metrics metrics);

}  // namespace cef::probe
