#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/bench/runner.hpp"

namespace cef::bench {

/// By how much an edge may change during the trials before they prove nothing.
struct ChangeLimits {
  double load_share = 0.5;          ///< of the edge's CPUs, kept busy by others
  double temperature_celsius = 25;  ///< a rise
  double link_ratio = 3;            ///< either way: of the round trip, when it is also more than 10 ms, and of the rate
  bool throttling = false;          ///< allowed
};

/// CPUs that others than the runner kept busy between the two.
[[nodiscard]] double other_cpus_between(const EdgeCondition& before, const EdgeCondition& after);

/// One sentence for each change beyond its limit, with figures and what to do. What the edge does not tell is not
/// judged.
[[nodiscard]] std::vector<std::string> changes_between(const EdgeCondition& before, const EdgeCondition& after,
                                                       const ChangeLimits& limits);

/// One download of a cold trial.
struct Fetch {
  std::string model;
  Seconds start{0};
  Seconds time{0};
};

/// By how much longer the downloads of the second half took than those of the first; below 1: quicker. Each is compared
/// with the quickest one of its model: what connecting and TCP's beginning take is in both. A single one that stalled
/// decides nothing. None for fewer than four of models whose mean time is 0.2 s or more.
[[nodiscard]] std::optional<double> slowdown_of_link(std::vector<Fetch> fetches);
/// A sentence as above when that is beyond the limit.
[[nodiscard]] std::vector<std::string> rate_changes(std::vector<Fetch> fetches, const ChangeLimits& limits);

}  // namespace cef::bench
