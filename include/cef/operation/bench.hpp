#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cef/bench/edge.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/operation/edge_profile.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/select/policy.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::operation {

/// Accuracy budgets, in points, for which a report with the oracle shows the choices besides the run's own.
inline constexpr std::array<double, 4> k_shown_budgets{1, 2, 5, 10};

struct BenchOptions {
  std::vector<std::filesystem::path> inventory;
  std::string pattern;  ///< empty: "all" of the inventory; without an inventory this machine alone
  std::string limit;
  std::optional<inventory::Shard> shard;
  ssh::ConnectOptions connect;
  std::optional<std::string> user;  ///< none: the inventory's; so are the next two
  std::optional<std::filesystem::path> private_key;
  std::optional<core::Secret> password;
  VaultPasswords vault_passwords{};  ///< of vaults in the inventory

  std::string dataset = "embedded";  ///< as model::open_dataset reads it
  std::filesystem::path weights;     ///< folder with the weight files; empty: where the catalogue has them
  std::vector<std::string> models;   ///< empty: the embedded ones
  std::size_t images = 0;            ///< the first N of the data set; 0: all
  int threads = 0;                   ///< 0: the physical cores of each edge
  bool oracle = false;
  bool exact_only = false;              ///< only fp32 variants
  std::vector<std::string> precisions;  ///< of models that are named without one; empty: fp32
  std::string calibration;              ///< data set for int8; empty: images that are not evaluated
  ProfileUse profile = ProfileUse::automatic;
  bool probe_ties = true;  ///< run candidates whose predictions are too near each other for a moment
  std::string repository;  ///< URL from which edges fetch models; empty: from this machine
  bool parallel = false;   ///< all edges at the same time
  bench::ChangeLimits limits;
  double accuracy_budget_points = 10;
  bench::TrialSettings trials;
  bench::Thresholds thresholds;
  std::filesystem::path predictions;  ///< empty: not written
  std::string runner_path;            ///< of cef on the edges; empty: as here if it is there, else the one in PATH
};

/// How the accuracy that selection works with was come by.
enum class AccuracyOrigin { measured, cached, quoted };
[[nodiscard]] const char* to_string(AccuracyOrigin origin) noexcept;

struct BenchModel {
  RunnerModel model;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  core::Bytes file_size;
  core::Bytes memory;           ///< weights and live activations
  core::Bytes winograd_memory;  ///< more, on edges that use it
  std::string variant_of;       ///< the exact model; empty for an exact one
  double accuracy_percent = 0;
  AccuracyOrigin origin = AccuracyOrigin::measured;
  std::string accuracy_source;  ///< of a quoted one

  [[nodiscard]] core::Bytes memory_on(const select::DeviceProfile& edge) const {
    return {memory.count + (edge.winograd ? winograd_memory.count : 0)};
  }
};

/// What each policy takes: greedy, advanced, advanced among the exact ones, fastest.
struct EdgeChoices {
  std::vector<select::Choice> cold;
  std::vector<select::Choice> warm;
};

struct BenchEdge {
  std::string name;
  std::string connection;  ///< "local" or "ssh"
  std::optional<EdgeEnvironment> environment;
  std::optional<select::DeviceProfile> profile;
  select::Seconds connect_time{0};
  select::Seconds profile_time{0};
  std::vector<select::Candidate> candidates;
  std::size_t probed = 0;                 ///< candidates that ran for a moment before the choice
  std::optional<EdgeChoices> choices;     ///< of `cef select`; a bench has a report
  std::size_t images_per_trial = 0;       ///< for which the candidates' totals are
  std::vector<bench::Seconds> deadlines;  ///< of the effective accuracy
  std::optional<bench::EdgeReport> report;
  std::optional<core::Error> error;  ///< why there is no report
  bench::Verdict verdict;
};

struct BenchDataset {
  std::string name;
  std::string source;
  std::string digest;
  std::size_t images = 0;     ///< used
  std::size_t available = 0;  ///< in the data set
  std::size_t classes = 0;
  int height = 0;
  int width = 0;
};

struct BenchResult {
  std::chrono::system_clock::time_point started;
  select::Seconds elapsed{0};
  BenchOptions options;
  BenchDataset dataset;
  std::vector<BenchModel> models;
  select::Seconds accuracy_table_time{0};
  std::vector<BenchEdge> edges;
  double saving_percent = 0;  ///< mean over all trials, in the verdict's state, of all measured edges
  bench::Interval saving_interval_percent;
  double accuracy_drop_points = 0;  ///< mean over the measured edges
  bench::Verdict verdict;
  bool interrupted = false;
  std::optional<ShardView> shard;  ///< the order of `edges` is that of its places
};

/// What is being done, on which edge ("" for the control node), how far it is.
struct BenchEvent {
  std::string edge;
  std::string phase;
  std::size_t done = 0;
  std::size_t total = 0;
  const BenchEdge* finished = nullptr;  ///< set once an edge is done
};
using BenchEvents = std::function<void(const BenchEvent&)>;

/// Errors, before any edge is asked: usage (inventory, options, data set, models), integrity (a damaged file). What
/// goes wrong on an edge is in its result.
core::Result<BenchResult> bench(const BenchOptions& options, const BenchEvents& events, const core::StopToken& stop);

/// The same up to the choice: every edge is profiled and has `choices`, nothing runs on it.
core::Result<BenchResult> explain_selection(const BenchOptions& options, const BenchEvents& events,
                                            const core::StopToken& stop);

}  // namespace cef::operation
