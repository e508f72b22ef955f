#include "cef/operation/edge_profile.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cef/core/digest.hpp"
#include "cef/core/log.hpp"
#include "cef/model/precision.hpp"
#include "cef/select/predictor.hpp"
#include "probe_network.hpp"

namespace cef::operation {

using core::Result;
using select::Seconds;

namespace {

constexpr std::int64_t k_layers_expire = 24 * 3600;  // seconds
constexpr std::int64_t k_all_expires = 600;
constexpr double k_load_uncertainty = 0.5;
constexpr double k_probe_uncertainty = 0.02;
constexpr double k_probe_load_uncertainty = 0.2;
constexpr std::size_t k_most_ties = 4;    ///< of one budget in one state
constexpr std::size_t k_most_probed = 8;  ///< in all
constexpr int k_round_trips = 3;          ///< the first may find a node that sleeps

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What the times of layers depend on besides the machine.
std::string key_of(const EdgeEnvironment& environment, const std::vector<RunnerModel>& models, int threads) {
  std::vector<std::string> parts;
  for (const auto& model : models) {
    parts.push_back(model.name + "|" + model.digest + "|" + std::to_string(model.preprocessing.crop));
  }
  std::sort(parts.begin(), parts.end());
  std::string all = std::string(CEF_VERSION) + "|loads-make-ready|" + environment.runtime + "|" +
                    std::to_string(environment.cpus) + "|" + std::to_string(environment.threads) + "|" +
                    std::to_string(threads);
  for (const auto& part : parts) {
    all += "|" + part;
  }
  return core::sha256(all);
}

class ProfileCache {
 public:
  ProfileCache(std::optional<store::Measurements>& measurements, std::string device, std::string key)
      : measurements_(measurements), device_(std::move(device)), key_(std::move(key)) {}

  std::optional<select::DeviceProfile> get(const char* kind, std::int64_t expires) {
    const auto kept =
        measurements_ ? measurements_->kept(device_, kind, key_) : Result<std::optional<store::Kept>>(std::nullopt);
    if (!kept || !*kept || now() - (*kept)->time > expires || (*kept)->time > now()) {
      return std::nullopt;
    }
    const auto json = core::parse_json((*kept)->text, "kept profile");
    auto profile = json ? select::profile_of(*json) : core::fail(json.error());
    return profile ? std::optional(std::move(*profile)) : std::nullopt;
  }

  void put(const char* kind, const select::DeviceProfile& profile) {
    if (!measurements_) {
      return;
    }
    if (auto kept = measurements_->keep(device_, kind, key_, {core::dump_line(to_json(profile)), now()}); !kept) {
      core::log_info("the profile of " + device_ + " is not kept for later: " + kept.error().line());
    }
  }

