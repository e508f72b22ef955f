#include "cef/operation/bench_compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>

#include "cef/bench/statistics.hpp"
#include "cef/core/text.hpp"

namespace cef::operation {

namespace {

constexpr std::size_t k_resamples = 2000;
constexpr std::size_t k_least_trials = 3;
constexpr double k_normal_95 = 1.959964;

double resampled_mean(const std::vector<RecordSteps>& trials, std::mt19937_64& random) {
  double sum = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    sum += trials[random() % trials.size()].total;
  }
  return sum / static_cast<double>(trials.size());
}

/// Percentile bootstrap of mean(b) / mean(a), each resampled by itself: the runs are not paired.
std::optional<bench::Interval> ratio_interval(const RecordStateRun& a, const RecordStateRun& b) {
  if (a.trials.size() < k_least_trials || b.trials.size() < k_least_trials) {
    return std::nullopt;
  }
  std::mt19937_64 random(1);  // the same files always give the same interval
  std::vector<double> ratios;
  for (std::size_t i = 0; i < k_resamples; ++i) {
    const double below = resampled_mean(a.trials, random);
    const double above = resampled_mean(b.trials, random);
    if (below > 0) {
      ratios.push_back(above / below);
    }
  }
  if (ratios.size() < k_resamples) {
    return std::nullopt;
  }
  std::sort(ratios.begin(), ratios.end());
  return bench::Interval{bench::quantile(ratios, 0.025), bench::quantile(ratios, 0.975)};
}

TimeChange time_change(const RecordStateRun& a, const RecordStateRun& b) {
  TimeChange t;
  t.a = a.mean.total;
  t.b = b.mean.total;
  t.ratio = t.a > 0 ? t.b / t.a : 1;
  t.interval = ratio_interval(a, b);
  if (t.interval) {
    t.change = t.interval->low > 1 ? Change::slower : t.interval->high < 1 ? Change::faster : Change::same;
  }
  return t;
}

bench::Interval accuracy_interval(const RecordModelRun& a, const RecordModelRun& b) {
  const auto variance = [](const RecordModelRun& run) {
    const double p = run.accuracy_percent / 100;
    return run.images == 0 ? 0 : std::max(0.0, p * (1 - p)) / static_cast<double>(run.images);
  };
  const double difference = b.accuracy_percent - a.accuracy_percent;
  const double half = 100 * k_normal_95 * std::sqrt(variance(a) + variance(b));
  return {difference - half, difference + half};
}

const RecordStateRun* state_run(const RecordEdge& edge, const std::string& model, bool cold) {
  const auto* run = edge.find(model);
  if (run == nullptr) {
    return nullptr;
  }
  const auto& state = cold ? run->cold : run->warm;
  return state ? &*state : nullptr;
}

void compare_models(EdgeChange& change, const RecordEdge& a, const RecordEdge& b) {
  for (const bool cold : {false, true}) {
    for (const auto& run : a.models) {
      const auto* in_a = state_run(a, run.model, cold);
      const auto* in_b = state_run(b, run.model, cold);
      if (in_a != nullptr && in_b != nullptr) {
        const auto* other = b.find(run.model);
        change.models.push_back({run.model, cold, time_change(*in_a, *in_b), run.accuracy_percent,
                                 other->accuracy_percent, accuracy_interval(run, *other)});
      }
    }
  }
}

void compare_policies(EdgeChange& change, const RecordEdge& a, const RecordEdge& b) {
  for (const bool cold : {false, true}) {
    const auto& state_a = a.in(cold);
    const auto& state_b = b.in(cold);
    if (!state_a || !state_b) {
      continue;
    }
    const auto add = [&](const char* policy, const std::string& model_a, const std::string& model_b) {
      PolicyChange p{policy, cold, model_a, model_b, std::nullopt, std::nullopt, std::nullopt};
      const auto* run_a = state_run(a, model_a, cold);
      const auto* run_b = state_run(b, model_b, cold);
      if (run_a != nullptr && run_b != nullptr) {
        p.time = time_change(*run_a, *run_b);
      }
      if (std::string_view(policy) == "advanced") {
        p.saving_a = state_a->comparison.saving_percent;
        p.saving_b = state_b->comparison.saving_percent;
      }
      change.policies.push_back(std::move(p));
    };
    add("greedy", state_a->greedy.model, state_b->greedy.model);
    add("advanced", state_a->advanced.model, state_b->advanced.model);
  }
}

void add_difference(std::vector<Difference>& out, const std::string& edge, const std::string& name,
                    const std::string& a, const std::string& b) {
  if (a != b) {
    out.push_back({edge, name, a, b});
  }
}

void compare_environments(BenchComparison& comparison, EdgeChange& change, const RecordEdge& a, const RecordEdge& b) {
  for (const auto& field : a.environment) {
    if (field.name == "load_1min") {
      continue;  // is never the same
    }
    const std::string other = b.environment_of(field.name);
    add_difference(comparison.differences, a.name, field.name, field.value, other);
    const bool device = field.name == "cpu_model" || field.name == "architecture" || field.name == "cores";
    if (device && field.value != other) {
      change.not_comparable.push_back(field.name + " is " + field.value + " in the first run, " + other +
                                      " in the second: another device");
    }
  }
}

std::vector<std::string> reasons_not_comparable(const BenchRecord& a, const BenchRecord& b) {
  std::vector<std::string> reasons;
  if (a.dataset.digest != b.dataset.digest) {
    reasons.push_back("the data differ (" + a.dataset.name + ", " + b.dataset.name + ")");
  } else if (a.dataset.images != b.dataset.images) {
    reasons.push_back("the runs used " + std::to_string(a.dataset.images) + " and " + std::to_string(b.dataset.images) +
                      " images of the data");
  }
  if (a.images_per_trial != b.images_per_trial) {
    reasons.push_back("a trial has " + std::to_string(a.images_per_trial) + " images in the first run, " +
                      std::to_string(b.images_per_trial) + " in the second");
  }
  for (const auto& model : a.models) {
    const auto other =
        std::find_if(b.models.begin(), b.models.end(), [&](const auto& m) { return m.name == model.name; });
    if (other != b.models.end() && other->digest != model.digest) {
      reasons.push_back(model.name + " has other weights");
    }
  }
  return reasons;
}

void compare_settings(BenchComparison& comparison, const BenchRecord& a, const BenchRecord& b) {
  auto& out = comparison.differences;
  add_difference(out, "", "cef_version", a.cef_version, b.cef_version);
  add_difference(out, "", "state", a.cold_verdict ? "cold" : "warm", b.cold_verdict ? "cold" : "warm");
  for (const auto& [name, value] : a.settings.items()) {
    if (b.settings.contains(name) && value != b.settings.at(name)) {  // an older cef wrote fewer
      add_difference(out, "", name, core::text_of(value), core::text_of(b.settings.at(name)));
    }
  }
}

std::string percent_more(double ratio) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * (ratio - 1));
  return text.data();
}

