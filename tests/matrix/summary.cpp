// bench_matrix_summary DIR CELLS: what tests/bench-matrix left in DIR, of so many cells of the whole matrix. The table
// goes to stdout, DIR/summary.json has the same and every judgement.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>

#include "cef/core/json.hpp"
#include "cells.hpp"

namespace cef::matrix {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr double k_near_percent = 5;
constexpr double k_far_percent = 20;
constexpr double k_wanted_saving_percent = 20;
constexpr double k_most_points = 10;
constexpr std::size_t k_most_misses = 30;

struct Matrix {
  std::vector<Cell> cells;
  std::vector<std::string> failed;
  std::vector<Judged> judged;
};

Matrix read(const fs::path& folder) {
  Matrix matrix;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    if (file.filename() == "summary.json" || (file.extension() != ".json" && file.extension() != ".failed")) {
      continue;
    }
    if (auto cell = read_cell(file); cell && !cell->candidates.empty()) {
      matrix.cells.push_back(std::move(*cell));
    } else {
      matrix.failed.push_back(file.stem().string());
    }
  }
  for (const Cell& cell : matrix.cells) {
    for (const char* state : k_states) {
      for (const int budget : k_budgets) {
        if (auto judged = judge(cell, budget, state)) {
          matrix.judged.push_back(std::move(*judged));
        } else {
          matrix.failed.push_back(cell.name + ": " + judged.error().line());
        }
      }
    }
  }
  return matrix;
}

template <class Wanted>
double percent_of(const std::vector<Judged>& all, const Wanted& wanted) {
  const auto count = std::count_if(all.begin(), all.end(), wanted);
  return all.empty() ? 0.0 : 100.0 * static_cast<double>(count) / static_cast<double>(all.size());
}

bool saves(const Judged& judged) {
  return judged.saving_percent() >= k_wanted_saving_percent && judged.drop_points <= k_most_points;
}

/// Of those with more than one trial.
double measuring_within(const std::vector<Judged>& judged, double percent) {
  std::vector<Judged> known;
  std::copy_if(judged.begin(), judged.end(), std::back_inserter(known),
               [](const auto& j) { return j.measuring_regret_percent.has_value(); });
  return percent_of(known, [&](const auto& j) { return *j.measuring_regret_percent <= percent; });
}

Json figures_json(const std::vector<Judged>& judged) {
  return {{"judged", judged.size()},
          {"within_5_percent", percent_of(judged, [](const auto& j) { return j.regret_percent() <= k_near_percent; })},
          {"within_20_percent", percent_of(judged, [](const auto& j) { return j.regret_percent() <= k_far_percent; })},
          {"surely_beyond_5_percent",
           percent_of(judged, [](const auto& j) { return j.least_regret_percent > k_near_percent; })},
          {"measuring_within_5_percent", measuring_within(judged, k_near_percent)},
          {"same_choice", percent_of(judged, [](const auto& j) { return j.advanced.model == j.oracle.model; })},
          {"saving_20_percent", percent_of(judged, saves)},
          {"saving_20_percent_possible",
           percent_of(judged, [](const auto& j) { return j.best_saving_percent() >= k_wanted_saving_percent; })}};
}

