#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cef/bench/runner.hpp"
#include "cef/core/stop.hpp"
#include "cef/select/policy.hpp"

namespace cef::bench {

/// What is being done, how much of it is done, of how much (0: not known).
using Progress = std::function<void(std::string_view phase, std::size_t done, std::size_t total)>;

struct TrialSettings {
  double min_seconds = 10;          ///< of timed trials; both this and min_trials must be met
  double max_seconds = 300;         ///< the end, whatever is not met
  std::size_t min_trials = 20;      ///< of each participant
  std::size_t max_trials = 20'000;  ///< of each participant
  std::size_t images_per_trial = 20;
  std::size_t warmup_trials = 2;  ///< of each participant, thrown away
  std::size_t cold_trials = 1;    ///< of each participant, the model not loaded before
  std::uint64_t seed = 1;         ///< of the first image and of the bootstrap
};

/// The steps of one trial, in order, by the control node's clock. total = from the first request to the last answer.
struct StepTimes {
  Seconds status{0};
  Seconds selection{0};
  Seconds load{0};
  Seconds inference{0};
  Seconds total{0};
};
[[nodiscard]] StepTimes mean_steps(std::span<const StepTimes> trials);

/// Who runs in a trial: a policy, which chooses anew in every trial, or one fixed model.
struct Participant {
  std::optional<select::Policy> policy;
  std::string model;  ///< the one that the policy chose before the trials
};

/// All that one participant did.
struct TrialLog {
  std::vector<StepTimes> cold;
  std::vector<StepTimes> warm;   ///< trial i of every participant ran on the same images, next to each other
  std::vector<Seconds> latency;  ///< of each image of the warm trials
  std::size_t failed_images = 0;
  std::size_t other_choices = 0;  ///< trials in which the policy chose another model than before
};

struct TrialRun {
  std::vector<TrialLog> logs;  ///< one a participant
  Seconds elapsed{0};          ///< of the warm trials
  bool interrupted = false;
};

/// What a policy chooses from in a trial.
struct Selection {
  std::span<const select::Candidate> candidates;
  double accuracy_budget_points = 10;
  bool exact_only = false;

  [[nodiscard]] select::Limits limits(const EdgeStatus& status, std::size_t images) const {
    return {accuracy_budget_points, status.memory_available, images, exact_only};
  }
};

/// Cold trials, warm-up, then warm trials in the order A B B A … (with more participants: forward, then backward),
/// until both minima or one cap are met. Only whole rounds count. Error: the runner's first one.
core::Result<TrialRun> run_trials(Runner& runner, Clock& clock, std::span<const Participant> participants,
                                  const Selection& selection, std::size_t images, const TrialSettings& settings,
                                  const core::StopToken& stop, const Progress& progress);

}  // namespace cef::bench
