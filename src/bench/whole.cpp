#include "cef/bench/whole.hpp"

namespace cef::bench {

Whole sum_up(std::span<const EdgeShare> edges, std::uint64_t seed) {
  Whole whole;
  std::vector<double> savings;
  std::vector<NamedVerdict> verdicts;
  std::size_t measured = 0;
  for (const EdgeShare& edge : edges) {
    verdicts.push_back(edge.verdict);
    if (edge.measured) {
      savings.insert(savings.end(), edge.measured->savings.begin(), edge.measured->savings.end());
      whole.accuracy_drop_points += edge.measured->accuracy_drop_points;
      ++measured;
    }
  }
  if (measured > 0) {
    whole.accuracy_drop_points /= static_cast<double>(measured);
  }
  const auto interval = bootstrap_mean(savings, seed);
  whole.saving_percent = 100.0 * summarise(savings).mean;
  whole.saving_interval_percent = {100.0 * interval.low, 100.0 * interval.high};
  whole.verdict = judge_all(verdicts);
  return whole;
}

}  // namespace cef::bench
