#include <chrono>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/select/predictor.hpp"
#include "probe_network.hpp"
#include "runner_profile.hpp"

namespace cef::operation {

namespace {

using select::Seconds;
constexpr Seconds k_time{0.35};  ///< of each: some periods of a CPU quota
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
  ProbeTimes times;
  Seconds spent{0};
  std::size_t calls = 0;

  [[nodiscard]] bool done() const { return calls >= k_most_calls || (calls >= 3 && spent >= k_time); }
};

core::Result<Seconds> call(model::InferenceRuntime& runtime, Running& running) {
  if (runtime.threads() != running.threads) {
    runtime.set_threads(running.threads);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto logits = running.model->logits(running.input, 1, running.height, running.width);
  if (!logits) {
    return core::fail(logits.error());
  }
  return Seconds(std::chrono::steady_clock::now() - start);
}

core::Result<Running> start(model::InferenceRuntime& runtime, const ProfileTarget& target, int threads,
                            const std::filesystem::path& folder) {
  runtime.set_threads(threads);
  auto loaded = load_random(runtime, target.network, std::max(target.height, target.width), target.precision, folder);
  if (!loaded) {
    return core::fail(std::move(loaded.error()).in("probe of a candidate"));
  }
  Running running{std::move(loaded->model), threads, target.height, target.width, {}, {}, Seconds(0), 0};
  running.times.load = loaded->spent;
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
  return select::Link{static_cast<double>(k_large_copy - k_small_copy) / moving,
                      *small / select::k_round_trips_of_fetch};
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
  // In turn, so that all see the same machine.
  for (bool again = true; again;) {
    again = false;
    for (Running& running : all) {
      if (running.done()) {
        continue;
      }
      const auto time = call(runtime, running);
      if (!time) {
        return core::fail(time.error());
      }
      running.spent += *time;
      ++running.calls;
      again = true;
    }
  }
  std::vector<ProbeTimes> times;
  for (Running& running : all) {
    running.times.image = running.spent / static_cast<double>(running.calls);
    times.push_back(running.times);
  }
  return times;
}

}  // namespace cef::operation
