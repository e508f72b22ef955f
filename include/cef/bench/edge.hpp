#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/bench/condition.hpp"
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
  std::vector<select::Candidate> candidates;  ///< with the whole forecast: nothing on the node
  std::span<const int> labels;
  double accuracy_budget_points = 10;
  bool oracle = false;  ///< every candidate runs in the trials of both states and in the accuracy pass
  TrialSettings trials;
  Thresholds thresholds;
  ChangeLimits limits;
  bool over_link = true;  ///< models come from elsewhere; else a fetch is a copy on the edge and tells of no link
};

/// One model as it did in one state.
struct StateRun {
  TrialLog log;
  StepTimes mean;
  Summary latency;                                 ///< seconds an image, batch 1
  std::vector<double> effective_accuracy_percent;  ///< right and in time, one a deadline
};

/// One model as it did on the edge.
struct ModelRun {
  std::string model;
  AccuracyPass pass;
  select::Forecast predicted;
  StateRun cold;  ///< without trials when no policy takes it in that state
  StateRun warm;

  [[nodiscard]] const StateRun& in(State state) const { return state == State::cold ? cold : warm; }
};

/// How much longer than the oracle's choice each policy's takes, in per cent of the measured mean total.
struct Regret {
  double greedy = 0;
  double advanced = 0;
  double advanced_exact = 0;
  double fastest = 0;
};

/// What the policies chose in one state, and what came of it.
struct StateReport {
  select::Choice greedy;
  select::Choice advanced;
  select::Choice advanced_exact;  ///< advanced among the exact candidates: selection alone
  select::Choice fastest;
  std::optional<select::Choice> oracle;
  std::optional<Regret> regret;
  std::size_t trials = 0;  ///< of each participant
  Seconds elapsed{0};
  Comparison comparison;  ///< greedy and advanced
  Comparison exact;       ///< greedy and advanced_exact
};

struct EdgeReport {
  EdgeCondition before;
  EdgeCondition after;
  double other_cpus = 0;             ///< kept busy by others during the trials
  std::vector<std::string> changed;  ///< beyond the limits
  StateReport cold;
  StateReport warm;
  std::vector<ModelRun> models;  ///< those that ran: the choices of the warm state first
  Verdict verdict;

  [[nodiscard]] const ModelRun* find(const std::string& model) const;
  [[nodiscard]] const StateReport& in(State state) const { return state == State::cold ? cold : warm; }
};

/// Cold trials, accuracy pass, warm trials, verdict. Errors: the runner's first one; select's; interrupted.
core::Result<EdgeReport> measure_edge(Runner& runner, Clock& clock, const EdgePlan& plan, const core::StopToken& stop,
                                      const Progress& progress);

}  // namespace cef::bench
