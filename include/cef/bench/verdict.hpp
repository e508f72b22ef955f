#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cef/bench/statistics.hpp"
#include "cef/bench/trials.hpp"

namespace cef::bench {

struct Thresholds {
  double max_accuracy_drop_points = 10;
  double min_saving_percent = 20;
};

struct Accuracy {
  std::size_t correct = 0;
  std::size_t images = 0;
  std::size_t failed = 0;  ///< counted as wrong, and they make a run INVALID
  [[nodiscard]] double percent() const {
    return images == 0 ? 0.0 : 100.0 * static_cast<double>(correct) / static_cast<double>(images);
  }
};

/// Greedy against another policy in one state on one edge.
struct Comparison {
  double accuracy_drop_points = 0;         ///< greedy minus the other
  Interval accuracy_drop_interval_points;  ///< 95 %, paired by image
  std::vector<double> savings;             ///< (t_b - t_a) / t_b of each pair of trials, t the trial's total time
  double saving_percent = 0;               ///< their mean
  Interval saving_interval_percent;        ///< 95 %
  double latency_saving_percent = 0;       ///< the same of the mean latency of one image
};

enum class Outcome { pass, fail, invalid };
[[nodiscard]] const char* to_string(Outcome outcome) noexcept;

struct Verdict {
  Outcome outcome = Outcome::invalid;
  std::vector<std::string> reasons;  ///< none for pass
};

/// (t_b - t_a) / t_b, pair by pair.
[[nodiscard]] std::vector<double> savings_of(std::span<const StepTimes> baseline, std::span<const StepTimes> advanced);

/// What a verdict is made from.
struct Evidence {
  std::string baseline_model;
  std::string advanced_model;
  Accuracy baseline;
  Accuracy advanced;
  Comparison comparison;
  std::size_t trials = 0;  ///< of each of the two, in the verdict's state
  double elapsed_seconds = 0;
  std::size_t failed_images = 0;  ///< in trials
  std::size_t other_choices = 0;
  bool interrupted = false;
  std::vector<std::string> changed;  ///< as changes_between gives it
};
/// INVALID before FAIL before PASS; every reason says what to change.
[[nodiscard]] Verdict judge(const Evidence& evidence, const TrialSettings& settings, const Thresholds& thresholds);

/// All edges together: INVALID when one is, FAIL when one is, else PASS. An edge without a result counts as INVALID.
struct NamedVerdict {
  std::string edge;
  Verdict verdict;
};
[[nodiscard]] Verdict judge_all(std::span<const NamedVerdict> edges);

}  // namespace cef::bench
