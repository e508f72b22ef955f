#pragma once

#include <chrono>
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

/// What is known of one model on one edge before a run.
struct Candidate {
  std::string name;
  double accuracy_percent = 0;
  AccuracySource accuracy_source = AccuracySource::measured;
  Seconds predicted{0};             ///< latency of one image
  std::optional<Seconds> measured;  ///< latency of one image; the oracle needs it of every candidate
  core::Bytes memory;               ///< weights and live activations
};

enum class Policy {
  greedy,    ///< the most accurate; of equals the one predicted faster
  advanced,  ///< the lowest predicted latency within the accuracy budget and the memory
  oracle,    ///< as advanced, by measured latency: what a perfect prediction would have chosen
};
[[nodiscard]] const char* to_string(Policy policy) noexcept;

struct Limits {
  double accuracy_budget_points = 10;           ///< below the greedy choice's accuracy
  std::optional<core::Bytes> memory_available;  ///< unset: not known, everything fits
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

/// Errors: usage for no candidates, a negative budget, or an oracle without every measurement; general when nothing
/// fits the memory.
core::Result<Choice> choose(Policy policy, std::span<const Candidate> candidates, const Limits& limits);

}  // namespace cef::select
