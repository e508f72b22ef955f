#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cef/operation/monitor.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::MonitorHost& host);
/// A "host" event of a stream.
core::Json sample_json(std::uint64_t sample, const operation::MonitorHost& host);

/// A row a host; when one metric was asked for, all there is to say of it.
std::string monitor_text(const operation::FleetResult<operation::MonitorHost>& result, probe::Metrics asked,
                         const Style& style);
/// The table alone, without the count of hosts.
Table monitor_details(const operation::FleetResult<operation::MonitorHost>& result, probe::Metric metric);

/// OpenMetrics 1.0 with the names of node_exporter and, for GPUs, nvidia_gpu_exporter; label `instance` is the host.
std::string openmetrics_text(const operation::FleetResult<operation::MonitorHost>& result);

/// "71.3°C", "34%", "1.2", "3.4 MiB/s"
std::string value_text(double value, operation::Unit unit);

/// One character for each of the last `width` values, from `low` (the lowest bar) to `high`. Gaps are NaN.
std::string sparkline(const std::vector<double>& values, std::size_t width, double low, double high);

/// The live table: what is on the screen follows from this alone.
class WatchView {
 public:
  enum class Sort { host, temperature, cpu, memory, network, gpu };

  explicit WatchView(const std::vector<std::string>& hosts);
  void take(const operation::MonitorHost& host);
  void sort_by(Sort sort) noexcept { sort_ = sort; }
  /// Keys h, t, c, m, n, g. False: it is none of them.
  bool sort_by_key(char key) noexcept;
  void set_interval(core::Milliseconds interval) noexcept { interval_ = interval; }
  void set_sample(std::uint64_t sample) noexcept { sample_ = sample; }
  /// At most `height` lines, without a line end after the last; lines wider than the terminal are left to be cut by it.
  [[nodiscard]] std::string frame(const std::string& time, unsigned height, const Style& style) const;

 private:
  struct Row {
    operation::MonitorHost host;
    bool seen = false;
    std::deque<double> cpu;  ///< the last samples; NaN where there was none
    std::deque<double> temperature;
  };
  [[nodiscard]] std::vector<const Row*> sorted() const;
  [[nodiscard]] std::vector<Cell> cells(const Row& row, const Style& style) const;
  std::vector<Row> rows_;
  Sort sort_ = Sort::host;
  core::Milliseconds interval_{0};
  std::uint64_t sample_ = 0;
};

}  // namespace cef::report
