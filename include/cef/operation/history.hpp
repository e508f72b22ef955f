#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/operation/monitor.hpp"

namespace cef::operation {

/// `$XDG_DATA_HOME/cef/history.db`, else `~/.local/share/cef/history.db`.
[[nodiscard]] std::filesystem::path default_history_file();

/// Where samples are kept.
class HistoryStore {
 public:
  /// Makes the file. Errors: usage, integrity (a damaged file), general.
  static core::Result<HistoryStore> create(const std::filesystem::path& file);
  HistoryStore(HistoryStore&&) noexcept;
  ~HistoryStore();
  /// All hosts of one sample, those without an answer left out, at once or not at all.
  [[nodiscard]] core::Result<void> add(const std::vector<MonitorHost>& hosts);

 private:
  struct Parts;
  explicit HistoryStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

struct HistoryOptions {
  std::filesystem::path file;              ///< empty: the default
  std::vector<std::string> hosts;          ///< none: all
  std::vector<std::string> values;         ///< names of monitor_values(); none: temperature, cpu, memory
  core::Milliseconds since{86'400'000};    ///< before now
  std::optional<core::Milliseconds> keep;  ///< delete what is older
};

struct HistoryPoint {
  std::chrono::system_clock::time_point time;
  double value = 0;
};

/// One value of one host; at least one point.
struct HistorySeries {
  std::string host;
  const MonitorValue* value = nullptr;
  std::vector<HistoryPoint> points;  ///< in order of time
  double min = 0;
  double mean = 0;
  double max = 0;
};

struct HistoryResult {
  std::filesystem::path file;
  std::chrono::system_clock::time_point from;
  std::chrono::system_clock::time_point to;
  std::vector<HistorySeries> series;    ///< by value, then by host
  std::optional<std::int64_t> deleted;  ///< samples, when `keep` was given
};

/// Errors: usage (no history there, a file of something else, a name that is not known), integrity (damaged).
core::Result<HistoryResult> history(const HistoryOptions& options);

}  // namespace cef::operation