 private:
  std::optional<store::Measurements>& measurements_;
  std::string device_;
  std::string key_;
};

/// What layers cost is from before, what slows them down is of now.
select::DeviceProfile merged(select::DeviceProfile known, const select::DeviceProfile& fresh) {
  std::erase_if(known.threads, [&](const select::ThreadSpeed& speed) {  // a smaller quota than then
    return std::none_of(fresh.threads.begin(), fresh.threads.end(),
                        [&](const select::ThreadSpeed& measured) { return measured.threads == speed.threads; });
  });
  for (auto& speed : known.threads) {
    for (const auto& measured : fresh.threads) {
      speed.slowdown = measured.threads == speed.threads ? measured.slowdown : speed.slowdown;
    }
  }
  known.memory_available = fresh.memory_available;
  known.winograd = fresh.winograd;
  known.busy_cores = fresh.busy_cores;
  known.usable_cores = fresh.usable_cores;
  known.cached = true;
  return known;
}

Result<select::DeviceProfile> measured_profile(EdgeRunner& runner, ProfileCache& cache, int threads, ProfileUse use) {
  if (use == ProfileUse::cached) {
    if (auto all = cache.get("all", k_all_expires)) {
      all->cached = true;
      return std::move(*all);
    }
  }
  auto layers = use == ProfileUse::fresh ? std::nullopt : cache.get("layers", k_layers_expire);
  auto profile = runner.profile({!layers.has_value(), threads});
  if (!profile) {
    return profile;
  }
  if (layers) {
    profile = merged(std::move(*layers), *profile);
  } else {
    cache.put("layers", *profile);
  }
  const auto link = runner.link();
  if (!link) {
    return core::fail(link.error());
  }
  profile->link = *link;
  cache.put("all", *profile);
  return profile;
}

select::Subject subject_of(const ForecastSubject& subject, int threads) {
  const auto& architecture = subject.model.architecture;
  const bool bottleneck = architecture.family == model::Family::torchvision_resnet && architecture.depth >= 50;
  return {subject.model.digest + "@" + std::to_string(subject.height) + "x" + std::to_string(subject.width),
          std::string(model::to_string(architecture.family)) + (bottleneck ? "-bottleneck" : "") + "-w" +
              std::to_string(architecture.width),
          std::string(model::to_string(subject.model.precision)), threads};
}

/// Of every budget, with the models on the node and without, the nearest to the best of each first.
std::vector<std::size_t> all_ties(const std::vector<select::Candidate>& candidates, select::Limits limits,
                                  const std::vector<double>& budgets) {
  auto there = candidates;
  for (auto& candidate : there) {
    candidate.predicted.fetch = candidate.predicted.load = Seconds(0);
  }
  std::vector<std::vector<std::size_t>> groups;
  for (const double budget : budgets) {
    limits.accuracy_budget_points = budget;
    groups.push_back(select::near_ties(there, limits, k_most_ties));
    groups.push_back(select::near_ties(candidates, limits, k_most_ties));
  }
  std::vector<std::size_t> all;
  for (std::size_t rank = 0; rank < k_most_ties; ++rank) {
    for (const auto& group : groups) {
      const bool wanted = rank < group.size() && all.size() < k_most_probed &&
                          std::find(all.begin(), all.end(), group[rank]) == all.end();
      if (wanted) {
        all.push_back(group[rank]);
      }
    }
  }
  return all;
}

/// What the probed ones were predicted wrongly by, the others with so many threads and of the same exactness are too.
void learn_from_probes(std::vector<select::Candidate>& candidates, const std::vector<select::Candidate>& before) {
  for (auto& other : candidates) {
    double image = 0;
    double load = 0;
    double count = 0;
    for (std::size_t i = 0; i < candidates.size() && !other.predicted.probed; ++i) {
      const select::Forecast& now = candidates[i].predicted;
      const select::Forecast& then = before[i].predicted;
      const bool alike = now.probed && now.threads == other.predicted.threads && candidates[i].exact == other.exact;
      if (alike && then.image.count() > 0 && then.load.count() > 0 && now.load.count() > 0) {
        image += std::log(now.image / then.image);
        load += std::log(now.load / then.load);
        count += 1;
      }
    }
    if (count > 0) {
      other.predicted.image *= std::exp(image / count);
      other.predicted.load *= std::exp(load / count);
    }
  }
}

}  // namespace

const char* to_string(ProfileUse use) noexcept {
  return use == ProfileUse::fresh ? "fresh" : use == ProfileUse::cached ? "cached" : "auto";
}

std::optional<store::Measurements> open_measurements() {
  auto opened = store::Measurements::open(store::default_measurements_file());
  if (!opened) {
    core::log_info("nothing is kept for later predictions: " + opened.error().line());
    return std::nullopt;
  }
  if (!opened->note().empty()) {
    core::log_warning(opened->note());
  }
  return std::move(*opened);
}

Result<EdgeKnowledge> profile_edge(EdgeRunner& runner, const std::string& edge, const std::vector<RunnerModel>& models,
                                   int threads, ProfileUse use, std::optional<store::Measurements>& measurements) {
  const EdgeEnvironment& environment = runner.environment();
  EdgeKnowledge knowledge;
  knowledge.device = edge + "|" + environment.cpu_model + "|" + environment.architecture;
  ProfileCache cache(measurements, knowledge.device, key_of(environment, models, threads));
  auto profile = measured_profile(runner, cache, threads, use);
  if (!profile) {
    return core::fail(profile.error());
  }
  knowledge.profile = std::move(*profile);
  if (measurements) {
    knowledge.history = measurements->of(knowledge.device).value_or(std::vector<select::Observation>());
  }
  knowledge.fixed = Seconds(1e9);
  for (int i = 0; i < k_round_trips; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (const auto status = runner.status(); !status) {
      return core::fail(status.error());
    }
    knowledge.fixed = std::min(knowledge.fixed, 2 * Seconds(std::chrono::steady_clock::now() - start));
  }
  return knowledge;
}

Result<select::Forecast> forecast(const ForecastSubject& subject, const EdgeKnowledge& knowledge, int threads) {
  const auto network = model::build_network(subject.model.architecture);
  if (!network) {
    return core::fail(network.error());
  }
  const auto layers = layers_of(*network, subject.height, subject.width);
  const select::DeviceProfile& profile = knowledge.profile;
  select::Forecast best;
  core::Error last{core::ErrorCode::usage, "the device profile is empty", {}};
  for (const auto& speed : profile.threads) {
    if (threads > 0 && speed.threads != threads) {
      continue;
    }
    const auto raw = select::predict(layers, model::to_string(subject.model.precision), speed.threads, profile);
    if (!raw) {
      last = raw.error();
      continue;
    }
    const auto of = subject_of(subject, speed.threads);
    const auto factor = select::correct_image(knowledge.history, of, raw->uncertainty);
    if (best.threads == 0 || raw->image * factor.value < best.image) {
      best.threads = speed.threads;
      best.image_by_layers = raw->image;
      best.image = raw->image * factor.value;
      best.uncertainty = factor.uncertainty;
      best.observations = factor.observations;
    }
  }
  if (best.threads == 0) {
    return core::fail(last);
  }
  best.load_by_layers = select::predict_load(layers, profile);
  const auto load = select::correct_load(knowledge.history, subject_of(subject, best.threads), k_load_uncertainty);
  best.load = best.load_by_layers * load.value;
  best.load_uncertainty = load.uncertainty;
  best.fetch = select::predict_fetch(static_cast<double>(subject.file_size.count), profile);
  best.link_bytes_per_second = profile.link ? profile.link->bytes_per_second : 0;
  best.fixed = knowledge.fixed;
  return best;
}

Result<std::size_t> probe_ties(EdgeRunner& runner, std::vector<select::Candidate>& candidates,
                               const select::Limits& limits, const std::vector<double>& budgets) {
  const auto ties = all_ties(candidates, limits, budgets);
  if (ties.empty()) {
    return std::size_t{0};
  }
  std::vector<ThreadedModel> models;
  for (const std::size_t i : ties) {
    models.push_back({candidates[i].name, candidates[i].predicted.threads});
  }
  const auto times = runner.probe(models);
  if (!times) {
    return core::fail(times.error());
  }
  const auto before = candidates;
  for (std::size_t i = 0; i < std::min(ties.size(), times->size()); ++i) {
    select::Forecast& predicted = candidates[ties[i]].predicted;
    predicted.image = (*times)[i].image;
    predicted.load = (*times)[i].load;
    predicted.uncertainty = k_probe_uncertainty;
    predicted.load_uncertainty = k_probe_load_uncertainty;
    predicted.probed = true;
  }
  learn_from_probes(candidates, before);
  return ties.size();
}

select::Observation observation_of(const ForecastSubject& subject, const EdgeKnowledge& knowledge,
                                   const select::Forecast& forecast, Seconds image, Seconds load) {
  const auto of = subject_of(subject, forecast.threads);
  select::Observation seen;
  seen.device = knowledge.device;
  seen.candidate = of.candidate;
  seen.family = of.family;
  seen.precision = of.precision;
  seen.threads = of.threads;
  seen.predicted = forecast.image_by_layers;
  seen.measured = image;
  if (load.count() > 0) {
    seen.predicted_load = forecast.load_by_layers;
    seen.measured_load = load;
  }
  seen.time = now();
  return seen;
}

}  // namespace cef::operation
