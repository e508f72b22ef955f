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

/// Where a trial begins. cold: no candidate is on the node or loaded. warm: those that run are, digest checked.
enum class State { cold, warm };
[[nodiscard]] const char* to_string(State state) noexcept;

struct TrialSettings {
  double min_seconds = 10;          ///< of warm trials; both this and min_trials must be met
  double max_seconds = 300;         ///< the end of either state's trials, whatever is not met
  std::size_t min_trials = 20;      ///< warm ones of each participant
  std::size_t max_trials = 20'000;  ///< warm ones of each participant
  std::size_t images_per_trial = 20;
  std::size_t warmup_trials = 2;   ///< of each participant, thrown away
  std::size_t cold_trials = 3;     ///< of each participant
  std::uint64_t seed = 1;          ///< of the first image and of the bootstrap
  State state = State::warm;       ///< the one that the verdict is about
  std::vector<Seconds> deadlines;  ///< for the effective accuracy
};

/// The steps of one trial, in order. fetch, load and inference by the edge's clock, the others by the control node's;
/// result is what the request for the model took beyond those three: the way there and back. total = from the first
/// request to the last answer.
struct StepTimes {
  Seconds status{0};
  Seconds selection{0};
  Seconds fetch{0};
  Seconds load{0};
  Seconds inference{0};
  Seconds result{0};
  Seconds total{0};
  Seconds start{0};  ///< when it began, by the control node's clock; 0 in a mean
};
[[nodiscard]] StepTimes mean_steps(std::span<const StepTimes> trials);

/// Who runs in a trial: a model, and the policy that chose it, which chooses anew in every trial.
struct Participant {
  std::string model;
  std::optional<select::Policy> policy;  ///< none: it runs for the oracle's sake
  bool exact_only = false;               ///< the policy chooses among the exact ones
};

/// All that one participant did in one state.
struct TrialLog {
  std::vector<StepTimes> trials;           ///< trial i of every participant ran on the same images, next to each other
  std::vector<Seconds> latency;            ///< of each image
  std::vector<std::size_t> right_in_time;  ///< images, one count a deadline
  std::uint64_t fetched_bytes = 0;
  std::size_t failed_images = 0;
  std::size_t other_choices = 0;  ///< trials in which the policy chose another model than before
};

struct TrialRun {
  std::vector<TrialLog> logs;  ///< one a participant
  Seconds elapsed{0};          ///< of the trials that count
  bool interrupted = false;
};

/// What the policies choose from, and the images.
struct TrialPlan {
  std::span<const Participant> participants;
  std::span<const select::Candidate> candidates;  ///< with the whole forecast: nothing on the node
  std::span<const int> labels;
  double accuracy_budget_points = 10;
  bool one_at_a_time = false;  ///< the participants do not fit into the memory together
};

/// Trials in one state, in the order A B B A … (with more participants: forward, then backward).
/// Before each cold one the candidates are removed from the node, untimed. Warm ones begin with fetching and loading
/// and with the warm-up, and go on until both minima or one cap are met. Only whole rounds count. Error: the runner's
/// first one.
core::Result<TrialRun> run_trials(Runner& runner, Clock& clock, State state, const TrialPlan& plan,
                                  const TrialSettings& settings, const core::StopToken& stop, const Progress& progress);

}  // namespace cef::bench
