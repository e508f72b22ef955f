#include "cells.hpp"

#include <algorithm>
#include <random>
#include <sstream>

#include "cef/core/file.hpp"
#include "cef/core/json.hpp"

namespace cef::matrix {

namespace {

using core::Json;
using core::operator""_MiB;

std::map<std::string, std::string> factors_of(const std::string& name) {
  std::map<std::string, std::string> factors;
  std::istringstream in(name);
  for (std::string part; std::getline(in, part, ',');) {
    const std::size_t equals = part.find('=');
    factors[part.substr(0, equals)] = equals == std::string::npos ? "" : part.substr(equals + 1);
  }
  return factors;
}

select::Candidate candidate_of(const Json& predicted, const Json& run, const std::string& state) {
  const auto seconds = [&](const char* key) { return select::Seconds(predicted.at(key).get<double>()); };
  select::Candidate candidate;
  candidate.name = predicted.at("model").get<std::string>();
  candidate.exact = predicted.at("exact").get<bool>();
  candidate.accuracy_percent = predicted.at("accuracy_percent").get<double>();
  candidate.memory = core::Bytes{predicted.at("memory_bytes").get<std::uint64_t>()};
  candidate.predicted.image = seconds("image_seconds");
  candidate.predicted.fixed = seconds("fixed_seconds");
  if (state == "cold") {
    candidate.predicted.fetch = seconds("fetch_seconds");
    candidate.predicted.load = seconds("load_seconds");
  }
  candidate.measured = select::Seconds(run.at(state).at("steps").at("total_seconds").get<double>());
  return candidate;
}

/// What a node looks like that ran the baseline until now.
void add_kept(Cell& cell) {
  auto kept = cell.candidates["cold"];
  cell.trials["kept"] = cell.trials["cold"];
  const auto& warm = cell.candidates["warm"];
  if (const auto greedy = select::choose(select::Policy::greedy, warm, cell.limits)) {
    cell.trials["kept"][greedy->model] = cell.trials["warm"][greedy->model];
    for (std::size_t i = 0; i < kept.size(); ++i) {
      kept[i] = kept[i].name == greedy->model ? warm[i] : kept[i];
    }
  }
  cell.candidates["kept"] = std::move(kept);
}

Cell cell_of(const std::string& name, const Json& json) {
  Cell cell;
  cell.name = name;
  cell.factors = factors_of(name);
  const Json& edge = json.at("edges").at(0);
  cell.limits.images = json.at("settings").at("images_per_trial").get<std::size_t>();
  cell.limits.memory_available =
      core::Bytes{edge.at("status_before").at("memory_available_bytes").get<std::uint64_t>()};
  for (const Json& predicted : edge.at("predicted")) {
    for (const Json& run : edge.at("models")) {
      if (run.at("model") == predicted.at("model")) {
        for (const char* state : {"cold", "warm"}) {
          cell.candidates[state].push_back(candidate_of(predicted, run, state));
          auto& trials = cell.trials[state][run.at("model").get<std::string>()];
          for (const Json& trial : run.at(state).at("trials")) {
            trials.push_back(trial.at("total_seconds").get<double>());
          }
        }
      }
    }
  }
  add_kept(cell);
  return cell;
}

double resampled_mean(const std::vector<double>& values, std::mt19937& random) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[random() % values.size()];
  }
  return sum / static_cast<double>(values.size());
}

/// Percentile bootstrap over the trials of both. With fewer than three of either nothing is sure: 0.
double least_regret(const Pick& advanced, const Pick& oracle) {
  constexpr std::size_t k_resamples = 400;
  if (advanced.model == oracle.model || std::min(advanced.trials.size(), oracle.trials.size()) < 3) {
    return 0;
  }
  std::mt19937 random(1);
  std::vector<double> regrets;
  for (std::size_t i = 0; i < k_resamples; ++i) {
    const double took = resampled_mean(advanced.trials, random);
    regrets.push_back((took / resampled_mean(oracle.trials, random) - 1) * 100);
  }
  std::sort(regrets.begin(), regrets.end());
  return regrets[k_resamples / 40];
}

/// The candidates as measured by every second trial, from the first or from the second on.
std::vector<select::Candidate> by_half(const Cell& cell, const std::string& state, std::size_t first) {
  auto candidates = cell.candidates.at(state);
  for (auto& candidate : candidates) {
    const auto& trials = cell.trials.at(state).at(candidate.name);
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = first; i < trials.size(); i += 2) {
      sum += trials[i];
      ++count;
    }
    candidate.measured = count == 0 ? std::nullopt : std::optional(select::Seconds(sum / static_cast<double>(count)));
  }
  return candidates;
}

std::optional<double> measuring_regret(const Cell& cell, const std::string& state, const select::Limits& limits) {
  const auto known = by_half(cell, state, 0);
  const auto judges = by_half(cell, state, 1);
  const auto chosen = select::choose(select::Policy::oracle, known, limits);
  const auto best = select::choose(select::Policy::oracle, judges, limits);
  if (!chosen || !best) {
    return std::nullopt;
  }
  const auto took = [&](const std::string& model) {
    return std::find_if(judges.begin(), judges.end(), [&](const auto& c) { return c.name == model; })
        ->measured->count();
  };
  return (took(chosen->model) / took(best->model) - 1) * 100;
}

}  // namespace

core::Result<Cell> read_cell(const std::filesystem::path& file) {
  const auto text = core::read_file(file, 64_MiB);
  if (!text) {
    return core::fail(text.error());
  }
  const auto json = core::parse_json(*text, file.string());
  if (!json) {
    return core::fail(json.error());
  }
  try {
    return cell_of(file.stem().string(), *json);
  } catch (const Json::exception& error) {
    return core::fail(core::ErrorCode::integrity, file.string() + " has no measured edge: " + error.what());
  }
}

core::Result<Judged> judge(const Cell& cell, int budget, const std::string& state) {
  const auto& candidates = cell.candidates.at(state);
  select::Limits limits = cell.limits;
  limits.accuracy_budget_points = budget;
  const auto named = [&](const std::string& model) {
    return std::find_if(candidates.begin(), candidates.end(), [&](const auto& c) { return c.name == model; });
  };
  const auto pick = [&](select::Policy policy) -> core::Result<Pick> {
    const auto choice = select::choose(policy, candidates, limits);
    if (!choice) {
      return core::fail(choice.error());
    }
    const auto chosen = named(choice->model);
    return Pick{chosen->name, chosen->predicted.total(limits.images).count(), chosen->measured->count(),
                cell.trials.at(state).at(chosen->name)};
  };
  Judged judged{&cell, budget, state, {}, {}, {}, std::nullopt, 0, 0};
  for (const auto& [policy, target] :
       {std::pair{select::Policy::greedy, &judged.greedy}, std::pair{select::Policy::advanced, &judged.advanced},
        std::pair{select::Policy::oracle, &judged.oracle}}) {
    auto picked = pick(policy);
    if (!picked) {
      return core::fail(picked.error());
    }
    *target = std::move(*picked);
  }
  judged.drop_points = named(judged.greedy.model)->accuracy_percent - named(judged.advanced.model)->accuracy_percent;
  judged.measuring_regret_percent = measuring_regret(cell, state, limits);
  judged.least_regret_percent = least_regret(judged.advanced, judged.oracle);
  return judged;
}

}  // namespace cef::matrix
