#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/select/policy.hpp"

namespace cef::bench {

using select::Seconds;

/// What an edge says of itself when asked; part of every trial.
struct EdgeStatus {
  core::Bytes memory_available;
  double load_1min = 0;
};

/// The class given to an image on which inference failed (an error, or an output that is not a number).
inline constexpr int k_failed_image = -1;

struct TimedInference {
  std::vector<int> predicted;    ///< one an image
  std::vector<Seconds> latency;  ///< one an image, by the edge's own clock: network only, input ready in memory
};

/// An edge that runs models on the images of a data set which it has itself. A failed call means that the edge is lost.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual core::Result<EdgeStatus> status() = 0;
  /// Nothing to do when the model is loaded already; other loaded models stay.
  virtual core::Result<void> load(const std::string& model) = 0;
  virtual core::Result<void> unload(const std::string& model) = 0;
  /// Images [first, first + count), one at a time (batch 1).
  virtual core::Result<TimedInference> infer(const std::string& model, std::size_t first, std::size_t count) = 0;
  /// The same images in one batch, untimed: for the accuracy pass.
  virtual core::Result<std::vector<int>> classify(const std::string& model, std::size_t first, std::size_t count) = 0;
};

/// Monotonic time; tests have a virtual one.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Seconds now() = 0;
};

class SteadyClock : public Clock {
 public:
  [[nodiscard]] Seconds now() override { return std::chrono::steady_clock::now().time_since_epoch(); }
};

}  // namespace cef::bench
