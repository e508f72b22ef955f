#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <thread>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/select/predictor.hpp"
#include "probe_network.hpp"
#include "runner_profile.hpp"
#include "stopwatch.hpp"

namespace cef::operation {

namespace {

using select::Seconds;
constexpr Seconds k_time_together{1.2};  ///< of all: a dozen periods of a CPU quota
constexpr Seconds k_least_time{0.15};    ///< of each
constexpr Seconds k_before_load{0.02};   ///< a trial's load comes after a wait for the network, with cold caches
constexpr std::size_t k_most_calls = 20'000;
constexpr int k_warmup_calls = 3;
constexpr int k_copies = 3;
constexpr std::size_t k_small_copy = std::size_t{4} << 10U;
constexpr std::size_t k_large_copy = std::size_t{2} << 20U;

struct Running {
  std::unique_ptr<model::LoadedModel> model;
  int threads = 1;
  int height = 0;
  int width = 0;
  std::vector<float> input;
  Spent load;
  Seconds wall{0};
  std::vector<double> calls;  ///< undisturbed

  [[nodiscard]] bool done(Seconds time) const {
    return calls.size() >= k_most_calls || (calls.size() >= 3 && wall >= time);
  }
  /// Of one thread all calls count alike; a quantile leaves out those of several that something interrupted.
  [[nodiscard]] double undisturbed() const {
    if (threads > 1) {
      auto sorted = calls;
      const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
      std::nth_element(sorted.begin(), middle, sorted.end());
      return *middle;
    }
    return std::accumulate(calls.begin(), calls.end(), 0.0) / static_cast<double>(calls.size());
  }
};

core::Result<Spent> call(model::InferenceRuntime& runtime, Running& running) {
  if (runtime.threads() != running.threads) {
    runtime.set_threads(running.threads);
  }
  const Stopwatch watch;
  const auto logits = running.model->logits(running.input, 1, running.height, running.width);
  if (!logits) {
    return core::fail(logits.error());
  }
  return watch.spent();
}

/// What each number of threads was slowed down by: how often a quota or another program stood in the way is a matter of
/// chance for one network, less for all together, and the same for all leaves their order as it is.
std::map<int, double> slowdowns_of(const std::vector<Running>& all) {
  std::map<int, std::pair<double, double>> sums;
  for (const Running& running : all) {
    auto& [wall, undisturbed] = sums[running.threads];
    wall += running.wall.count();
    undisturbed += running.undisturbed() * static_cast<double>(running.calls.size());
  }
  std::map<int, double> slowdowns;
  for (const auto& [threads, sum] : sums) {
    slowdowns[threads] = sum.second > 0 ? std::max(1.0, sum.first / sum.second) : 1.0;
  }
  return slowdowns;
}

core::Result<Running> start(model::InferenceRuntime& runtime, const ProfileTarget& target, int threads,
                            const std::filesystem::path& folder) {
  runtime.set_threads(threads);
  std::this_thread::sleep_for(k_before_load);
  auto loaded = load_random(runtime, target.network, std::max(target.height, target.width), target.precision, folder);
  if (!loaded) {
    return core::fail(std::move(loaded.error()).in("probe of a candidate"));
  }
  Running running{std::move(loaded->model), threads, target.height, target.width, {}, loaded->spent, Seconds(0), {}};
  running.input.assign(
      std::size_t{3} * static_cast<std::size_t>(target.height) * static_cast<std::size_t>(target.width), 0.5F);
  for (int i = 0; i < k_warmup_calls; ++i) {
    if (const auto time = call(runtime, running); !time) {
      return core::fail(time.error());
    }
  }
  return running;
}

}  // namespace

core::Result<ProfileTarget> profile_target(const RunnerModel& model, const model::Dataset& data) {
  auto network = model::build_network(model.architecture);
  if (!network) {
    return core::fail(network.error());
  }
  const auto size = model::input_size(data, model.preprocessing);
  if (!size) {
    return core::fail(size.error());
  }
  return ProfileTarget{std::move(*network), model.precision, size->height, size->width};
}

std::optional<select::Link> copy_link(ModelStore& store, const core::StopToken& stop) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "file";
  const auto time_of = [&](std::size_t size) -> std::optional<Seconds> {
    const std::string block(size, 'x');
    if (scratch.path().empty() || !core::write_file_atomically(file, block)) {
      return std::nullopt;
    }
    const std::string digest = core::sha256(block);
    Seconds best{1e9};
    for (int i = 0; i < k_copies; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const bool copied = store.copy_in(file, digest, stop).has_value();
      best = std::min(best, Seconds(std::chrono::steady_clock::now() - begin));
      if (!copied || !store.remove(digest)) {
        return std::nullopt;
      }
    }
    return best;
  };
  const auto small = time_of(k_small_copy);
  const auto large = time_of(k_large_copy);
  if (!small || !large) {
    return std::nullopt;
  }
  const double moving = std::max((*large - *small).count(), 0.1 * large->count());
  return select::Link{
      static_cast<double>(k_large_copy - k_small_copy) / moving, *small / select::k_round_trips_of_fetch, {}};
}

double rate_of(const std::vector<TimedPayload>& payloads) {
  const TimedPayload& last = payloads.back();
  if (payloads.size() > 1) {
    const TimedPayload& before = payloads[payloads.size() - 2];
    const double longer = last.seconds - before.seconds;
    if (longer > 0.3 * last.seconds) {  // else something else was in the way of the smaller one
      return static_cast<double>(last.bytes - before.bytes) / longer;
    }
  }
  return static_cast<double>(last.bytes) / last.seconds;
}

core::Result<std::vector<ProbeTimes>> probe_networks(model::InferenceRuntime& runtime,
                                                     const std::vector<ProbeTarget>& targets) {
  const ScratchFolder scratch;
  if (scratch.path().empty()) {
    return core::fail(core::ErrorCode::general, "no temporary folder for a network to probe; set TMPDIR");
  }
  std::vector<Running> all;
  for (const ProbeTarget& target : targets) {
    auto started = start(runtime, target.network, target.threads, scratch.path());
    if (!started) {
      return core::fail(started.error());
    }
    all.push_back(std::move(*started));
  }
  const Seconds each =
      std::max(k_least_time, k_time_together / static_cast<double>(std::max<std::size_t>(1, all.size())));
  // In turn, so that all see the same machine.
  for (bool again = true; again;) {
    again = false;
    for (Running& running : all) {
      if (running.done(each)) {
        continue;
      }
      const auto time = call(runtime, running);
      if (!time) {
        return core::fail(time.error());
      }
      running.wall += time->wall;
      running.calls.push_back(time->undisturbed(running.threads).count());
      again = true;
    }
  }
  const auto slowdowns = slowdowns_of(all);
  std::vector<ProbeTimes> times;
  for (const Running& running : all) {
    const double slowdown = slowdowns.at(running.threads);
    const bool one = running.threads == 1;
    times.push_back({running.load.undisturbed(running.threads) * (one ? slowdown : 1.0),
                     Seconds(running.undisturbed() * slowdown)});
  }
  return times;
}

}  // namespace cef::operation
