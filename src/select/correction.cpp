#include "cef/select/correction.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace cef::select {

namespace {

/// Older ones say little: the machine, its library and cef have changed.
constexpr std::size_t k_newest = 8;

/// Standard deviations of logarithms.
struct Level {
  double apart;  ///< how much groups of this level differ from the group above
  double noise;  ///< of one observation around its group's mean
  double drift;  ///< what no number of observations takes away
};
constexpr Level k_device{0.0, 0.15, 0.04};
constexpr Level k_family{0.06, 0.08, 0.03};
constexpr Level k_candidate{0.05, 0.05, 0.02};

using Ratio = std::function<std::optional<double>(const Observation&)>;
using Belongs = std::function<bool(const Observation&)>;

/// Logarithms of measured over predicted, newest first.
std::vector<double> ratios_of(std::span<const Observation> observations, const Ratio& ratio, const Belongs& belongs) {
  std::vector<const Observation*> found;
  for (const Observation& observation : observations) {
    if (belongs(observation) && ratio(observation)) {
      found.push_back(&observation);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto* a, const auto* b) { return a->time > b->time; });
  std::vector<double> ratios;
  for (const Observation* observation : found) {
    ratios.push_back(*ratio(*observation));
  }
  return ratios;
}

/// A normal belief about a logarithm.
struct Belief {
  double mean = 0;
  double variance = 0;
};

Belief update(Belief belief, const Level& level, std::vector<double> ratios, std::size_t most) {
  belief.variance += level.apart * level.apart;
  ratios.resize(std::min(ratios.size(), most));
  if (ratios.empty()) {
    return belief;
  }
  double sum = 0;
  for (const double ratio : ratios) {
    sum += ratio;
  }
  const auto count = static_cast<double>(ratios.size());
  const double variance = level.noise * level.noise / count + level.drift * level.drift;
  const double weight = belief.variance / (belief.variance + variance);
  return {belief.mean + weight * (sum / count - belief.mean), (1 - weight) * belief.variance};
}

Factor correct(std::span<const Observation> observations, const Subject& subject, double uncertainty,
               const Ratio& ratio) {
  const auto all = [](const Observation&) { return true; };
  const auto family = [&](const Observation& o) {
    return o.family == subject.family && o.precision == subject.precision && o.threads == subject.threads;
  };
  const auto itself = [&](const Observation& o) {
    return o.candidate == subject.candidate && o.precision == subject.precision && o.threads == subject.threads;
  };
  Belief belief{0, uncertainty * uncertainty};
  belief = update(belief, k_device, ratios_of(observations, ratio, all), 4 * k_newest);
  belief = update(belief, k_family, ratios_of(observations, ratio, family), 2 * k_newest);
  const auto own = ratios_of(observations, ratio, itself);
  belief = update(belief, k_candidate, own, k_newest);
  return {std::exp(belief.mean), std::sqrt(belief.variance), own.size()};
}

std::optional<double> log_ratio(Seconds measured, Seconds predicted) {
  return measured.count() > 0 && predicted.count() > 0 ? std::optional(std::log(measured / predicted)) : std::nullopt;
}

}  // namespace

Factor correct_image(std::span<const Observation> observations, const Subject& subject, double uncertainty) {
  return correct(observations, subject, uncertainty,
                 [](const Observation& o) { return log_ratio(o.measured, o.predicted); });
}

Factor correct_load(std::span<const Observation> observations, const Subject& subject, double uncertainty) {
  return correct(observations, subject, uncertainty, [](const Observation& o) {
    return o.predicted_load && o.measured_load ? log_ratio(*o.measured_load, *o.predicted_load) : std::nullopt;
  });
}

}  // namespace cef::select
