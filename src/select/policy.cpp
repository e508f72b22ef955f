#include "cef/select/policy.hpp"

#include <cmath>
#include <cstdio>

namespace cef::select {

namespace {

constexpr double k_equal_points = 1e-9;  // 93.39 - 10 against 83.39 must not depend on rounding

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string milliseconds(Seconds time) {
  const double ms = time.count() * 1e3;
  return format(ms < 10 ? "%.2f ms" : "%.1f ms", ms);
}

const Candidate& most_accurate(std::span<const Candidate> candidates) {
  const Candidate* best = &candidates.front();
  for (const Candidate& candidate : candidates) {
    const double ahead = candidate.accuracy_percent - best->accuracy_percent;
    if (ahead > k_equal_points || (std::abs(ahead) <= k_equal_points && candidate.predicted < best->predicted)) {
      best = &candidate;
    }
  }
  return *best;
}

/// The reason why `candidate` may not be taken; empty when it may.
std::string excluded(const Candidate& candidate, const Candidate& reference, const Limits& limits) {
  const double drop = reference.accuracy_percent - candidate.accuracy_percent;
  if (drop > limits.accuracy_budget_points + k_equal_points) {
    return format("accuracy %.2f points", drop) + " below " + reference.name + ", more than the budget of " +
           format("%g", limits.accuracy_budget_points);
  }
  if (limits.memory_available && candidate.memory > *limits.memory_available) {
    return "needs " + to_human(candidate.memory) + " of memory, " + to_human(*limits.memory_available) + " is free";
  }
  return {};
}

Choice greedy(std::span<const Candidate> candidates) {
  const Candidate& best = most_accurate(candidates);
  Choice choice{Policy::greedy, best.name, {}};
  for (const Candidate& candidate : candidates) {
    const double behind = best.accuracy_percent - candidate.accuracy_percent;
    std::string text = "most accurate: " + format("%.2f %%", candidate.accuracy_percent);
    if (&candidate != &best) {
      text = behind <= k_equal_points ? "as accurate as " + best.name + " but predicted slower"
                                      : format("%.2f points", behind) + " below " + best.name;
    }
    choice.reasons.push_back({candidate.name, &candidate == &best, true, text});
  }
  return choice;
}

core::Result<Choice> fastest(Policy policy, std::span<const Candidate> candidates, const Limits& limits) {
  const auto latency = [policy](const Candidate& c) { return policy == Policy::oracle ? *c.measured : c.predicted; };
  const Candidate& reference = most_accurate(candidates);
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!excluded(candidate, reference, limits).empty()) {
      continue;
    }
    const bool tie = best != nullptr && latency(candidate) == latency(*best);
    if (best == nullptr || latency(candidate) < latency(*best) ||
        (tie && candidate.accuracy_percent > best->accuracy_percent)) {
      best = &candidate;
    }
  }
  if (best == nullptr) {
    return core::fail(core::ErrorCode::general, "no candidate within the accuracy budget fits the free memory of " +
                                                    to_human(limits.memory_available.value_or(core::Bytes{})) +
                                                    "; free memory on the edge or offer a smaller model");
  }
  const char* kind = policy == Policy::oracle ? "measured" : "predicted";
  Choice choice{policy, best->name, {}};
  for (const Candidate& candidate : candidates) {
    std::string text = excluded(candidate, reference, limits);
    const bool eligible = text.empty();
    if (&candidate == best) {
      text = std::string("lowest ") + kind + " latency within the budget: " + milliseconds(latency(candidate));
    } else if (eligible) {
      text = std::string(kind) + " slower: " + milliseconds(latency(candidate)) + " against " +
             milliseconds(latency(*best));
    }
    choice.reasons.push_back({candidate.name, &candidate == best, eligible, text});
  }
  return choice;
}

}  // namespace

const char* to_string(AccuracySource source) noexcept {
  return source == AccuracySource::measured ? "measured" : "quoted";
}

const char* to_string(Policy policy) noexcept {
  switch (policy) {
    case Policy::greedy:
      return "greedy";
    case Policy::advanced:
      return "advanced";
    case Policy::oracle:
      return "oracle";
  }
  return "";
}

core::Result<Choice> choose(Policy policy, std::span<const Candidate> candidates, const Limits& limits) {
  if (candidates.empty()) {
    return core::fail(core::ErrorCode::usage, "there is no model to choose from; name at least one with --models");
  }
  if (!(limits.accuracy_budget_points >= 0)) {
    return core::fail(core::ErrorCode::usage, "the accuracy budget is " + format("%g", limits.accuracy_budget_points) +
                                                  "; write a number of points that is not negative");
  }
  if (policy == Policy::greedy) {
    return greedy(candidates);
  }
  if (policy == Policy::oracle) {
    for (const Candidate& candidate : candidates) {
      if (!candidate.measured) {
        return core::fail(core::ErrorCode::usage,
                          "the oracle needs a measured latency of every candidate; " + candidate.name + " has none");
      }
    }
  }
  return fastest(policy, candidates, limits);
}

}  // namespace cef::select
