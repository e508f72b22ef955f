#include "cef/bench/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace cef::bench {

namespace {

constexpr std::size_t k_resamples = 2000;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

double quantile(std::span<const double> sorted, double q) {
  const double rank = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - static_cast<double>(below));
}

Summary summarise(std::vector<double> values) {
  if (values.empty()) {
    return {};
  }
  std::sort(values.begin(), values.end());
  return {values.size(),         mean_of(values),        values.front(), quantile(values, 0.5),
          quantile(values, 0.9), quantile(values, 0.99), values.back()};
}

Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  if (values.empty()) {
    return {};
  }
  // The engine's output is fixed by the standard, a distribution's is not: the remainder's bias is below 1e-13 here.
  std::mt19937_64 random(seed);
  std::vector<double> means(k_resamples);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[random() % values.size()];
    }
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  return {quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace cef::bench
