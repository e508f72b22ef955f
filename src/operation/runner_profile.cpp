#include "runner_profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include <sys/resource.h>

#include "cef/select/predictor.hpp"
#include "probe_network.hpp"
#include "runner_machine.hpp"

namespace cef::operation {

namespace {

namespace fs = std::filesystem;
using core::Result;
using select::Seconds;
using std::chrono::steady_clock;

constexpr Seconds k_layers_time{1.8};   ///< for all layers together
constexpr Seconds k_layer_time{0.006};  ///< for one layer with one number of threads, when calls are short
constexpr Seconds k_long_run{0.4};      ///< four periods of a CPU quota
constexpr int k_warmup_calls = 3;       ///< LibTorch optimises a graph in its first calls
constexpr std::size_t k_min_calls = 7;
constexpr int k_loads_of_each = 3;     ///< of the deep networks
constexpr double k_undisturbed = 0.2;  ///< the quantile of calls that nothing interrupted

/// Bytes read and written a second by copying 16 MiB, the best of three.
double copy_rate() {
  constexpr std::size_t k_size = std::size_t{16} << 20U;
  const std::vector<char> from(k_size, 1);
  std::vector<char> to(k_size, 2);
  Seconds best{1e9};
  for (int i = 0; i < 3; ++i) {
    const auto start = steady_clock::now();
    std::memcpy(to.data(), from.data(), k_size);
    best = std::min(best, Seconds(steady_clock::now() - start));
    if (to[static_cast<std::size_t>(i) * 4096U] != 1) {
      return 0;
    }
  }
  return best.count() > 0 ? 2.0 * static_cast<double>(k_size) / best.count() : 0.0;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// More threads than a quota has processors use it up sooner and then all wait.
int threads_worth_trying() {
  return std::min(usable_core_count(), static_cast<int>(std::ceil(usable_cores())));
}

/// A layer that is to be timed, and how much it matters.
struct Wanted {
  select::Layer layer;
  model::Precision precision = model::Precision::fp32;
  bool silu = false;
  double share = 0;  ///< of the network in which it weighs most
};

std::vector<Wanted> wanted_layers(const std::vector<ProfileTarget>& targets) {
  std::vector<Wanted> wanted;
  for (const ProfileTarget& target : targets) {
    const auto layers = layers_of(target.network, target.height, target.width);
    // A layer costs something however small it is: 20,000 multiply-accumulates or bytes are about that.
    const auto cost = [](const select::Layer& layer) {
      return 2e4 + layer.macs + layer.weight_bytes + layer.output_bytes;
    };
    double total = 0;
    for (const auto& layer : layers) {
      total += cost(layer);
    }
    for (const auto& layer : layers) {
      const double share = cost(layer) / total * static_cast<double>(std::count(layers.begin(), layers.end(), layer));
      const auto known = std::find_if(wanted.begin(), wanted.end(), [&](const Wanted& w) {
        return w.layer == layer && w.precision == target.precision;
      });
      if (known == wanted.end()) {
        wanted.push_back({layer, target.precision, has_silu(target.network), share});
      } else {
        known->share = std::max(known->share, share);
      }
    }
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.share > b.share; });
  return wanted;
}

/// A loaded network and its image.
struct Probe {
  std::unique_ptr<model::LoadedModel> model;
  int size = 0;
  std::vector<float> input;

  Result<Spent> call() const {
    const Stopwatch watch;
    if (auto logits = model->logits(input, 1, size, size); !logits) {
      return core::fail(logits.error());
    }
    return watch.spent();
  }
};

double quantile(std::vector<double> values, double q) {
  const auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

/// Undisturbed times of two networks, called in turn so that both see the same machine.
Result<std::array<double, 2>> time_both(const Probe& a, const Probe& b, int threads) {
  std::array<std::vector<double>, 2> times;
  const auto begin = steady_clock::now();
  for (int call = 0;; ++call) {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto time = (i == 0 ? a : b).call();
      if (!time) {
        return core::fail(time.error());
      }
      if (call >= k_warmup_calls) {
        times[i].push_back(time->undisturbed(threads).count());
      }
    }
    const Seconds spent = steady_clock::now() - begin;
    const bool enough = times[0].size() >= k_min_calls && spent >= k_layer_time;
    if (enough || (!times[0].empty() && spent >= 20 * k_layer_time)) {
      return std::array<double, 2>{quantile(times[0], k_undisturbed), quantile(times[1], k_undisturbed)};
    }
  }
}

class Profiler {
 public:
  Profiler(model::InferenceRuntime& runtime, const std::vector<ProfileTarget>& targets, const ProfileRequest& request,
           fs::path folder)
      : runtime_(runtime),
        folder_(std::move(folder)),
        wanted_(wanted_layers(targets)),
        layers_too_(request.layers),
        counts_(request.threads > 0 ? std::vector<int>{request.threads} : thread_counts(threads_worth_trying())) {}

