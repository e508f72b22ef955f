#pragma once

#include <string>
#include <vector>

#include "cef/bench/runner.hpp"

namespace cef::bench {

/// By how much an edge may change during the trials before they prove nothing.
struct ChangeLimits {
  double load_share = 0.5;          ///< of the edge's CPUs, kept busy by others
  double temperature_celsius = 25;  ///< a rise
  double round_trip_ratio = 3;      ///< either way, when it is also more than 10 ms
  bool throttling = false;          ///< allowed
};

/// CPUs that others than the runner kept busy between the two.
[[nodiscard]] double other_cpus_between(const EdgeCondition& before, const EdgeCondition& after);

/// One sentence for each change beyond its limit, with figures and what to do. What the edge does not tell is not
/// judged.
[[nodiscard]] std::vector<std::string> changes_between(const EdgeCondition& before, const EdgeCondition& after,
                                                       const ChangeLimits& limits);

}  // namespace cef::bench
