#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  std::vector<std::string> on_node;  ///< models whose file is there and whose digest this runner has checked
  std::vector<std::string> loaded;
};

/// What could disturb a measurement; asked before and after the trials, part of none. Counters run since some moment of
/// the edge's past: two conditions give what happened between them.
struct EdgeCondition {
  EdgeStatus status;
  int cpus = 0;             ///< that the runner may use; the next three are of these
  double busy_seconds = 0;  ///< CPU time of everything
  double own_seconds = 0;   ///< of the runner itself
  double other_cpus = 0;    ///< CPUs that others kept busy in the last 0.3 s
  Seconds clock{0};         ///< when it was taken, by the edge's clock
  Seconds round_trip{0};    ///< a question and its answer, median of five; 0 in the same process
  std::optional<double> cpu_temperature_celsius;
  std::optional<double> cpu_mhz;
  std::optional<bool> throttled;  ///< now, by the firmware or the kernel
};

/// The class given to an image on which inference failed (an error, or an output that is not a number).
inline constexpr int k_failed_image = -1;

struct TimedInference {
  std::vector<int> predicted;    ///< one an image
  std::vector<Seconds> latency;  ///< one an image, by the edge's own clock: network only, input ready in memory
  Seconds elapsed{0};            ///< of the whole timed section, by the edge's own clock
};

struct FetchReport {
  std::uint64_t bytes = 0;  ///< that came from the repository; 0 when it was there
  Seconds elapsed{0};
  bool already_there = true;
};

/// What a node answers when it was told a model: the file came, the network was loaded, the images were classified.
struct Answer {
  FetchReport fetch;
  Seconds load{0};
  TimedInference inference;
};

/// An edge that runs models on the images of a data set which it has itself. A failed call means that the edge is lost.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual core::Result<EdgeStatus> status() = 0;
  virtual core::Result<EdgeCondition> condition() = 0;
  /// Nothing to do when the file is on the node with the right digest.
  virtual core::Result<FetchReport> fetch(const std::string& model) = 0;
  /// The file is not on the node afterwards, nor the network in memory. A later `fetch` may use what it left; a `run`
  /// gets the file anew.
  virtual core::Result<void> forget(const std::string& model) = 0;
  /// Nothing to do when the model is loaded already; other loaded models stay.
  virtual core::Result<void> load(const std::string& model) = 0;
  virtual core::Result<void> unload(const std::string& model) = 0;
  /// Decodes and normalises images [first, first + count) as the model wants them, for the next run or infer of them.
  virtual core::Result<void> stage(const std::string& model, std::size_t first, std::size_t count) = 0;
  /// Images [first, first + count), one at a time (batch 1).
  virtual core::Result<TimedInference> infer(const std::string& model, std::size_t first, std::size_t count) = 0;
  /// fetch, load and infer by one request, as in a trial.
  virtual core::Result<Answer> run(const std::string& model, std::size_t first, std::size_t count) = 0;
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