  Result<select::DeviceProfile> run() {
    profile_.usable_cores = usable_cores();
    profile_.memory_available = machine_status().memory_available;
    profile_.winograd = runtime_.uses_winograd();
    profile_.copy_bytes_per_second = copy_rate();
    if (auto measured = measure_calls(); !measured) {
      return core::fail(measured.error());
    }
    if (layers_too_) {
      if (auto measured = measure_layers(); !measured) {
        return core::fail(measured.error());
      }
      profile_.load = select::fit_loads(loads_);
    }
    if (auto measured = measure_slowdowns(); !measured) {
      return core::fail(measured.error());
    }
    return profile_;
  }

 private:
  Result<Probe> load(const model::Network& network, int size, model::Precision precision) {
    auto loaded = load_random(runtime_, network, size, precision, folder_);
    if (!loaded) {
      return core::fail(std::move(loaded.error()).in("calibration network"));
    }
    if (precision == model::Precision::fp32) {
      const auto layers = layers_of(network, size, size);
      double bytes = 0;
      for (const auto& layer : layers) {
        bytes += layer.weight_bytes;
      }
      loads_.push_back({static_cast<double>(layers.size()), static_cast<double>(select::distinct_layers(layers)), bytes,
                        loaded->spent.undisturbed(1)});
    }
    const auto side = static_cast<std::size_t>(size);
    return Probe{std::move(loaded->model), size, std::vector<float>(3 * side * side, 0.5F)};
  }

  /// What a call of a very small network costs; and the loads of some deep ones.
  Result<void> measure_calls() {
    const select::Layer small{
        select::LayerKind::convolution, 3, 9.0 * 16 * 16 * 64, 4.0 * (9 * 16 * 16 + 16), 4.0 * 16 * 64, 4.0 * 16 * 64};
    const auto probe = probe_network(small, false);
    runtime_.set_threads(counts_.front());
    const auto tiny = load(probe->without, probe->size, model::Precision::fp32);
    loads_.clear();  // it warmed the runtime up
    const auto again = load(probe->without, probe->size, model::Precision::fp32);
    // Real ones: an optimiser takes longer over additions and branches than over a chain.
    for (const int depth : {14, 44, 110}) {
      const auto network = model::build_network({model::Family::cifar_resnet, depth, 8, 2});
      if (!network) {
        return core::fail(network.error());
      }
      for (int i = 0; i < k_loads_of_each; ++i) {
        if (const auto loaded = load(*network, probe->size, model::Precision::fp32); !loaded) {
          return core::fail(loaded.error());
        }
      }
    }
    for (const auto* loaded : {&tiny, &again}) {
      if (!*loaded) {
        return core::fail(loaded->error());
      }
    }
    for (const int threads : counts_) {
      runtime_.set_threads(threads);
      const auto times = time_both(*tiny, *again, threads);
      if (!times) {
        return core::fail(times.error());
      }
      profile_.threads.push_back({threads, Seconds(std::min((*times)[0], (*times)[1])), 1.0});
    }
    return {};
  }

  Result<void> measure_layers() {
    const auto begin = steady_clock::now();
    for (const Wanted& wanted : wanted_) {
      // The first of each precision in any case: without one nothing can be predicted.
      const bool first = std::none_of(profile_.layers.begin(), profile_.layers.end(), [&](const auto& timed) {
        return timed.precision == model::to_string(wanted.precision);
      });
      if (!first && Seconds(steady_clock::now() - begin) > k_layers_time) {
        continue;
      }
      if (auto measured = measure_layer(wanted); !measured) {
        return measured;
      }
    }
    return {};
  }

  Result<void> measure_layer(const Wanted& wanted) {
    const auto probe = probe_network(wanted.layer, wanted.silu);
    if (!probe) {
      return {};
    }
    const auto with = load(probe->with, probe->size, wanted.precision);
    if (!with) {
      return core::fail(with.error());
    }
    const auto without = baseline(*probe, wanted.precision);
    if (!without) {
      return core::fail(without.error());
    }
    for (const int threads : counts_) {
      runtime_.set_threads(threads);
      const auto times = time_both(*with, **without, threads);
      if (!times) {
        return core::fail(times.error());
      }
      const double layer = std::max((*times)[0] - (*times)[1], 0.02 * (*times)[0]) / probe->times;
      profile_.layers.push_back(
          {wanted.layer, std::string(model::to_string(wanted.precision)), threads, Seconds(layer)});
    }
    return {};
  }

