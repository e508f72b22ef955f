#include "cef/bench/trials.hpp"

#include <algorithm>
#include <random>

namespace cef::bench {

namespace {

struct OneTrial {
  StepTimes steps;
  std::vector<Seconds> latency;
  std::size_t failed_images = 0;
  bool other_choice = false;
};

class Loop {
 public:
  Loop(Runner& runner, Clock& clock, std::span<const Participant> participants, const Selection& selection,
       std::size_t images, const TrialSettings& settings)
      : runner_(runner),
        clock_(clock),
        participants_(participants),
        selection_(selection),
        settings_(settings),
        images_(std::min(settings.images_per_trial, images)),
        starts_(images - images_ + 1),
        offset_(std::mt19937_64(settings.seed)() % starts_) {}

  /// Round `round` of participant `who`: all participants of a round see the same images.
  core::Result<OneTrial> trial(std::size_t who, std::size_t round) {
    OneTrial trial;
    const Participant& participant = participants_[who];
    std::string model = participant.model;
    const Seconds start = clock_.now();
    const auto status = runner_.status();
    if (!status) {
      return core::fail(status.error());
    }
    const Seconds asked = clock_.now();
    if (participant.policy) {
      const auto choice =
          select::choose(*participant.policy, selection_.candidates, selection_.limits(*status, images_));
      trial.other_choice = !choice || choice->model != participant.model;
    }
    const Seconds selected = clock_.now();
    if (auto loaded = runner_.load(model); !loaded) {
      return core::fail(loaded.error());
    }
    const Seconds ready = clock_.now();
    auto inference = runner_.infer(model, (offset_ + round * images_) % starts_, images_);
    if (!inference) {
      return core::fail(inference.error());
    }
    const Seconds end = clock_.now();
    trial.steps = {asked - start, selected - asked, ready - selected, end - ready, end - start};
    trial.failed_images =
        static_cast<std::size_t>(std::count(inference->predicted.begin(), inference->predicted.end(), k_failed_image));
    trial.latency = std::move(inference->latency);
    return trial;
  }

 private:
  Runner& runner_;
  Clock& clock_;
  std::span<const Participant> participants_;
  const Selection& selection_;
  const TrialSettings& settings_;
  std::size_t images_;
  std::size_t starts_;
  std::size_t offset_;
};

void count(TrialLog& log, const OneTrial& trial) {
  log.failed_images += trial.failed_images;
  log.other_choices += trial.other_choice ? 1 : 0;
}

core::Result<void> run_cold(Runner& runner, Loop& loop, std::span<const Participant> participants,
                            const TrialSettings& settings, TrialRun& run, const core::StopToken& stop) {
  for (std::size_t round = 0; round < settings.cold_trials; ++round) {
    for (std::size_t who = 0; who < participants.size() && !stop.draining(); ++who) {
      if (auto unloaded = runner.unload(participants[who].model); !unloaded) {
        return unloaded;
      }
      const auto trial = loop.trial(who, round);
      if (!trial) {
        return core::fail(trial.error());
      }
      count(run.logs[who], *trial);
      run.logs[who].cold.push_back(trial->steps);
    }
  }
  return {};
}

core::Result<void> warm_up(Loop& loop, std::size_t participants, const TrialSettings& settings,
                           const core::StopToken& stop) {
  for (std::size_t round = 0; round < settings.warmup_trials; ++round) {
    for (std::size_t who = 0; who < participants && !stop.draining(); ++who) {
      if (const auto trial = loop.trial(who, round); !trial) {
        return core::fail(trial.error());
      }
    }
  }
  return {};
}

bool enough(const TrialSettings& settings, double elapsed, std::size_t rounds) {
  // An even number of rounds keeps A B B A balanced.
  const bool met = elapsed >= settings.min_seconds && rounds >= settings.min_trials && rounds % 2 == 0;
  return met || elapsed >= settings.max_seconds || rounds >= settings.max_trials;
}

/// One trial of every participant, forward in even rounds, backward in odd ones. None when it was cut short.
core::Result<std::vector<OneTrial>> run_round(Loop& loop, std::size_t participants, std::size_t round,
                                              const core::StopToken& stop) {
  std::vector<OneTrial> trials(participants);
  for (std::size_t i = 0; i < participants; ++i) {
    const std::size_t who = round % 2 == 0 ? i : participants - 1 - i;
    if (stop.draining()) {
      return std::vector<OneTrial>{};
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

StepTimes mean_steps(std::span<const StepTimes> trials) {
  StepTimes mean;
  for (const StepTimes& trial : trials) {
    mean.status += trial.status;
    mean.selection += trial.selection;
    mean.load += trial.load;
    mean.inference += trial.inference;
    mean.total += trial.total;
  }
  const double n = trials.empty() ? 1.0 : static_cast<double>(trials.size());
  return {mean.status / n, mean.selection / n, mean.load / n, mean.inference / n, mean.total / n};
}

core::Result<TrialRun> run_trials(Runner& runner, Clock& clock, std::span<const Participant> participants,
                                  const Selection& selection, std::size_t images, const TrialSettings& settings,
                                  const core::StopToken& stop, const Progress& progress) {
  if (images == 0 || participants.empty() || settings.images_per_trial == 0) {
    return core::fail(core::ErrorCode::usage, "a trial needs at least one model and one image");
  }
  TrialRun run;
  run.logs.resize(participants.size());
  Loop loop(runner, clock, participants, selection, images, settings);
  progress("cold trials", 0, 0);
  if (auto cold = run_cold(runner, loop, participants, settings, run, stop); !cold) {
    return core::fail(cold.error());
  }
  progress("warm-up", 0, 0);
  if (auto warm = warm_up(loop, participants.size(), settings, stop); !warm) {
    return core::fail(warm.error());
  }
  const Seconds start = clock.now();
  for (std::size_t round = 0; !enough(settings, run.elapsed.count(), round); ++round) {
    progress("trials", round, settings.min_trials);
    const auto trials = run_round(loop, participants.size(), round, stop);
    if (!trials) {
      return core::fail(trials.error());
    }
    if (trials->empty()) {
      break;
    }
    for (std::size_t who = 0; who < trials->size(); ++who) {
      TrialLog& log = run.logs[who];
      count(log, (*trials)[who]);
      log.warm.push_back((*trials)[who].steps);
      log.latency.insert(log.latency.end(), (*trials)[who].latency.begin(), (*trials)[who].latency.end());
    }
    run.elapsed = clock.now() - start;
  }
  run.interrupted = stop.draining();
  return run;
}

}  // namespace cef::bench
