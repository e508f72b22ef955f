#pragma once

#include <string_view>
#include <vector>

#include "answer.hpp"
#include "cef/probe/monitor.hpp"

namespace cef::probe {

// One part a metric: the shell that asks, and the parser of its sections. The shell may use what monitor.cpp defines:
// `bound SECONDS COMMAND…` and `ask SECTION SECONDS COMMAND…`; its standard error goes nowhere.

[[nodiscard]] std::string_view temperature_part();
[[nodiscard]] TemperatureFacts parse_temperature(const Sections& sections);

[[nodiscard]] std::string_view cpu_part();
[[nodiscard]] CpuFacts parse_cpu(const Sections& sections);

[[nodiscard]] std::string_view memory_part();
[[nodiscard]] MemoryFacts parse_memory(const Sections& sections);

[[nodiscard]] std::string_view disk_part();
[[nodiscard]] std::vector<Disk> parse_disks(const Sections& sections);

[[nodiscard]] std::string_view network_part();
/// `interval_seconds` 0: no rates.
[[nodiscard]] std::vector<Interface> parse_interfaces(const Sections& sections, double interval_seconds);

[[nodiscard]] std::string_view gpu_part();
[[nodiscard]] GpuFacts parse_gpu(const Sections& sections);

/// What a Jetson tells of its own GPU, by tegrastats or /sys.
struct TegraGpu {
  std::string name;
  std::string driver;
  std::optional<double> temperature_celsius;
  std::optional<double> utilisation_percent;
  std::optional<double> power_watts;
};
/// None where the node is not a Jetson.
[[nodiscard]] std::optional<TegraGpu> parse_tegra(const Sections& sections);

}  // namespace cef::probe
