#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/select/correction.hpp"
#include "cef/select/policy.hpp"
#include "cef/store/measurements.hpp"

namespace cef::operation {

/// What may be taken from an earlier run.
enum class ProfileUse {
  automatic,  ///< layers of at most a day ago; load, link and slowdown are measured
  fresh,      ///< nothing
  cached,     ///< all, when it is at most ten minutes old
};

[[nodiscard]] const char* to_string(ProfileUse use) noexcept;

/// What cef knows of an edge before it chooses.
struct EdgeKnowledge {
  std::string device;  ///< the edge and its processor: what measurements are kept by
  select::DeviceProfile profile;
  std::vector<select::Observation> history;
  select::Seconds fixed{0};  ///< of a trial: its two questions and answers
};

/// The measurements of earlier runs; none when they cannot be used, which is logged once.
std::optional<store::Measurements> open_measurements();

/// Asks the edge what is not known. `models` are those that the runner was set up with.
core::Result<EdgeKnowledge> profile_edge(EdgeRunner& runner, const std::string& edge,
                                         const std::vector<RunnerModel>& models, int threads, ProfileUse use,
                                         std::optional<store::Measurements>& measurements);

/// A candidate whose forecast is wanted.
struct ForecastSubject {
  RunnerModel model;
  int height = 0;
  int width = 0;
  core::Bytes file_size;
};

/// As if nothing were on the node. `threads` 0: for each candidate those predicted fastest.
core::Result<select::Forecast> forecast(const ForecastSubject& subject, const EdgeKnowledge& knowledge, int threads);

/// Runs candidates that are near-tied at one of the accuracy budgets for a moment and puts what was measured into their
/// forecasts; those of the others are corrected by it. Gives how many ran.
core::Result<std::size_t> probe_ties(EdgeRunner& runner, std::vector<select::Candidate>& candidates,
                                     const select::Limits& limits, const std::vector<double>& budgets);

/// What is kept of a candidate that ran. Times of 0 were not measured.
select::Observation observation_of(const ForecastSubject& subject, const EdgeKnowledge& knowledge,
                                   const select::Forecast& forecast, select::Seconds image, select::Seconds load);

}  // namespace cef::operation
