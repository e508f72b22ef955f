#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cef::probe {

struct TemperatureSensor {
  std::string name;    ///< "cpu-thermal", "coretemp: Package id 0"
  std::string source;  ///< "thermal_zone0", "hwmon1/temp1", "sensors", "vcgencmd"
  double celsius = 0;
  std::optional<double> critical_celsius;
};

/// Only what a sensor really says: absent, unreadable, disabled and absurd readings are left out, and a chip that
/// shows in several places counts once.
struct TemperatureFacts {
  std::vector<TemperatureSensor> sensors;
  std::optional<std::size_t> chosen;       ///< the sensor that stands for the CPU; none: no CPU sensor
  std::string chosen_why;                  ///< "the package sensor of the CPU"; without a CPU sensor: why there is none
  std::optional<unsigned> throttled_bits;  ///< a Raspberry Pi's `vcgencmd get_throttled`
  std::vector<std::string> throttled;      ///< those bits in words: "under-voltage now", "throttled since boot"
};

}  // namespace cef::probe
