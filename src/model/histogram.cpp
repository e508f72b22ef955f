#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace cef::model {

namespace {
constexpr std::size_t k_bins = 4096;
}  // namespace

float Histogram::largest() const {
  return std::max(-low_, high_);
}

void Histogram::widen(std::span<const float> elements) {
  for (const float e : elements) {
    low_ = std::min(low_, e);
    high_ = std::max(high_, e);
  }
}

void Histogram::count(std::span<const float> elements) {
  bins_.resize(k_bins);
  if (!(largest() > 0)) {
    return;
  }
  const float factor = static_cast<float>(k_bins) / largest();
  for (const float e : elements) {
    ++bins_[std::min(k_bins - 1, static_cast<std::size_t>(std::fabs(e) * factor))];
  }
}

double Histogram::loss(double limit, double step) const {
  const double width = static_cast<double>(largest()) / static_cast<double>(k_bins);
  double sum = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const double magnitude = width * (static_cast<double>(i) + 0.5);
    const double outside = std::max(0.0, magnitude - limit);
    sum += static_cast<double>(bins_[i]) * (outside > 0 ? outside * outside : step * step / 12);
  }
  return sum;
}

ValueRange Histogram::best_range() const {
  constexpr int k_percent = 100;
  constexpr int k_least_percent = 20;
  const bool positive = low_ >= 0;
  double best = largest();
  double least = loss(best, best / (positive ? 255 : 127));
  for (int percent = k_least_percent; percent < k_percent; ++percent) {
    const double limit = static_cast<double>(largest()) * percent / k_percent;
    const double lost = loss(limit, limit / (positive ? 255 : 127));
    if (lost < least) {
      least = lost;
      best = limit;
    }
  }
  const auto limit = static_cast<float>(best);
  return positive ? ValueRange{0, limit} : ValueRange{-limit, limit};
}

}  // namespace cef::model
