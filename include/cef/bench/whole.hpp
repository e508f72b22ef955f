#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/bench/verdict.hpp"

namespace cef::bench {

/// What one edge gives to the verdict over all of them, in the verdict's state.
struct EdgeShare {
  struct Measured {
    std::vector<double> savings;
    double accuracy_drop_points = 0;
  };
  NamedVerdict verdict;
  std::optional<Measured> measured;  ///< none: the edge has no result
};

/// All edges together.
struct Whole {
  double saving_percent = 0;  ///< mean over all trials of all measured edges
  Interval saving_interval_percent;
  double accuracy_drop_points = 0;  ///< mean over the measured edges
  Verdict verdict;
};
[[nodiscard]] Whole sum_up(std::span<const EdgeShare> edges, std::uint64_t seed);

}  // namespace cef::bench
