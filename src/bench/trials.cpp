#include "cef/bench/trials.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace cef::bench {

namespace {

/// Images that a model classifies after it was loaded between two warm trials: LibTorch optimises in its first calls.
constexpr std::size_t k_settling_images = 5;

struct OneTrial {
  StepTimes steps;
  Answer answer;
  std::size_t first = 0;
  bool other_choice = false;
};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Loop {
 public:
  Loop(Runner& runner, Clock& clock, const TrialPlan& plan, const TrialSettings& settings)
      : runner_(runner),
        clock_(clock),
        plan_(plan),
        images_(std::min(settings.images_per_trial, plan.labels.size())),
        starts_(plan.labels.size() - images_ + 1),
        offset_(std::mt19937_64(settings.seed)() % starts_),
        candidates_(plan.candidates.begin(), plan.candidates.end()) {
    for (const auto& candidate : plan.candidates) {
      present_.insert(candidate.name);
    }
  }

  /// Round `round` of participant `who`: all participants of a round see the same images, which are in memory before
  /// the clock starts.
  core::Result<OneTrial> trial(std::size_t who, std::size_t round) {
    const Participant& participant = plan_.participants[who];
    OneTrial trial;
    trial.first = (offset_ + round * images_) % starts_;
    if (auto staged = runner_.stage(participant.model, trial.first, images_); !staged) {
      return core::fail(staged.error());
    }
    const Seconds start = clock_.now();
    const auto status = runner_.status();
    if (!status) {
      return core::fail(status.error());
    }
    const Seconds asked = clock_.now();
    trial.other_choice = choice_differs(participant, *status);
    const Seconds selected = clock_.now();
    auto answer = runner_.run(participant.model, trial.first, images_);
    if (!answer) {
      return core::fail(answer.error());
    }
    const Seconds end = clock_.now();
    const Seconds on_edge = answer->fetch.elapsed + answer->load + answer->inference.elapsed;
    trial.steps = {asked - start, selected - asked,          answer->fetch.elapsed,
                   answer->load,  answer->inference.elapsed, std::max(Seconds(0), end - selected - on_edge),
                   end - start};
    trial.steps.start = start;
    trial.answer = std::move(*answer);
    present_.insert(participant.model);
    return trial;
  }

  /// Nothing of the candidates is on the node afterwards.
  core::Result<void> make_cold() {
    for (const std::string& model : present_) {
      if (auto forgotten = runner_.forget(model); !forgotten) {
        return forgotten;
      }
    }
    present_.clear();
    return {};
  }

  core::Result<void> make_warm(std::size_t who) {
    const std::string& model = plan_.participants[who].model;
    if (const auto fetched = runner_.fetch(model); !fetched) {
      return core::fail(fetched.error());
    }
    return plan_.one_at_a_time ? core::Result<void>() : runner_.load(model);
  }

  /// Where memory is short only the participant is loaded.
  core::Result<void> settle(std::size_t who) {
    if (!plan_.one_at_a_time || loaded_ == plan_.participants[who].model) {
      return {};
    }
    if (!loaded_.empty()) {
      if (auto unloaded = runner_.unload(loaded_); !unloaded) {
        return unloaded;
      }
    }
    loaded_ = plan_.participants[who].model;
    if (auto loaded = runner_.load(loaded_); !loaded) {
      return loaded;
    }
    const auto settled = runner_.infer(loaded_, offset_, std::min(k_settling_images, images_));
    return settled ? core::Result<void>() : core::fail(settled.error());
  }

 private:
  /// What the policy would take now: by what is on the node and what is loaded; memory that candidates hold is free for
  /// them.
  bool choice_differs(const Participant& participant, const EdgeStatus& status) {
    if (!participant.policy) {
      return false;
    }
    core::Bytes memory = status.memory_available;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      select::Candidate& candidate = candidates_[i];
      const bool loaded = has(status.loaded, candidate.name);
      const select::Forecast& whole = plan_.candidates[i].predicted;
      candidate.predicted.load = loaded ? Seconds(0) : whole.load;
      candidate.predicted.fetch = has(status.on_node, candidate.name) ? Seconds(0) : whole.fetch;
      memory.count += loaded ? candidate.memory.count : 0;
    }
    const auto choice = select::choose(*participant.policy, candidates_,
                                       {plan_.accuracy_budget_points, memory, images_, participant.exact_only});
    return !choice || choice->model != participant.model;
  }

  Runner& runner_;
  Clock& clock_;
  const TrialPlan& plan_;
  std::size_t images_;
  std::size_t starts_;
  std::size_t offset_;
  std::vector<select::Candidate> candidates_;
  std::set<std::string> present_;  ///< may be on the node
  std::string loaded_;
};

