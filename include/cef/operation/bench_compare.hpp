#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/operation/bench_record.hpp"

namespace cef::operation {

/// What a ratio of times says, by its 95 % interval.
enum class Change {
  faster,
  same,  ///< 1 is within the interval
  slower,
  unknown  ///< too few trials
};
[[nodiscard]] const char* to_string(Change change) noexcept;

/// The mean time of a trial in two runs.
struct TimeChange {
  double a = 0;
  double b = 0;
  double ratio = 1;                         ///< b / a
  std::optional<bench::Interval> interval;  ///< of the ratio, 95 %, bootstrap over the trials of both runs
  Change change = Change::unknown;
};

struct ModelChange {
  std::string model;
  bool cold = false;
  TimeChange time;
  double accuracy_a = 0;
  double accuracy_b = 0;
  bench::Interval accuracy_interval;  ///< 95 %, of b - a in points; as of two independent samples
};

/// What a policy chose in both runs, and how long a trial with its choice took.
struct PolicyChange {
  std::string policy;  ///< "greedy" or "advanced"
  bool cold = false;
  std::string model_a;
  std::string model_b;
  std::optional<TimeChange> time;
  std::optional<double> saving_a;
  std::optional<double> saving_b;
};

struct Difference {
  std::string edge;  ///< empty: of the whole run
  std::string name;
  std::string a;
  std::string b;
};

struct EdgeChange {
  std::string name;
  bool in_a = false;  ///< with a result
  bool in_b = false;
  std::string verdict_a;  ///< empty: the edge is not in the run
  std::string verdict_b;
  std::vector<std::string> not_comparable;  ///< why times of this edge do not compare
  std::vector<PolicyChange> policies;
  std::vector<ModelChange> models;
};

struct BenchComparison {
  std::string file_a;
  std::string file_b;
  std::string started_a;
  std::string started_b;
  std::string verdict_a;
  std::string verdict_b;
  std::vector<std::string> not_comparable;  ///< why nothing of the runs compares
  std::vector<Difference> differences;      ///< of settings and environments
  std::vector<EdgeChange> edges;            ///< those of a, then those that only b has
};
[[nodiscard]] BenchComparison compare_benches(const BenchRecord& a, const BenchRecord& b);

/// Why b is to be refused when at most `percent` more time is allowed: a time that is more than that above a's and
/// beyond chance, runs that do not compare, an edge or a model that is no longer there. Empty: nothing.
[[nodiscard]] std::vector<std::string> slower_than(const BenchComparison& comparison, double percent);

}  // namespace cef::operation