Json by_state_and_budget(const Matrix& matrix) {
  Json rows = Json::array();
  for (const char* state : k_states) {
    for (const int budget : k_budgets) {
      std::vector<Judged> part;
      std::copy_if(matrix.judged.begin(), matrix.judged.end(), std::back_inserter(part),
                   [&](const auto& j) { return j.state == state && j.budget == budget; });
      Json row = figures_json(part);
      row["state"] = state;
      row["budget_points"] = budget;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

/// Groups of judgements that differ in one factor alone: in how many the choice is not always the same.
Json changes_with(const Matrix& matrix, const std::string& factor) {
  std::map<std::string, std::vector<const Judged*>> groups;
  for (const Judged& judged : matrix.judged) {
    auto factors = judged.cell->factors;
    factors["budget"] = std::to_string(judged.budget);
    factors["state"] = judged.state;
    factors.erase(factor);
    std::string key;
    for (const auto& [name, value] : factors) {
      key += name + "=" + value + ",";
    }
    groups[key].push_back(&judged);
  }
  std::size_t count = 0;
  std::size_t advanced = 0;
  std::size_t oracle = 0;
  for (const auto& [key, members] : groups) {
    if (members.size() > 1) {
      const auto differs = [&members = members](const auto& model_of) {
        return std::any_of(members.begin(), members.end(),
                           [&](const Judged* j) { return model_of(*j) != model_of(*members.front()); });
      };
      ++count;
      advanced += differs([](const Judged& j) { return j.advanced.model; }) ? 1 : 0;
      oracle += differs([](const Judged& j) { return j.oracle.model; }) ? 1 : 0;
    }
  }
  return {{"factor", factor}, {"groups", count}, {"advanced_changes", advanced}, {"oracle_changes", oracle}};
}

Json pick_json(const Pick& pick) {
  return {{"model", pick.model}, {"predicted_seconds", pick.predicted}, {"measured_seconds", pick.measured}};
}

Json judged_json(const Judged& judged) {
  return {{"cell", judged.cell->name},
          {"state", judged.state},
          {"budget_points", judged.budget},
          {"greedy", pick_json(judged.greedy)},
          {"advanced", pick_json(judged.advanced)},
          {"oracle", pick_json(judged.oracle)},
          {"regret_percent", judged.regret_percent()},
          {"least_regret_percent", judged.least_regret_percent},
          {"saving_percent", judged.saving_percent()},
          {"accuracy_drop_points", judged.drop_points}};
}

/// Quantiles of measured over predicted total, by state.
Json prediction_errors(const Matrix& matrix) {
  Json rows = Json::array();
  for (const char* state : {"cold", "warm"}) {
    std::map<std::string, std::vector<double>> ratios;
    for (const Cell& cell : matrix.cells) {
      for (const auto& candidate : cell.candidates.at(state)) {
        const double predicted = candidate.predicted.total(cell.limits.images).count();
        if (predicted > 0) {
          ratios[candidate.name].push_back(candidate.measured->count() / predicted);
        }
      }
    }
    for (auto& [model, values] : ratios) {
      std::sort(values.begin(), values.end());
      const auto at = [&values = values](double q) {
        return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
      };
      rows.push_back({{"state", state}, {"model", model}, {"p10", at(0.1)}, {"p50", at(0.5)}, {"p90", at(0.9)}});
    }
  }
  return rows;
}

/// The two states that a bench measures; `kept` is put together of both.
std::vector<Judged> cold_and_warm(const Matrix& matrix) {
  std::vector<Judged> part;
  std::copy_if(matrix.judged.begin(), matrix.judged.end(), std::back_inserter(part),
               [](const auto& j) { return j.state != "kept"; });
  return part;
}

Json summary_json(const Matrix& matrix, std::size_t wanted) {
  Json json = {{"schema", "cef.bench-matrix/1"},
               {"cells_wanted", wanted},
               {"cells_measured", matrix.cells.size()},
               {"failed", matrix.failed},
               {"cold_and_warm", figures_json(cold_and_warm(matrix))},
               {"by_state_and_budget", by_state_and_budget(matrix)}};
  for (const char* factor : {"link", "load", "budget", "state", "cpu", "rtt", "memory"}) {
    json["changes"].push_back(changes_with(matrix, factor));
  }
  json["measured_over_predicted"] = prediction_errors(matrix);
  json["judgements"] = Json::array();
  for (const Judged& judged : matrix.judged) {
    json["judgements"].push_back(judged_json(judged));
  }
  return json;
}

std::string shown(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string figures_row(const Json& row) {
  std::string text;
  for (const char* key :
       {"within_5_percent", "within_20_percent", "surely_beyond_5_percent", "measuring_within_5_percent", "same_choice",
        "saving_20_percent", "saving_20_percent_possible"}) {
    text += " " + shown(row.at(key).get<double>(), "%.1f %%") + " |";
  }
  return text;
}

std::string pick_text(const Pick& pick) {
  return pick.model + " " + shown(pick.predicted * 1e3, "%.1f") + " → " + shown(pick.measured * 1e3, "%.1f") + " ms";
}

void print_misses(std::ostream& out, const Matrix& matrix) {
  std::vector<const Judged*> misses;
  for (const Judged& judged : matrix.judged) {
    if (judged.regret_percent() > k_near_percent) {
      misses.push_back(&judged);
    }
  }
  std::stable_sort(misses.begin(), misses.end(),
                   [](const auto* a, const auto* b) { return a->least_regret_percent > b->least_regret_percent; });
  out << "\n"
      << misses.size() << " of " << matrix.judged.size() << " choices took more than 5 % longer than the oracle's";
  out << (misses.empty()
              ? ".\n"
              : ":\n\n| cell | state | points | longer by | at least | advanced: predicted → took | oracle |\n"
                "|---|---|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < std::min(misses.size(), k_most_misses); ++i) {
    const Judged& j = *misses[i];
    out << "| " << j.cell->name << " | " << j.state << " | " << j.budget << " | "
        << shown(j.regret_percent(), "%.0f %%") << " | " << shown(j.least_regret_percent, "%.0f %%") << " | "
        << pick_text(j.advanced) << " | " << pick_text(j.oracle) << " |\n";
  }
  if (misses.size() > k_most_misses) {
    out << "\nThe others are in summary.json.\n";
  }
}

/// At the widest budget, in the states that a bench measures.
void print_small_savings(std::ostream& out, const Matrix& matrix) {
  std::vector<const Judged*> small;
  for (const Judged& judged : matrix.judged) {
    if (judged.state != "kept" && judged.budget == k_budgets.back() && !saves(judged)) {
      small.push_back(&judged);
    }
  }
  out << "\n"
      << small.size() << " cells save less than 20 % at a budget of 10 points"
      << (small.empty()
              ? ".\n"
              : ":\n\n| cell | state | saves | the oracle saves | advanced | greedy |\n|---|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < std::min(small.size(), k_most_misses); ++i) {
    const Judged& j = *small[i];
    out << "| " << j.cell->name << " | " << j.state << " | " << shown(j.saving_percent(), "%.0f %%") << " | "
        << shown(j.best_saving_percent(), "%.0f %%") << " | " << pick_text(j.advanced) << " | " << pick_text(j.greedy)
        << " |\n";
  }
}

void print(std::ostream& out, const Matrix& matrix, const Json& json) {
  out << matrix.cells.size() << " of " << json.at("cells_wanted") << " cells measured, " << matrix.failed.size()
      << " failed.\n\n"
      << "| state | budget, points | within 5 % of the oracle | within 20 % | surely not within 5 % | measuring within "
         "5 % | the oracle's "
         "choice | saves ≥ 20 % | "
         "could have |\n|---|---|---|---|---|---|---|---|---|\n";
  for (const Json& row : json.at("by_state_and_budget")) {
    out << "| " << row.at("state").get<std::string>() << " | " << row.at("budget_points") << " |" << figures_row(row)
        << "\n";
  }
  out << "| cold and warm | |" << figures_row(json.at("cold_and_warm")) << "\n\n"
      << "| all else equal, the choice changes with | advanced | oracle | of groups |\n|---|---|---|---|\n";
  for (const Json& row : json.at("changes")) {
    out << "| " << row.at("factor").get<std::string>() << " | " << row.at("advanced_changes") << " | "
        << row.at("oracle_changes") << " | " << row.at("groups") << " |\n";
  }
  out << "\n| measured / predicted | state | p10 | p50 | p90 |\n|---|---|---|---|---|\n";
  for (const Json& row : json.at("measured_over_predicted")) {
    out << "| " << row.at("model").get<std::string>() << " | " << row.at("state").get<std::string>();
    for (const char* key : {"p10", "p50", "p90"}) {
      out << " | " << shown(row.at(key).get<double>(), "%.2f");
    }
    out << " |\n";
  }
  print_misses(out, matrix);
  print_small_savings(out, matrix);
  for (const auto& name : matrix.failed) {
    out << "Failed: " << name << "\n";
  }
}

int run(const fs::path& folder, std::size_t wanted) {
  const Matrix matrix = read(folder);
  const Json json = summary_json(matrix, wanted);
  std::ofstream(folder / "summary.json") << core::dump_document(json) << '\n';
  print(std::cout, matrix, json);
  return matrix.cells.empty() ? 1 : 0;
}

}  // namespace
}  // namespace cef::matrix

int main(int argc, char** argv) {
  if (argc != 3 || !std::filesystem::is_directory(argv[1])) {
    std::cerr << "usage: bench_matrix_summary DIR CELLS\n";
    return 2;
  }
  return cef::matrix::run(argv[1], static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10)));
}
