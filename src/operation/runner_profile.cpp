#include "runner_profile.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <tuple>

#include "cef/model/weights.hpp"

namespace cef::operation {

namespace {

namespace fs = std::filesystem;
using core::Result;
using std::chrono::steady_clock;

constexpr int k_warmup_calls = 4;  // LibTorch optimises a graph in its first calls
constexpr std::size_t k_min_calls = 15;
constexpr select::Seconds k_min_time{0.15};
constexpr select::Seconds k_max_time{2.0};
constexpr std::size_t k_max_kinds = 3;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "cef-profile-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) {
      path_ = name;
    }
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) {
      fs::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Weights that keep activations near 1: uniform with He's variance for convolutions and linear layers, batch norms
/// that change nothing.
std::vector<float> values_for(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  std::size_t fan_in = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    count *= static_cast<std::size_t>(shape[i]);
    fan_in *= i == 0 ? 1U : static_cast<std::size_t>(shape[i]);
  }
  if (shape.size() == 1) {
    const bool one = name.ends_with("running_var") || name.ends_with(".weight");
    return std::vector<float>(count, one ? 1.0F : 0.0F);
  }
  const float bound = std::sqrt(6.0F / static_cast<float>(fan_in));
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
    value = bound * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
  }
  return values;
}

Result<std::unique_ptr<model::LoadedModel>> load_random(model::InferenceRuntime& runtime, const model::Network& network,
                                                        const fs::path& file) {
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, model::TensorView> tensors;
  for (const auto& [name, shape] : network.parameters()) {
    const auto& data = values[name] = values_for(name, shape);
    tensors[name] = {model::ElementType::f32, shape, std::as_bytes(std::span(data))};
  }
  if (auto written = model::write_safetensors(file, tensors, {}); !written) {
    return core::fail(written.error());
  }
  const auto weights = model::WeightFile::open(file);
  if (!weights) {
    return core::fail(weights.error());
  }
  return runtime.load(network, *weights);
}

/// Median time of one image.
Result<select::Seconds> time_of(model::LoadedModel& loaded, int height, int width) {
  const std::vector<float> input(std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width),
                                 0.5F);
  std::vector<select::Seconds> times;
  const auto begin = steady_clock::now();
  for (int call = 0;; ++call) {
    const auto start = steady_clock::now();
    if (auto logits = loaded.logits(input, 1, height, width); !logits) {
      return core::fail(logits.error());
    }
    const auto end = steady_clock::now();
    if (call >= k_warmup_calls) {
      times.emplace_back(end - start);
    }
    const select::Seconds spent = end - begin;
    if ((times.size() >= k_min_calls && spent >= k_min_time) || (!times.empty() && spent >= k_max_time)) {
      break;
    }
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

/// Bytes read and written a second by copying 32 MiB, the best of three.
double copy_rate() {
  constexpr std::size_t k_size = std::size_t{32} << 20U;
  const std::vector<char> from(k_size, 1);
  std::vector<char> to(k_size, 2);
  select::Seconds best{1e9};
  for (int i = 0; i < 3; ++i) {
    const auto start = steady_clock::now();
    std::memcpy(to.data(), from.data(), k_size);
    best = std::min(best, select::Seconds(steady_clock::now() - start));
    if (to[static_cast<std::size_t>(i) * 4096U] != 1) {
      return 0;
    }
  }
  return best.count() > 0 ? 2.0 * static_cast<double>(k_size) / best.count() : 0.0;
}

std::vector<model::Architecture> probes_for(const std::vector<model::Architecture>& kinds) {
  std::set<std::tuple<model::Family, bool, int>> seen;
  std::vector<model::Architecture> probes;
  for (const auto& kind : kinds) {
    const bool bottleneck = kind.family == model::Family::torchvision_resnet && kind.depth >= 50;
    if (seen.size() == k_max_kinds || !seen.insert({kind.family, bottleneck, kind.width}).second) {
      continue;
    }
    const int depth = kind.family == model::Family::cifar_resnet ? 8 : bottleneck ? 50 : 18;
    probes.push_back({kind.family, depth, kind.width, kind.classes});
    probes.push_back({kind.family, depth, kind.width * 2, kind.classes});
  }
  return probes;
}

}  // namespace

core::Result<select::Work> work_of(const model::Architecture& architecture, int height, int width) {
  const auto network = model::build_network(architecture);
  if (!network) {
    return core::fail(network.error());
  }
  const auto fused = [](const model::Op& op) {
    return op.kind == model::OpKind::batch_norm || op.kind == model::OpKind::relu;
  };
  const auto left = std::count_if(network->ops.begin(), network->ops.end(), [&](const auto& op) { return !fused(op); });
  return select::Work{static_cast<double>(left), static_cast<double>(network->macs(height, width)),
                      static_cast<double>(network->working_set_bytes(height, width))};
}

core::Result<select::DeviceProfile> measure_profile(model::InferenceRuntime& runtime,
                                                    const std::vector<model::Architecture>& kinds, int height,
                                                    int width) {
  const ScratchFolder scratch;
  if (scratch.path().empty()) {
    return core::fail(core::ErrorCode::general, "no temporary folder for the calibration networks; set TMPDIR");
  }
  std::vector<select::Sample> samples;
  for (const auto& probe : probes_for(kinds)) {
    const auto network = model::build_network(probe);
    const auto work = work_of(probe, height, width);
    if (!network || !work) {
      return core::fail(!network ? network.error() : work.error());
    }
    auto loaded = load_random(runtime, *network, scratch.path() / "probe.safetensors");
    if (!loaded) {
      return core::fail(std::move(loaded.error()).in("calibration network"));
    }
    const auto time = time_of(**loaded, height, width);
    if (!time) {
      return core::fail(time.error());
    }
    samples.push_back({*work, *time});
  }
  return select::fit_profile(samples, copy_rate(), runtime.threads());
}

}  // namespace cef::operation