bool too_slow(const TimeChange& time, double percent) {
  return time.change == Change::slower && time.ratio > 1 + percent / 100;
}

void edge_slower_than(std::vector<std::string>& reasons, const EdgeChange& edge, double percent) {
  if (edge.in_a && !edge.in_b) {
    reasons.push_back(edge.name + " has no result in the second run");
  }
  for (const auto& reason : edge.not_comparable) {
    reasons.push_back(edge.name + ": " + reason);
  }
  for (const auto& model : edge.models) {
    if (too_slow(model.time, percent)) {
      reasons.push_back(edge.name + ": " + model.model + (model.cold ? ", cold," : "") + " takes " +
                        percent_more(model.time.ratio) + " longer");
    }
  }
  for (const auto& policy : edge.policies) {
    if (policy.model_a != policy.model_b && policy.time && too_slow(*policy.time, percent)) {
      reasons.push_back(edge.name + ": " + policy.policy + (policy.cold ? ", cold," : "") + " now takes " +
                        policy.model_b + " and " + percent_more(policy.time->ratio) + " longer");
    }
  }
}

}  // namespace

const char* to_string(Change change) noexcept {
  switch (change) {
    case Change::faster:
      return "faster";
    case Change::same:
      return "same";
    case Change::slower:
      return "slower";
    case Change::unknown:
      break;
  }
  return "unknown";
}

BenchComparison compare_benches(const BenchRecord& a, const BenchRecord& b) {
  BenchComparison comparison{a.file, b.file, a.started, b.started, a.verdict.outcome, b.verdict.outcome, {}, {}, {}};
  comparison.not_comparable = reasons_not_comparable(a, b);
  compare_settings(comparison, a, b);
  const auto find = [](const BenchRecord& record, const std::string& name) {
    const auto found =
        std::find_if(record.edges.begin(), record.edges.end(), [&](const auto& e) { return e.name == name; });
    return found == record.edges.end() ? nullptr : &*found;
  };
  for (const auto& edge : a.edges) {
    EdgeChange change;
    change.name = edge.name;
    change.in_a = edge.warm || edge.cold;
    change.verdict_a = edge.verdict.outcome;
    if (const auto* other = find(b, edge.name); other != nullptr) {
      change.in_b = other->warm || other->cold;
      change.verdict_b = other->verdict.outcome;
      if (change.in_a && change.in_b) {
        compare_environments(comparison, change, edge, *other);
        compare_policies(change, edge, *other);
        compare_models(change, edge, *other);
      }
    }
    comparison.edges.push_back(std::move(change));
  }
  for (const auto& edge : b.edges) {
    if (find(a, edge.name) == nullptr) {
      EdgeChange change;
      change.name = edge.name;
      change.in_b = edge.warm || edge.cold;
      change.verdict_b = edge.verdict.outcome;
      comparison.edges.push_back(std::move(change));
    }
  }
  return comparison;
}

std::vector<std::string> slower_than(const BenchComparison& comparison, double percent) {
  std::vector<std::string> reasons = comparison.not_comparable;
  bool any = false;
  for (const auto& edge : comparison.edges) {
    edge_slower_than(reasons, edge, percent);
    any = any || !edge.models.empty();
  }
  if (!any) {
    reasons.emplace_back("no model was measured on the same edge in both runs");
  }
  return reasons;
}

}  // namespace cef::operation
