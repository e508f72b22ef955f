#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::select {

using Seconds = std::chrono::duration<double>;

/// Where an accuracy comes from: counted on labelled images by cef, or taken from a publication.
enum class AccuracySource { measured, quoted };
[[nodiscard]] const char* to_string(AccuracySource source) noexcept;

/// What one trial with a candidate is predicted to take, step by step.
struct Forecast {
  Seconds fetch{0};                  ///< 0: the model is on the node
  Seconds load{0};                   ///< 0: it is loaded
  Seconds image{0};                  ///< inference of one image
  Seconds fixed{0};                  ///< status, selection, result: the same for every candidate
  double uncertainty = 0;            ///< relative standard deviation of `image`
  double load_uncertainty = 0;       ///< the same of `load`
  double link_bytes_per_second = 0;  ///< behind `fetch`, for the words of a reason; 0: not known
  int threads = 0;                   ///< of inference; 0: as the edge has it
  Seconds image_by_layers{0};        ///< before correction by history and by a probe
  Seconds load_by_layers{0};
  std::size_t observations = 0;  ///< earlier measurements of this very candidate behind the correction
  bool probed = false;           ///< `image` and `load` were measured for this choice
  [[nodiscard]] Seconds total(std::size_t images) const {
    return fetch + load + image * static_cast<double>(images) + fixed;
  }
};

/// "3.40 s, of which fetch 3.10 s at 20 Mbit/s"; the time alone when inference is all of it.
[[nodiscard]] std::string explain(const Forecast& forecast, std::size_t images);

/// What is known of one model on one edge before a run.
struct Candidate {
  std::string name;   ///< "resnet50", "resnet50:int8"
  bool exact = true;  ///< fp32: the network as its author published it
  double accuracy_percent = 0;
  AccuracySource accuracy_source = AccuracySource::measured;
  Forecast predicted;
  std::optional<Seconds> measured;  ///< mean total of a trial; the oracle needs it of every candidate
  core::Bytes memory;               ///< weights and live activations
};

enum class Policy {
  greedy,    ///< the most accurate exact one; of equals the one predicted faster
  advanced,  ///< the lowest predicted total within the accuracy budget and the memory
  fastest,   ///< the lowest predicted total within the memory, whatever its accuracy
  oracle,    ///< as advanced, by measured totals: what a perfect prediction would have chosen
};
[[nodiscard]] const char* to_string(Policy policy) noexcept;

struct Limits {
  double accuracy_budget_points = 10;           ///< below the greedy choice's accuracy
  std::optional<core::Bytes> memory_available;  ///< unset: not known, everything fits
  std::size_t images = 1;                       ///< in a trial
  bool exact_only = false;
};

/// Why a candidate was chosen or not, in words for a person.
struct Reason {
  std::string candidate;
  bool chosen = false;
  bool eligible = false;  ///< within accuracy budget and memory
  std::string text;
};

struct Choice {
  Policy policy = Policy::greedy;
  std::string model;
  std::vector<Reason> reasons;  ///< one a candidate, in the order given
};

/// Those, by their position, among which the predictions do not decide: within the accuracy budget and the memory, and
/// with a total that may, by twice the uncertainty of the difference, be below the lowest one by 5 % of it: less is not
/// worth a probe. At most `most`, the lowest totals first; none when one is clearly ahead.
[[nodiscard]] std::vector<std::size_t> near_ties(std::span<const Candidate> candidates, const Limits& limits,
                                                 std::size_t most);

/// Errors: usage for no (exact) candidates, a negative budget, or an oracle without every measurement; general when
/// nothing fits the memory.
core::Result<Choice> choose(Policy policy, std::span<const Candidate> candidates, const Limits& limits);

}  // namespace cef::select