  /// The networks without the layer are few: one for each number of channels and size.
  Result<const Probe*> baseline(const ProbeNetwork& probe, model::Precision precision) {
    const int channels =
        probe.without.ops.front().kind == model::OpKind::convolution ? probe.without.ops.front().out_channels : 3;
    const auto key = std::tuple(channels, probe.size, precision);
    auto found = baselines_.find(key);
    if (found == baselines_.end()) {
      auto loaded = load(probe.without, probe.size, precision);
      if (!loaded) {
        return core::fail(loaded.error());
      }
      found = baselines_.emplace(key, std::move(*loaded)).first;
    }
    return &found->second;
  }

  /// A long run of the layer that weighs most.
  Result<void> measure_slowdowns() {
    if (wanted_.empty()) {
      return {};
    }
    const auto network = probe_network(wanted_.front().layer, wanted_.front().silu);
    if (!network) {
      return {};
    }
    const auto probe = load(network->with, network->size, model::Precision::fp32);
    if (!probe) {
      return core::fail(probe.error());
    }
    for (auto& speed : profile_.threads) {
      runtime_.set_threads(speed.threads);
      const auto slowdown = slowdown_of(*probe, speed.threads);
      if (!slowdown) {
        return core::fail(slowdown.error());
      }
      speed.slowdown = *slowdown;
    }
    return {};
  }

  Result<double> slowdown_of(const Probe& probe, int threads) {
    for (int i = 0; i < k_warmup_calls; ++i) {
      if (auto time = probe.call(); !time) {
        return core::fail(time.error());
      }
    }
    std::vector<double> times;
    const double cpu_before = cpu_seconds();
    const double busy_before = busy_cpu_seconds();
    const auto begin = steady_clock::now();
    Seconds spent{0};
    while (spent < k_long_run) {
      const auto time = probe.call();
      if (!time) {
        return core::fail(time.error());
      }
      times.push_back(time->undisturbed(threads).count());
      spent = steady_clock::now() - begin;
    }
    const double cpu = cpu_seconds() - cpu_before;
    const double others = std::max(0.0, (busy_cpu_seconds() - busy_before - cpu) / spent.count());
    profile_.busy_cores = std::max(profile_.busy_cores, others);
    const double undisturbed = quantile(times, k_undisturbed);
    const double measured = spent.count() / static_cast<double>(times.size()) / undisturbed;
    // A run of a few periods sees a quota by chance a little too kindly; what the quota does is known exactly.
    const double by_quota = cpu_quota_cores().has_value()
                                ? cpu / static_cast<double>(times.size()) / *cpu_quota_cores() / undisturbed
                                : 1.0;
    return std::max({1.0, measured > 1.3 * by_quota ? measured : by_quota, by_quota > 1.05 ? by_quota : measured});
  }

  model::InferenceRuntime& runtime_;
  fs::path folder_;
  std::vector<Wanted> wanted_;
  bool layers_too_;
  std::vector<int> counts_;
  std::vector<select::TimedLoad> loads_;
  std::map<std::tuple<int, int, model::Precision>, Probe> baselines_;
  select::DeviceProfile profile_;
};

}  // namespace

std::vector<int> thread_counts(int cores) {
  std::vector<int> counts;
  for (int threads = 1; threads < cores; threads *= 2) {
    counts.push_back(threads);
  }
  counts.push_back(std::max(1, cores));
  while (counts.size() > 4) {
    counts.erase(counts.begin() + 1);
  }
  return counts;
}

core::Result<select::DeviceProfile> measure_profile(model::InferenceRuntime& runtime,
                                                    const std::vector<ProfileTarget>& targets,
                                                    const ProfileRequest& request) {
  const ScratchFolder scratch;
  if (scratch.path().empty()) {
    return core::fail(core::ErrorCode::general, "no temporary folder for the calibration networks; set TMPDIR");
  }
  const int before = runtime.threads();
  auto profile = Profiler(runtime, targets, request, scratch.path()).run();
  runtime.set_threads(before);
  return profile;
}

}  // namespace cef::operation
