#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cef::probe {

/// Utilisation is the share of time not idle and not waiting for a disk, between two readings of /proc/stat.
struct CpuFacts {
  std::string model;        ///< empty where the node does not tell
  std::uint64_t cores = 0;  ///< online
  double load_1m = 0;
  double load_5m = 0;
  double load_15m = 0;
  double utilisation_percent = 0;
  std::vector<double> core_utilisation_percent;
  std::optional<double> frequency_mhz;  ///< mean over the cores
  /// Since boot, all cores together: user, nice, system, idle, iowait, irq, softirq, steal.
  std::map<std::string, double> seconds_by_mode;
  std::map<unsigned, std::map<std::string, double>> core_seconds_by_mode;  ///< by the kernel's number of the core
};

}  // namespace cef::probe
