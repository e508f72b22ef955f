#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/operation/bench_record.hpp"

namespace cef::operation {

/// What the measurements of one edge say of an accuracy budget: advanced's choice by its predictions, and the best by
/// hindsight. Unset where the models concerned were not measured.
struct AccuracyBudgetRow {
  double budget_points = 0;
  std::string advanced;               ///< empty: no choice is possible
  std::optional<double> drop_points;  ///< measured accuracy of greedy's model minus that of advanced's
  std::optional<double> saving;       ///< (t_b - t_a) / t_b of mean trial totals, per cent
  std::string best;                   ///< the lowest measured total within the budget; empty without --oracle
  std::optional<double> best_saving;
};
/// For the budgets 1, 2, 5, 10 points and that of the run.
[[nodiscard]] std::vector<AccuracyBudgetRow> accuracy_budgets(const BenchRecord& record, const RecordEdge& edge,
                                                              bool cold);

/// The most accurate measured model of which nine images in ten take at most `seconds` (p90, warm).
struct LatencyBudgetCell {
  double seconds = 0;
  const RecordModelRun* run = nullptr;  ///< none: every model is slower
};
/// Limits in the series 1, 2, 5 that cover what all edges measured; at most ten.
[[nodiscard]] std::vector<double> latency_limits(const BenchRecord& record);
[[nodiscard]] std::vector<LatencyBudgetCell> latency_budgets(const RecordEdge& edge, const std::vector<double>& limits);

/// A measured model in the plane of mean latency (warm) and accuracy.
struct PlanePoint {
  const RecordModelRun* run = nullptr;
  double latency = 0;
  double accuracy_percent = 0;
  bool on_front = false;  ///< no other is both as fast and as accurate
};
/// By latency.
[[nodiscard]] std::vector<PlanePoint> plane_of(const RecordEdge& edge);

/// A command line that repeats the run: the settings that are not cef's defaults. Inventory and connection are not in
/// the record: with edges other than this machine `-i INVENTORY` stands for them.
[[nodiscard]] std::string repeat_command(const BenchRecord& record);

}  // namespace cef::operation
