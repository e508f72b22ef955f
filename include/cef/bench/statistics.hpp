#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cef::bench {

/// Linear interpolation between the order statistics around rank (n - 1) · q (Hyndman and Fan's type 7, NumPy's
/// default). `sorted` ascending and not empty; 0 ≤ q ≤ 1.
[[nodiscard]] double quantile(std::span<const double> sorted, double q);

struct Summary {
  std::size_t count = 0;
  double mean = 0;
  double min = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};
/// All zeros for no values.
[[nodiscard]] Summary summarise(std::vector<double> values);

struct Interval {
  double low = 0;
  double high = 0;
};
/// 95 % interval of the mean by the percentile bootstrap (2,000 resamples). The same seed gives the same interval on
/// every machine.
[[nodiscard]] Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed);

/// The same for `count` values of which `plus` are 1, `minus` are -1 and the others 0: what two classifiers' answers to
/// the same images differ by.
[[nodiscard]] Interval bootstrap_difference(std::size_t plus, std::size_t minus, std::size_t count, std::uint64_t seed);

}  // namespace cef::bench
