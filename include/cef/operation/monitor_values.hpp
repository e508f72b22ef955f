#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/probe/monitor.hpp"

namespace cef::operation {

enum class Unit { percent, celsius, plain, bytes_per_s };
/// "%", "°C", "", "B/s"
[[nodiscard]] const char* to_string(Unit unit) noexcept;

/// One number of a sample, which an alert, the history and the live table know by its name.
struct MonitorValue {
  const char* name;  ///< "gpu.temperature"
  Unit unit;
  probe::Metric metric;  ///< what must be asked for
  const char* meaning;
  std::optional<double> (*of)(const probe::MonitorFacts&);
};

/// temperature, cpu, load, memory, swap, disk, inodes, rx, tx, gpu, gpu.temperature, gpu.memory, throttled.
[[nodiscard]] const std::vector<MonitorValue>& monitor_values();
/// Error (usage) with the nearest name.
[[nodiscard]] core::Result<const MonitorValue*> find_monitor_value(const std::string& name);

/// "temperature", "cpu", …, "all" or-ed together; none is all. Error (usage) with the nearest name.
[[nodiscard]] core::Result<probe::Metrics> parse_metrics(const std::vector<std::string>& names);

enum class Comparison { above, at_least, below, at_most };

/// A limit, as `--alert` takes it.
struct AlertRule {
  std::string text;  ///< as it was written
  const MonitorValue* value = nullptr;
  Comparison comparison = Comparison::above;
  double limit = 0;

  /// The value, when it is beyond the limit. A host that does not tell the value is not beyond it.
  [[nodiscard]] std::optional<double> broken_by(const probe::MonitorFacts& facts) const;
};

/// "temperature>80", "disk >= 90%", "rx>10M" (powers of 1024), "throttled". Error: usage.
[[nodiscard]] core::Result<AlertRule> parse_alert(std::string_view text);

/// Per cent of `total`; nothing when `total` is 0.
[[nodiscard]] std::optional<double> used_percent(core::Bytes available, core::Bytes total);
/// As `df` reckons: what root alone may use is not counted.
[[nodiscard]] std::optional<double> used_percent(const probe::Disk& disk);
/// The file system with the largest share in use; null without one.
[[nodiscard]] const probe::Disk* fullest(const probe::MonitorFacts& facts);

}  // namespace cef::operation
