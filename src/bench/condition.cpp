#include "cef/bench/condition.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cef::bench {

namespace {

constexpr double k_noticeable_round_trip_seconds = 0.01;

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
  if (longer - shorter > k_noticeable_round_trip_seconds && longer > limits.round_trip_ratio * shorter) {
    changes.push_back(
        format("the round trip to the edge was %.1f ms before and %.1f ms after the trials (a factor of %g is "
               "allowed); wait until the link is steady, or raise --max-link-change",
               before.round_trip.count() * 1e3, after.round_trip.count() * 1e3, limits.round_trip_ratio));
  }
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

}  // namespace cef::bench
