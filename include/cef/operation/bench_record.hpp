#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/bench/statistics.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::operation {

/// What a document of 'cef bench --json' (schema cef.bench/2) says, checked. Times are seconds, shares per cent.
struct RecordVerdict {
  std::string outcome;  ///< "pass", "fail" or "invalid"
  std::vector<std::string> reasons;
};

struct RecordSteps {
  double status = 0;
  double selection = 0;
  double fetch = 0;
  double load = 0;
  double inference = 0;
  double result = 0;
  double total = 0;
};

struct RecordLatency {
  std::size_t count = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  std::vector<double> images;  ///< a sample, spread evenly over the run
};

struct RecordDeadline {
  double deadline = 0;
  double percent = 0;  ///< of images classified right and in time
};

/// One model in one state.
struct RecordStateRun {
  std::size_t trial_count = 0;
  RecordSteps mean;
  RecordLatency latency;
  std::vector<RecordDeadline> effective_accuracy;
  std::vector<RecordSteps> trials;  ///< a sample
};

struct RecordModelRun {
  std::string model;
  double accuracy_percent = 0;
  std::size_t images = 0;
  std::size_t failed_images = 0;
  std::optional<RecordStateRun> cold;
  std::optional<RecordStateRun> warm;
};

struct RecordReason {
  std::string model;
  bool chosen = false;
  bool eligible = false;
  std::string text;
};

struct RecordChoice {
  std::string model;
  std::vector<RecordReason> reasons;
};

/// Of the baseline and one other choice; unset where no trials ran.
struct RecordComparison {
  std::optional<double> accuracy_drop_points;
  std::optional<bench::Interval> accuracy_drop_interval;
  std::optional<double> saving_percent;
  std::optional<bench::Interval> saving_interval;
  std::optional<double> latency_saving_percent;
};

struct RecordRegret {
  std::string policy;
  double percent = 0;
};

/// One state of one edge: "cold" or "warm".
struct RecordState {
  RecordChoice greedy;
  RecordChoice advanced;
  std::optional<RecordChoice> advanced_exact;
  std::optional<RecordChoice> fastest;
  std::optional<RecordChoice> oracle;
  std::size_t trial_count = 0;
  RecordComparison comparison;
  RecordComparison exact;  ///< greedy and advanced_exact
  std::vector<RecordRegret> regret;
};

struct RecordPrediction {
  std::string model;
  bool exact = true;
  double accuracy_percent = 0;
  double fetch = 0;
  double load = 0;
  double image = 0;
  double fixed = 0;
  double uncertainty = 0;  ///< relative standard deviation of `image`
  double total_cold = 0;
  double total_warm = 0;
  std::uint64_t memory_bytes = 0;
};

/// A thing's name and its value, in the document's order: environment, condition.
struct RecordField {
  std::string name;
  std::string value;
};

struct RecordEdge {
  std::string name;
  std::string connection;
  RecordVerdict verdict;
  std::string error;  ///< empty: none
  std::vector<RecordField> environment;
  std::vector<RecordField> before;
  std::vector<RecordField> after;
  std::vector<std::string> changed;
  std::optional<double> memory_available_bytes;
  std::vector<RecordPrediction> predicted;
  std::optional<RecordState> cold;  ///< neither when the edge has no result
  std::optional<RecordState> warm;
  std::vector<RecordModelRun> models;

  [[nodiscard]] const RecordModelRun* find(std::string_view model) const;
  [[nodiscard]] const std::optional<RecordState>& in(bool cold_state) const { return cold_state ? cold : warm; }
  [[nodiscard]] std::string environment_of(std::string_view wanted) const;
};

struct RecordModel {
  std::string name;
  std::string precision;
  bool exact = true;
  std::string digest;
  std::uint64_t file_bytes = 0;
  std::uint64_t parameters = 0;
  std::uint64_t macs = 0;
  double accuracy_percent = 0;
  std::string accuracy_origin;
};

struct RecordDataset {
  std::string name;
  std::string source;
  std::string digest;
  std::size_t images = 0;
  std::size_t available = 0;
  std::size_t classes = 0;
  std::size_t height = 0;
  std::size_t width = 0;
};

struct BenchRecord {
  std::string file;  ///< where it was read
  std::string cef_version;
  std::string started;
  double elapsed = 0;
  bool interrupted = false;
  bool cold_verdict = false;  ///< the verdict is about cold trials
  RecordVerdict verdict;
  std::optional<double> saving_percent;
  std::optional<bench::Interval> saving_interval;
  std::optional<double> accuracy_drop_points;
  double max_accuracy_drop_points = 10;
  double min_saving_percent = 20;
  double accuracy_budget_points = 10;
  std::size_t images_per_trial = 1;
  bool oracle = false;
  std::uint64_t seed = 1;
  std::vector<double> deadlines;
  core::Json settings;  ///< all of them
  RecordDataset dataset;
  std::vector<RecordModel> models;
  std::vector<RecordEdge> edges;
};

/// `origin` names the source in messages. Error (usage): not JSON, of another schema, or a value that is not what the
/// schema says, named by its path.
[[nodiscard]] core::Result<BenchRecord> parse_bench_record(std::string_view text, const std::string& origin);
[[nodiscard]] core::Result<BenchRecord> read_bench_record(const std::filesystem::path& file);

}  // namespace cef::operation
