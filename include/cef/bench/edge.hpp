#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/bench/runner.hpp"
#include "cef/bench/statistics.hpp"
#include "cef/bench/trials.hpp"
#include "cef/bench/verdict.hpp"
#include "cef/core/stop.hpp"
#include "cef/select/policy.hpp"

namespace cef::bench {

/// The accuracy pass: every labelled image once.
struct AccuracyPass {
  Accuracy accuracy;
  std::vector<int> predicted;
};

/// Classifies images [0, labels.size()) in batches. Errors: the runner's; interrupted.
core::Result<AccuracyPass> measure_accuracy(Runner& runner, const std::string& model, std::span<const int> labels,
                                            const core::StopToken& stop, const Progress& progress);

/// What is to be measured on one edge.
struct EdgePlan {
  std::vector<select::Candidate> candidates;
  std::span<const int> labels;
  double accuracy_budget_points = 10;
  bool oracle = false;  ///< every candidate runs in the trials and in the accuracy pass
  TrialSettings trials;
  Thresholds thresholds;
};

/// One model as it did on the edge.
struct ModelRun {
  std::string model;
  AccuracyPass pass;
  Seconds predicted{0};
  Summary latency;  ///< seconds an image, batch 1, warm
  TrialLog trials;
  StepTimes cold;  ///< means
  StepTimes warm;
};

struct EdgeReport {
  EdgeStatus before;
  EdgeStatus after;
  select::Choice greedy;
  select::Choice advanced;
  std::optional<select::Choice> oracle;
  std::vector<ModelRun> models;  ///< greedy's first, advanced's second unless the same, then the others
  Comparison comparison;
  Verdict verdict;

  [[nodiscard]] const ModelRun* find(const std::string& model) const;
};

/// Status, selection, accuracy pass, trials, verdict. Errors: the runner's first one; select's; interrupted.
core::Result<EdgeReport> measure_edge(Runner& runner, Clock& clock, const EdgePlan& plan, const core::StopToken& stop,
                                      const Progress& progress);

}  // namespace cef::bench
