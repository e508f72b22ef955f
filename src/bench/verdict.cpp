#include "cef/bench/verdict.hpp"

#include <algorithm>
#include <cstdio>

namespace cef::bench {

namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[400];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::vector<std::string> why_invalid(const Evidence& evidence, const TrialSettings& settings) {
  std::vector<std::string> reasons;
  if (evidence.interrupted) {
    reasons.emplace_back("interrupted before the end; run it again");
  }
  if (const std::size_t failed = evidence.baseline.failed + evidence.advanced.failed + evidence.failed_images;
      failed > 0) {
    reasons.push_back(format("inference failed on %zu images; check the weights of %s and %s with 'cef model show'",
                             failed, evidence.baseline_model.c_str(), evidence.advanced_model.c_str()));
  }
  if (evidence.baseline.images == 0) {
    reasons.emplace_back("no image was classified; raise --images");
  }
  const bool cold = settings.state == State::cold;
  const std::size_t needed = cold ? settings.cold_trials : settings.min_trials;
  if (!evidence.interrupted && evidence.trials < needed) {
    reasons.push_back(format("%zu %strials of each model, %zu are needed; raise --max-seconds or lower %s",
                             evidence.trials, cold ? "cold " : "", needed, cold ? "--cold-trials" : "--min-trials"));
  }
  if (cold && needed == 0) {
    reasons.emplace_back("no cold trial was run; raise --cold-trials");
  }
  if (!evidence.interrupted && !cold && evidence.elapsed_seconds < settings.min_seconds) {
    reasons.push_back(format("the trials took %.1f s, %.1f s are needed; raise --max-trials or lower --min-seconds",
                             evidence.elapsed_seconds, settings.min_seconds));
  }
  if (evidence.other_choices > 0) {
    reasons.push_back(
        format("the choice changed in %zu trials because the free memory did; end what else runs on the edge",
               evidence.other_choices));
  }
  reasons.insert(reasons.end(), evidence.changed.begin(), evidence.changed.end());
  return reasons;
}

std::vector<std::string> why_failed(const Evidence& evidence, const Thresholds& thresholds) {
  std::vector<std::string> reasons;
  if (evidence.baseline_model == evidence.advanced_model) {
    reasons.push_back(format("both policies chose %s: no faster model is within the accuracy budget and the memory",
                             evidence.baseline_model.c_str()));
  }
  if (evidence.comparison.accuracy_drop_points > thresholds.max_accuracy_drop_points + 1e-9) {
    reasons.push_back(format("accuracy falls by %.2f points, at most %g are allowed",
                             evidence.comparison.accuracy_drop_points, thresholds.max_accuracy_drop_points));
  }
  if (evidence.comparison.saving_percent < thresholds.min_saving_percent) {
    reasons.push_back(format("latency saving is %.1f %%, at least %g %% is required",
                             evidence.comparison.saving_percent, thresholds.min_saving_percent));
  }
  return reasons;
}

}  // namespace

const char* to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::invalid:
      return "invalid";
  }
  return "";
}

std::vector<double> savings_of(std::span<const StepTimes> baseline, std::span<const StepTimes> advanced) {
  std::vector<double> savings;
  for (std::size_t i = 0; i < std::min(baseline.size(), advanced.size()); ++i) {
    const double before = baseline[i].total.count();
    savings.push_back(before > 0 ? (before - advanced[i].total.count()) / before : 0.0);
  }
  return savings;
}

Verdict judge(const Evidence& evidence, const TrialSettings& settings, const Thresholds& thresholds) {
  if (auto reasons = why_invalid(evidence, settings); !reasons.empty()) {
    return {Outcome::invalid, std::move(reasons)};
  }
  auto reasons = why_failed(evidence, thresholds);
  return {reasons.empty() ? Outcome::pass : Outcome::fail, std::move(reasons)};
}

Verdict judge_all(std::span<const NamedVerdict> edges) {
  Verdict all{edges.empty() ? Outcome::invalid : Outcome::pass, {}};
  if (edges.empty()) {
    all.reasons.emplace_back("no edge was measured");
  }
  for (const NamedVerdict& edge : edges) {
    if (edge.verdict.outcome == Outcome::invalid ||
        (edge.verdict.outcome == Outcome::fail && all.outcome == Outcome::pass)) {
      all.outcome = edge.verdict.outcome;
    }
    for (const std::string& reason : edge.verdict.reasons) {
      const std::string prefix = edge.edge + ": ";  // a connection's error has it already
      all.reasons.push_back(reason.rfind(prefix, 0) == 0 ? reason : prefix + reason);
    }
  }
  return all;
}

}  // namespace cef::bench
