#include "cef/bench/condition.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace cef::bench {

namespace {

constexpr double k_noticeable_round_trip_seconds = 0.01;
constexpr Seconds k_telling_fetch{0.2};
constexpr std::size_t k_least_fetches = 4;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[300];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

void add_load(std::vector<std::string>& changes, const EdgeCondition& before, const EdgeCondition& after,
              const ChangeLimits& limits) {
  const double during = other_cpus_between(before, after);
  const double allowed = limits.load_share * static_cast<double>(before.cpus);
  const double furthest =
      std::abs(during - before.other_cpus) > std::abs(after.other_cpus - before.other_cpus) ? during : after.other_cpus;
  if (before.cpus > 0 && std::abs(furthest - before.other_cpus) > allowed) {
    changes.push_back(
        format("other programs kept %.1f of %d CPUs busy before the trials and %.1f %s (a change of %.1f is allowed); "
               "end what else runs on the edge, or raise --max-load-change",
               before.other_cpus, before.cpus, furthest, furthest == during ? "during them" : "after them", allowed));
  }
}

void add_heat(std::vector<std::string>& changes, const EdgeCondition& before, const EdgeCondition& after,
              const ChangeLimits& limits) {
  if (before.cpu_temperature_celsius && after.cpu_temperature_celsius &&
      *after.cpu_temperature_celsius - *before.cpu_temperature_celsius > limits.temperature_celsius) {
    changes.push_back(
        format("the processor went from %.0f to %.0f degrees Celsius (a rise of %g is allowed); warm it up or cool "
               "it, or raise --max-temperature-rise",
               *before.cpu_temperature_celsius, *after.cpu_temperature_celsius, limits.temperature_celsius));
  }
  if (!limits.throttling && (before.throttled.value_or(false) || after.throttled.value_or(false))) {
    changes.push_back(
        format("the processor was throttled %s the trials; see to cooling and power supply, or give "
               "--allow-throttling",
               before.throttled.value_or(false) ? "before" : "after"));
  }
}

void add_link(std::vector<std::string>& changes, const EdgeCondition& before, const EdgeCondition& after,
              const ChangeLimits& limits) {
  const double shorter = std::min(before.round_trip, after.round_trip).count();
  const double longer = std::max(before.round_trip, after.round_trip).count();
  if (longer - shorter > k_noticeable_round_trip_seconds && longer > limits.link_ratio * shorter) {
    changes.push_back(
        format("the round trip to the edge was %.1f ms before and %.1f ms after the trials (a factor of %g is "
               "allowed); wait until the link is steady, or raise --max-link-change",
               before.round_trip.count() * 1e3, after.round_trip.count() * 1e3, limits.link_ratio));
  }
}

/// Of models that take long enough to tell, in the order of time.
void keep_telling_ones(std::vector<Fetch>& fetches) {
  struct Sum {
    Seconds time{0};
    double count = 0;
  };
  std::map<std::string, Sum> sums;
  for (const Fetch& fetch : fetches) {
    sums[fetch.model].time += fetch.time;
    sums[fetch.model].count += 1;
  }
  std::erase_if(fetches, [&](const Fetch& fetch) {
    const Sum& sum = sums[fetch.model];
    return sum.time / sum.count < k_telling_fetch || fetch.time.count() <= 0;
  });
  std::sort(fetches.begin(), fetches.end(), [](const Fetch& a, const Fetch& b) { return a.start < b.start; });
}

double lower_median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

double other_cpus_between(const EdgeCondition& before, const EdgeCondition& after) {
  const double seconds = (after.clock - before.clock).count();
  const double busy = (after.busy_seconds - before.busy_seconds) - (after.own_seconds - before.own_seconds);
  return seconds > 0 ? std::max(0.0, busy / seconds) : 0.0;
}

std::vector<std::string> changes_between(const EdgeCondition& before, const EdgeCondition& after,
                                         const ChangeLimits& limits) {
  std::vector<std::string> changes;
  add_load(changes, before, after, limits);
  add_heat(changes, before, after, limits);
  add_link(changes, before, after, limits);
  return changes;
}

std::optional<double> slowdown_of_link(std::vector<Fetch> fetches) {
  keep_telling_ones(fetches);
  if (fetches.size() < k_least_fetches) {
    return std::nullopt;
  }
  std::map<std::string, Seconds> quickest;
  for (const Fetch& fetch : fetches) {
    const auto known = quickest.emplace(fetch.model, fetch.time).first;
    known->second = std::min(known->second, fetch.time);
  }
  const auto half = static_cast<std::ptrdiff_t>(fetches.size() / 2);
  std::vector<double> relative;
  for (const Fetch& fetch : fetches) {
    relative.push_back(fetch.time / quickest[fetch.model]);
  }
  return lower_median({relative.end() - half, relative.end()}) /
         lower_median({relative.begin(), relative.begin() + half});
}

std::vector<std::string> rate_changes(std::vector<Fetch> fetches, const ChangeLimits& limits) {
  const auto slowdown = slowdown_of_link(std::move(fetches));
  if (!slowdown || std::max(*slowdown, 1 / *slowdown) <= limits.link_ratio) {
    return {};
  }
  return {
      format("models came %.1f times as %s in the second half of the cold trials as in the first (a factor of %g is "
             "allowed); wait until the link is steady, or raise --max-link-change",
             std::max(*slowdown, 1 / *slowdown), *slowdown > 1 ? "slowly" : "quickly", limits.link_ratio)};
}

}  // namespace cef::bench
