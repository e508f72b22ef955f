#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/select/policy.hpp"

namespace cef::matrix {

inline constexpr std::array k_budgets{1, 2, 5, 10};
/// cold: no model is on the node; warm: all are there and loaded; kept: the baseline's alone is.
inline constexpr std::array k_states{"cold", "warm", "kept"};

/// One run of `cef bench --oracle` on one edge.
struct Cell {
  std::string name;
  std::map<std::string, std::string> factors;                                ///< cpu, memory, link, rtt, load
  std::map<std::string, std::vector<select::Candidate>> candidates;          ///< by state, with what they took
  std::map<std::string, std::map<std::string, std::vector<double>>> trials;  ///< seconds, by state and model
  select::Limits limits;
};

/// What one policy's choice is predicted to take, and took.
struct Pick {
  std::string model;
  double predicted = 0;
  double measured = 0;
  std::vector<double> trials;  ///< seconds
};

/// One cell with one budget in one state.
struct Judged {
  const Cell* cell = nullptr;
  int budget = 0;
  std::string state;
  Pick greedy;
  Pick advanced;
  Pick oracle;
  /// What choosing by every second trial costs, judged by the other trials: a better prediction than by measuring
  /// cannot be asked for. Unset with a single trial.
  std::optional<double> measuring_regret_percent;
  double drop_points = 0;
  double least_regret_percent = 0;  ///< the low end of its 95 % interval, by the rounds of trials
  [[nodiscard]] double regret_percent() const { return (advanced.measured / oracle.measured - 1) * 100; }
  [[nodiscard]] double saving_percent() const { return (1 - advanced.measured / greedy.measured) * 100; }
  [[nodiscard]] double best_saving_percent() const { return (1 - oracle.measured / greedy.measured) * 100; }
};

/// Error: integrity, when the file is no report of a run with --oracle whose edge was measured.
core::Result<Cell> read_cell(const std::filesystem::path& file);
core::Result<Judged> judge(const Cell& cell, int budget, const std::string& state);

}  // namespace cef::matrix
