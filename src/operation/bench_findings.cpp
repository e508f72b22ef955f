#include "cef/operation/bench_findings.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "cef/operation/bench.hpp"

namespace cef::operation {

namespace {

constexpr std::size_t k_most_limits = 10;

const RecordStateRun* run_in(const RecordEdge& edge, const std::string& model, bool cold) {
  const RecordModelRun* run = edge.find(model);
  if (run == nullptr) {
    return nullptr;
  }
  const auto& state = cold ? run->cold : run->warm;
  return state ? &*state : nullptr;
}

/// The record's predictions as selection takes them: a warm model needs no fetch and no load.
std::vector<select::Candidate> candidates_of(const RecordEdge& edge, bool cold) {
  std::vector<select::Candidate> out;
  for (const auto& p : edge.predicted) {
    select::Candidate candidate;
    candidate.name = p.model;
    candidate.exact = p.exact;
    candidate.accuracy_percent = p.accuracy_percent;
    candidate.predicted.fetch = select::Seconds(cold ? p.fetch : 0);
    candidate.predicted.load = select::Seconds(cold ? p.load : 0);
    candidate.predicted.image = select::Seconds(p.image);
    candidate.predicted.fixed = select::Seconds(p.fixed);
    candidate.memory = core::Bytes{p.memory_bytes};
    if (const auto* run = run_in(edge, p.model, cold); run != nullptr) {
      candidate.measured = select::Seconds(run->mean.total);
    }
    out.push_back(std::move(candidate));
  }
  return out;
}

std::optional<double> saving_of(const RecordEdge& edge, const std::string& baseline, const std::string& other,
                                bool cold) {
  const auto* b = run_in(edge, baseline, cold);
  const auto* a = run_in(edge, other, cold);
  if (a == nullptr || b == nullptr || b->mean.total <= 0) {
    return std::nullopt;
  }
  return 100 * (b->mean.total - a->mean.total) / b->mean.total;
}

std::optional<double> drop_of(const RecordEdge& edge, const std::string& baseline, const std::string& other) {
  const auto* b = edge.find(baseline);
  const auto* a = edge.find(other);
  return a == nullptr || b == nullptr ? std::nullopt : std::optional(b->accuracy_percent - a->accuracy_percent);
}

AccuracyBudgetRow budget_row(const BenchRecord& record, const RecordEdge& edge, const std::string& baseline,
                             const std::vector<select::Candidate>& candidates, double budget, bool cold) {
  select::Limits limits;
  limits.accuracy_budget_points = budget;
  limits.images = std::max<std::size_t>(1, record.images_per_trial);
  if (edge.memory_available_bytes && *edge.memory_available_bytes >= 0) {
    limits.memory_available = core::Bytes{static_cast<std::uint64_t>(*edge.memory_available_bytes)};
  }
  AccuracyBudgetRow row;
  row.budget_points = budget;
  if (const auto advanced = select::choose(select::Policy::advanced, candidates, limits)) {
    row.advanced = advanced->model;
    row.drop_points = drop_of(edge, baseline, row.advanced);
    row.saving = saving_of(edge, baseline, row.advanced, cold);
  }
  const bool all = std::all_of(candidates.begin(), candidates.end(), [](const auto& c) { return c.measured; });
  if (const auto best = all ? select::choose(select::Policy::oracle, candidates, limits)
                            : core::fail(core::ErrorCode::usage, "not all measured")) {
    row.best = best->model;
    row.best_saving = saving_of(edge, baseline, row.best, cold);
  }
  return row;
}

/// 1, 2 and 5 times the powers of ten.
double series_value(int index) {
  constexpr std::array<double, 3> k_steps{1, 2, 5};
  const int decade = index >= 0 ? index / 3 : -((2 - index) / 3);
  return k_steps[static_cast<std::size_t>(index - decade * 3)] * std::pow(10, decade);
}

struct Option {
  const char* setting;
  const char* name;
  bool zero_is_default = false;
};
constexpr std::array<Option, 23> k_options{{{"dataset", "--dataset"},
                                            {"images", "--images", true},
                                            {"threads", "--threads", true},
                                            {"oracle", "--oracle"},
                                            {"exact_only", "--exact-only"},
                                            {"profile", "--profile"},
                                            {"repository", "--repository"},
                                            {"parallel", "--parallel"},
                                            {"accuracy_budget_points", "--accuracy-budget"},
                                            {"max_accuracy_drop_points", "--max-accuracy-drop"},
                                            {"min_saving_percent", "--min-saving"},
                                            {"min_seconds", "--min-seconds"},
                                            {"max_seconds", "--max-seconds"},
                                            {"min_trials", "--min-trials"},
                                            {"max_trials", "--max-trials"},
                                            {"images_per_trial", "--trial-images"},
                                            {"warmup_trials", "--warmup-trials"},
                                            {"cold_trials", "--cold-trials"},
                                            {"seed", "--seed"},
                                            {"max_load_change", "--max-load-change"},
                                            {"max_temperature_rise_celsius", "--max-temperature-rise"},
                                            {"max_link_change", "--max-link-change"},
                                            {"allow_throttling", "--allow-throttling"}}};

void add_option(std::vector<std::string>& words, const Option& option, const core::Json& settings) {
  if (!settings.contains(option.setting)) {
    return;
  }
  const core::Json& value = settings.at(option.setting);
  if (value.is_boolean()) {
    if (value.get<bool>()) {
      words.emplace_back(option.name);
    }
  } else if (value.is_primitive() && !value.is_null() && !(option.zero_is_default && value == 0)) {
    words.emplace_back(option.name);
    words.push_back(core::text_of(value));
  }
}

}  // namespace

std::vector<AccuracyBudgetRow> accuracy_budgets(const BenchRecord& record, const RecordEdge& edge, bool cold) {
  const auto& state = edge.in(cold);
  if (!state) {
    return {};
  }
  std::vector<double> budgets(k_shown_budgets.begin(), k_shown_budgets.end());
  if (std::find(budgets.begin(), budgets.end(), record.accuracy_budget_points) == budgets.end()) {
    budgets.push_back(record.accuracy_budget_points);
    std::sort(budgets.begin(), budgets.end());
  }
  const auto candidates = candidates_of(edge, cold);
  std::vector<AccuracyBudgetRow> rows;
  for (const double budget : budgets) {
    rows.push_back(budget_row(record, edge, state->greedy.model, candidates, budget, cold));
  }
  return rows;
}

std::vector<double> latency_limits(const BenchRecord& record) {
  double least = INFINITY;
  double most = 0;
  for (const auto& edge : record.edges) {
    for (const auto& run : edge.models) {
      if (run.warm && run.warm->latency.p90 > 0) {
        least = std::min(least, run.warm->latency.p90);
        most = std::max(most, run.warm->latency.p90);
      }
    }
  }
  std::vector<double> limits;
  if (most <= 0) {
    return limits;
  }
  int index = static_cast<int>(std::floor(3 * std::log10(least))) - 3;
  while (series_value(index + 1) <= least) {
    ++index;
  }
  for (; limits.size() < k_most_limits; ++index) {
    limits.push_back(series_value(index));
    if (limits.back() >= most) {
      break;
    }
  }
  return limits;
}

std::vector<LatencyBudgetCell> latency_budgets(const RecordEdge& edge, const std::vector<double>& limits) {
  std::vector<LatencyBudgetCell> cells;
  for (const double limit : limits) {
    LatencyBudgetCell cell{limit, nullptr};
    for (const auto& run : edge.models) {
      const bool in_time = run.warm && run.warm->latency.count > 0 && run.warm->latency.p90 <= limit;
      if (in_time && (cell.run == nullptr || run.accuracy_percent > cell.run->accuracy_percent ||
                      (run.accuracy_percent == cell.run->accuracy_percent &&
                       run.warm->latency.p90 < cell.run->warm->latency.p90))) {
        cell.run = &run;
      }
    }
    cells.push_back(cell);
  }
  return cells;
}

std::vector<PlanePoint> plane_of(const RecordEdge& edge) {
  std::vector<PlanePoint> points;
  for (const auto& run : edge.models) {
    if (run.warm && run.warm->latency.mean > 0) {
      points.push_back({&run, run.warm->latency.mean, run.accuracy_percent, false});
    }
  }
  std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
    return a.latency != b.latency ? a.latency < b.latency : a.accuracy_percent > b.accuracy_percent;
  });
  double best = -INFINITY;
  for (auto& point : points) {
    point.on_front = point.accuracy_percent > best;
    best = std::max(best, point.accuracy_percent);
  }
  return points;
}

std::string repeat_command(const BenchRecord& record) {
  std::vector<std::string> words{"cef", "bench"};
  const bool here =
      record.edges.size() == 1 && record.edges[0].connection == "local" && record.edges[0].name == "localhost";
  if (!here && !record.edges.empty()) {
    std::string pattern;
    for (const auto& edge : record.edges) {
      pattern += (pattern.empty() ? "" : ",") + edge.name;
    }
    words.insert(words.end(), {pattern, "-i", "INVENTORY"});
  }
  std::string models;
  for (const auto& model : record.models) {
    models += (models.empty() ? "" : ",") + model.name;
  }
  words.insert(words.end(), {"--models", models});
  for (const auto& option : k_options) {
    add_option(words, option, record.settings);
  }
  if (record.settings.contains("probe_ties") && record.settings.at("probe_ties") == core::Json(false)) {
    words.insert(words.end(), {"--probe-ties", "no"});
  }
  for (const double deadline : record.deadlines) {
    words.insert(words.end(), {"--deadline", core::text_of(core::Json(deadline * 1e3))});
  }
  words.insert(words.end(), {"--state", record.cold_verdict ? "cold" : "warm", "--json"});
  return core::shell_join(words);
}

}  // namespace cef::operation
