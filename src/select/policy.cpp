#include "cef/select/policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace cef::select {

namespace {

constexpr double k_worth_a_probe = 0.05;
constexpr double k_equal_points = 1e-9;  // 93.39 - 10 against 83.39 must not depend on rounding

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string time_text(Seconds time) {
  const double ms = time.count() * 1e3;
  return ms < 10 ? format("%.2f ms", ms) : ms < 1e3 ? format("%.1f ms", ms) : format("%.2f s", ms / 1e3);
}

bool may_take_part(const Candidate& candidate, const Limits& limits) {
  return candidate.exact || !limits.exact_only;
}

/// None when no candidate is exact.
const Candidate* most_accurate(std::span<const Candidate> candidates, const Limits& limits) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!candidate.exact) {
      continue;
    }
    const double ahead = best == nullptr ? 1 : candidate.accuracy_percent - best->accuracy_percent;
    if (ahead > k_equal_points || (std::abs(ahead) <= k_equal_points &&
                                   candidate.predicted.total(limits.images) < best->predicted.total(limits.images))) {
      best = &candidate;
    }
  }
  return best;
}

/// The reason why `candidate` may not be taken; empty when it may.
std::string excluded(Policy policy, const Candidate& candidate, const Candidate& reference, const Limits& limits) {
  if (!may_take_part(candidate, limits)) {
    return "not exact, and only exact ones were asked for";
  }
  const double drop = reference.accuracy_percent - candidate.accuracy_percent;
  if (policy != Policy::fastest && drop > limits.accuracy_budget_points + k_equal_points) {
    return format("accuracy %.2f points", drop) + " below " + reference.name + ", more than the budget of " +
           format("%g", limits.accuracy_budget_points);
  }
  if (limits.memory_available && candidate.memory > *limits.memory_available) {
    return "needs " + to_human(candidate.memory) + " of memory, " + to_human(*limits.memory_available) + " is free";
  }
  return {};
}

Choice greedy(std::span<const Candidate> candidates, const Candidate& best) {
  Choice choice{Policy::greedy, best.name, {}};
  for (const Candidate& candidate : candidates) {
    const double behind = best.accuracy_percent - candidate.accuracy_percent;
    std::string text = "most accurate: " + format("%.2f %%", candidate.accuracy_percent);
    if (!candidate.exact) {
      text = "not exact: greedy takes a plain fp32 model";
    } else if (&candidate != &best) {
      text = behind <= k_equal_points ? "as accurate as " + best.name + " but predicted slower"
                                      : format("%.2f points", behind) + " below " + best.name;
    }
    choice.reasons.push_back({candidate.name, &candidate == &best, candidate.exact, text});
  }
  return choice;
}

/// Total of a trial as the policy sees it.
Seconds total_of(Policy policy, const Candidate& candidate, const Limits& limits) {
  return policy == Policy::oracle ? *candidate.measured : candidate.predicted.total(limits.images);
}

std::string total_text(Policy policy, const Candidate& candidate, const Limits& limits) {
  return policy == Policy::oracle ? time_text(*candidate.measured) : explain(candidate.predicted, limits.images);
}

const Candidate* lowest(Policy policy, std::span<const Candidate> candidates, const Candidate& reference,
                        const Limits& limits) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!excluded(policy, candidate, reference, limits).empty()) {
      continue;
    }
    const Seconds total = total_of(policy, candidate, limits);
    const Seconds lead = best == nullptr ? Seconds(1) : total_of(policy, *best, limits) - total;
    if (lead.count() > 0 || (lead.count() == 0 && candidate.accuracy_percent > best->accuracy_percent)) {
      best = &candidate;
    }
  }
  return best;
}

core::Result<Choice> quickest(Policy policy, std::span<const Candidate> candidates, const Candidate& reference,
                              const Limits& limits) {
  const Candidate* best = lowest(policy, candidates, reference, limits);
  const std::string within = policy == Policy::fastest ? "" : " within the accuracy budget";
  if (best == nullptr) {
    return core::fail(core::ErrorCode::general, "no candidate" + within + " fits the free memory of " +
                                                    to_human(limits.memory_available.value_or(core::Bytes{})) +
                                                    "; free memory on the edge or offer a smaller model");
  }
  const std::string kind = policy == Policy::oracle ? "measured" : "predicted";
  Choice choice{policy, best->name, {}};
  for (const Candidate& candidate : candidates) {
    std::string text = excluded(policy, candidate, reference, limits);
    const bool eligible = text.empty();
    if (&candidate == best) {
      text = "lowest " + kind + " time" + (within.empty() ? "" : " within the budget") + ": " +
             total_text(policy, candidate, limits);
    } else if (eligible) {
      text = kind + " slower: " + total_text(policy, candidate, limits) + " against " +
             time_text(total_of(policy, *best, limits));
    }
    choice.reasons.push_back({candidate.name, &candidate == best, eligible, text});
  }
  return choice;
}

