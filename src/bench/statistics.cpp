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

Interval bootstrap_difference(std::size_t plus, std::size_t minus, std::size_t count, std::uint64_t seed) {
  if (count == 0) {
    return {};
  }
  // Two draws from each number of the engine: of 32 bits each, so that `count` stays far below their range.
  const auto share = [count](std::size_t part) {
    return static_cast<std::uint32_t>(static_cast<double>(part) / static_cast<double>(count) * 4294967295.0);
  };
  const std::uint32_t up = share(plus);
  const std::uint32_t down = share(plus + minus);
  std::mt19937_64 random(seed);
  std::vector<double> means(k_resamples);
  for (double& mean : means) {
    std::int64_t sum = 0;
    const auto add = [&](std::uint32_t draw) { sum += draw < up ? 1 : draw < down ? -1 : 0; };
    for (std::size_t i = 0; i < count; i += 2) {
      const std::uint64_t both = random();
      add(static_cast<std::uint32_t>(both));
      if (i + 1 < count) {
        add(static_cast<std::uint32_t>(both >> 32U));
      }
    }
    mean = static_cast<double>(sum) / static_cast<double>(count);
  }
  std::sort(means.begin(), means.end());
  return {quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace cef::bench
