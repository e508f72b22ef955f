#include <algorithm>
#include <array>
#include <cmath>

#include "cef/select/predictor.hpp"

namespace cef::select {

namespace {

constexpr int k_rounds = 8;    // of weights
constexpr int k_sweeps = 400;  // of coordinates; five of them converge long before
constexpr double k_fast = 2e10;
using Terms = std::array<double, 5>;

/// Scaled so that the numbers are of one size.
Terms terms_of(const TimedLoad& load) {
  return {1, load.layers / 50, load.layers * load.layers / 2500, load.distinct / 10, load.bytes / 1e7};
}

double sum_of(const Terms& cost, const Terms& terms) {
  double sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    sum += cost[i] * terms[i];
  }
  return sum;
}

/// Weighted least squares without negative parts, one coordinate after the other.
void descend(Terms& cost, std::span<const TimedLoad> loads, std::span<const double> weights) {
  for (int sweep = 0; sweep < k_sweeps; ++sweep) {
    for (std::size_t i = 0; i < cost.size(); ++i) {
      double against = 0;
      double along = 0;
      for (std::size_t k = 0; k < loads.size(); ++k) {
        const Terms terms = terms_of(loads[k]);
        const double rest = loads[k].time.count() - sum_of(cost, terms) + cost[i] * terms[i];
        against += weights[k] * terms[i] * rest;
        along += weights[k] * terms[i] * terms[i];
      }
      cost[i] = along > 0 ? std::max(0.0, against / along) : 0.0;
    }
  }
}

}  // namespace

LoadCost fit_loads(std::span<const TimedLoad> loads) {
  Terms cost{};
  std::vector<double> weights(loads.size());
  for (int round = 0; round < k_rounds; ++round) {
    for (std::size_t k = 0; k < loads.size(); ++k) {
      // Squares of relative errors first, then their amounts: a load that was disturbed counts once, not by its square.
      const double time = std::max(loads[k].time.count(), 1e-7);
      const double off = std::fabs(sum_of(cost, terms_of(loads[k])) / time - 1);
      weights[k] = 1 / (time * time * (round == 0 ? 1.0 : std::max(off, 0.02)));
    }
    descend(cost, loads, weights);
  }
  const double rate = cost[4] > 0 ? std::min(1e7 / cost[4], k_fast) : k_fast;
  return {Seconds(cost[0]), Seconds(cost[1] / 50), Seconds(cost[2] / 2500), rate, Seconds(cost[3] / 10)};
}

}  // namespace cef::select