void count(TrialLog& log, const OneTrial& trial, const TrialPlan& plan, const TrialSettings& settings) {
  const TimedInference& inference = trial.answer.inference;
  log.trials.push_back(trial.steps);
  log.latency.insert(log.latency.end(), inference.latency.begin(), inference.latency.end());
  log.fetched_bytes += trial.answer.fetch.bytes;
  log.other_choices += trial.other_choice ? 1 : 0;
  log.right_in_time.resize(settings.deadlines.size());
  for (std::size_t i = 0; i < inference.predicted.size(); ++i) {
    log.failed_images += inference.predicted[i] == k_failed_image ? 1 : 0;
    for (std::size_t d = 0; d < settings.deadlines.size(); ++d) {
      const bool right = inference.predicted[i] == plan.labels[trial.first + i];
      log.right_in_time[d] += right && inference.latency[i] <= settings.deadlines[d] ? 1 : 0;
    }
  }
}

core::Result<void> prepare_warm(Loop& loop, const TrialPlan& plan, const TrialSettings& settings,
                                const core::StopToken& stop, const Progress& progress) {
  for (std::size_t who = 0; who < plan.participants.size() && !stop.draining(); ++who) {
    progress("fetch " + plan.participants[who].model, 0, 0);
    if (auto warm = loop.make_warm(who); !warm) {
      return warm;
    }
  }
  progress("warm-up", 0, 0);
  for (std::size_t round = 0; round < settings.warmup_trials; ++round) {
    for (std::size_t who = 0; who < plan.participants.size() && !stop.draining(); ++who) {
      if (auto settled = loop.settle(who); !settled) {
        return settled;
      }
      if (const auto trial = loop.trial(who, round); !trial) {
        return core::fail(trial.error());
      }
    }
  }
  return {};
}

bool enough(State state, const TrialSettings& settings, double elapsed, std::size_t rounds) {
  if (state == State::cold) {
    return rounds >= settings.cold_trials || (rounds > 0 && elapsed >= settings.max_seconds);
  }
  // An even number of rounds keeps A B B A balanced.
  const bool met = elapsed >= settings.min_seconds && rounds >= settings.min_trials && rounds % 2 == 0;
  return met || elapsed >= settings.max_seconds || rounds >= settings.max_trials;
}

/// One trial of every participant, forward in even rounds, backward in odd ones. None when it was cut short.
core::Result<std::vector<OneTrial>> run_round(Loop& loop, State state, std::size_t participants, std::size_t round,
                                              const core::StopToken& stop) {
  std::vector<OneTrial> trials(participants);
  for (std::size_t i = 0; i < participants; ++i) {
    const std::size_t who = round % 2 == 0 ? i : participants - 1 - i;
    if (stop.draining()) {
      return std::vector<OneTrial>{};
    }
    if (auto ready = state == State::cold ? loop.make_cold() : loop.settle(who); !ready) {
      return core::fail(ready.error());
    }
    auto trial = loop.trial(who, round);
    if (!trial) {
      return core::fail(trial.error());
    }
    trials[who] = std::move(*trial);
  }
  return trials;
}

}  // namespace

const char* to_string(State state) noexcept {
  return state == State::cold ? "cold" : "warm";
}

StepTimes mean_steps(std::span<const StepTimes> trials) {
  StepTimes mean;
  for (const StepTimes& trial : trials) {
    mean.status += trial.status;
    mean.selection += trial.selection;
    mean.fetch += trial.fetch;
    mean.load += trial.load;
    mean.inference += trial.inference;
    mean.result += trial.result;
    mean.total += trial.total;
  }
  const double n = trials.empty() ? 1.0 : static_cast<double>(trials.size());
  return {mean.status / n,    mean.selection / n, mean.fetch / n, mean.load / n,
          mean.inference / n, mean.result / n,    mean.total / n};
}

core::Result<TrialRun> run_trials(Runner& runner, Clock& clock, State state, const TrialPlan& plan,
                                  const TrialSettings& settings, const core::StopToken& stop,
                                  const Progress& progress) {
  if (plan.labels.empty() || plan.participants.empty() || settings.images_per_trial == 0) {
    return core::fail(core::ErrorCode::usage, "a trial needs at least one model and one image");
  }
  TrialRun run;
  run.logs.resize(plan.participants.size());
  Loop loop(runner, clock, plan, settings);
  if (state == State::warm) {
    if (auto warm = prepare_warm(loop, plan, settings, stop, progress); !warm) {
      return core::fail(warm.error());
    }
  }
  const Seconds start = clock.now();
  for (std::size_t round = 0; !enough(state, settings, run.elapsed.count(), round); ++round) {
    if (state == State::cold) {
      progress("cold trials", round, settings.cold_trials);
    } else {
      progress("trials", round, settings.min_trials);
    }
    const auto trials = run_round(loop, state, plan.participants.size(), round, stop);
    if (!trials) {
      return core::fail(trials.error());
    }
    if (trials->empty()) {
      break;
    }
    for (std::size_t who = 0; who < trials->size(); ++who) {
      count(run.logs[who], (*trials)[who], plan, settings);
    }
    run.elapsed = clock.now() - start;
  }
  run.interrupted = stop.draining();
  return run;
}

}  // namespace cef::bench