core::Result<void> check(Policy policy, std::span<const Candidate> candidates, const Limits& limits) {
  if (candidates.empty()) {
    return core::fail(core::ErrorCode::usage, "there is no model to choose from; name at least one with --models");
  }
  if (!(limits.accuracy_budget_points >= 0)) {
    return core::fail(core::ErrorCode::usage, "the accuracy budget is " + format("%g", limits.accuracy_budget_points) +
                                                  "; write a number of points that is not negative");
  }
  if (policy == Policy::oracle) {
    for (const Candidate& candidate : candidates) {
      if (!candidate.measured && may_take_part(candidate, limits)) {
        return core::fail(core::ErrorCode::usage,
                          "the oracle needs a measured time of every candidate; " + candidate.name + " has none");
      }
    }
  }
  return {};
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
    case Policy::fastest:
      return "fastest";
    case Policy::oracle:
      return "oracle";
  }
  return "";
}

std::string explain(const Forecast& forecast, std::size_t images) {
  struct Step {
    const char* name;
    Seconds time;
  };
  const Seconds inference = forecast.image * static_cast<double>(images);
  const std::array<Step, 4> steps = {
      {{"inference", inference}, {"fetch", forecast.fetch}, {"load", forecast.load}, {"messages", forecast.fixed}}};
  const auto& longest =
      *std::max_element(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.time < b.time; });
  const Seconds total = forecast.total(images);
  std::string text = time_text(total);
  if (inference == total) {
    return text;
  }
  text += std::string(", of which ") + longest.name + " " + time_text(longest.time);
  if (longest.time == forecast.fetch && forecast.link_bytes_per_second > 0) {
    text += format(" at %.3g Mbit/s", forecast.link_bytes_per_second * 8e-6);
  }
  return text;
}

std::vector<std::size_t> near_ties(std::span<const Candidate> candidates, const Limits& limits, std::size_t most) {
  const Candidate* reference = most_accurate(candidates, limits);
  std::vector<std::size_t> eligible;
  for (std::size_t i = 0; reference != nullptr && i < candidates.size(); ++i) {
    if (excluded(Policy::advanced, candidates[i], *reference, limits).empty()) {
      eligible.push_back(i);
    }
  }
  const auto total = [&](std::size_t i) { return candidates[i].predicted.total(limits.images).count(); };
  const auto deviation = [&](std::size_t i) {
    const Forecast& predicted = candidates[i].predicted;
    return std::hypot(predicted.uncertainty * predicted.image.count() * static_cast<double>(limits.images),
                      predicted.load_uncertainty * predicted.load.count());
  };
  std::sort(eligible.begin(), eligible.end(), [&](std::size_t a, std::size_t b) { return total(a) < total(b); });
  std::vector<std::size_t> ties;
  for (const std::size_t i : eligible) {
    const std::size_t best = eligible.front();
    const double gain = total(best) - total(i) + 2 * std::hypot(deviation(i), deviation(best));
    if (ties.size() < most && (i == best || gain > k_worth_a_probe * total(best))) {
      ties.push_back(i);
    }
  }
  return ties.size() > 1 ? ties : std::vector<std::size_t>{};
}

core::Result<Choice> choose(Policy policy, std::span<const Candidate> candidates, const Limits& limits) {
  if (auto checked = check(policy, candidates, limits); !checked) {
    return core::fail(checked.error());
  }
  const Candidate* reference = most_accurate(candidates, limits);
  if (reference == nullptr) {
    return core::fail(core::ErrorCode::usage,
                      "no exact model is offered, and greedy is the most accurate exact one; name a plain fp32 model "
                      "among --models");
  }
  return policy == Policy::greedy ? greedy(candidates, *reference) : quickest(policy, candidates, *reference, limits);
}

}  // namespace cef::select
