#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/bench/runner.hpp"
#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/model/dataset.hpp"
#include "cef/model/network.hpp"
#include "cef/model/precision.hpp"
#include "cef/model/preprocessing.hpp"
#include "cef/select/profile.hpp"

namespace cef::operation {

/// A model: what it is, and the file that holds its weights on the control node.
struct RunnerModel {
  std::string name;  ///< "resnet50" or "resnet50:int8"
  model::Architecture architecture;
  model::Normalisation normalisation;
  std::filesystem::path weights;  ///< empty on another machine
  std::string digest;             ///< SHA-256 of the weight file
  core::Bytes file_size;
  model::Preprocessing preprocessing;
  model::Precision precision = model::Precision::fp32;
  std::shared_ptr<const model::Calibration> calibration;  ///< of int8

  /// The name without the precision: that of its weights, and of its bundle in a repository.
  [[nodiscard]] std::string base_name() const { return name.substr(0, name.find(':')); }
};

/// Where a node gets models from that it does not have.
struct ModelOrigin {
  std::string repository;  ///< a URL; empty: from the control node
  bool channel = false;    ///< from the control node through the runner's channel, else by copying RunnerModel::weights
};

/// The machine on which models run.
struct EdgeEnvironment {
  std::string cpu_model;
  int cpus = 0;     ///< logical, that this process may use
  int cores = 0;    ///< physical among them
  int threads = 0;  ///< that inference uses
  core::Bytes memory;
  std::string kernel;  ///< "Linux 6.1.0-18-amd64"
  std::string architecture;
  std::string runtime;  ///< "LibTorch 1.13.1"
  std::string cef_version;
  double load_1min = 0;
  std::vector<std::string> precisions;  ///< that the runtime computes well on this processor
};

/// What of a machine is to be measured.
struct ProfileRequest {
  bool layers = true;  ///< false: only what changes from minute to minute; the layers are known from before
  int threads = 0;     ///< 0: 1, 2, 4 … and all physical cores
};

/// One candidate as it ran with random weights: times do not depend on them.
struct ProbeTimes {
  select::Seconds load{0};
  select::Seconds image{0};  ///< mean
};

/// A model and the threads to run it with.
struct ThreadedModel {
  std::string model;
  int threads = 0;
};

/// A bench runner that can also say what its machine is and how fast.
class EdgeRunner : public bench::Runner {
 public:
  [[nodiscard]] virtual const EdgeEnvironment& environment() const = 0;
  /// Times the layers of the candidates in small networks with random weights; at most some three seconds.
  virtual core::Result<select::DeviceProfile> profile(const ProfileRequest& request) = 0;
  /// Loads the networks with random weights and runs them in turn, about a third of a second each; nothing is fetched,
  /// nothing stays. In the order asked for.
  virtual core::Result<std::vector<ProbeTimes>> probe(const std::vector<ThreadedModel>& /*models*/) {
    return core::fail(core::ErrorCode::usage, "this edge cannot be probed");
  }
  /// From where the models come; none when that cannot be told.
  virtual core::Result<std::optional<select::Link>> link() { return std::optional<select::Link>(); }
  /// From now on the model runs with so many threads; 0: as many as EdgeEnvironment says.
  virtual core::Result<void> use_threads(const ThreadedModel& /*model*/) { return {}; }
  /// Bytes of `model` that have to come by `receive` before it can be fetched; none when it is there or comes from
  /// elsewhere.
  virtual core::Result<std::optional<core::Bytes>> wanted(const std::string& model) = 0;
  /// The next piece of the model that was last wanted.
  virtual core::Result<void> receive(std::string_view piece) = 0;
  /// Before the first fetch: keeps other benches away from the node's models, reads the repository's index. Errors:
  /// host_failed, those of the repository.
  virtual core::Result<void> enter() = 0;
  /// The bench of this edge is over: nothing stays loaded, other benches may use the node's models.
  virtual void leave() = 0;
};

/// Runs the models in this process. `threads` 0: the physical cores that this process may use. Fetched models go into
/// cef's cache; one that was not fetched yet is loaded from its `weights`, if it has them.
/// Errors: usage when the inference runtime or a weight file is missing, integrity for a damaged weight file.
core::Result<std::unique_ptr<EdgeRunner>> make_local_runner(std::shared_ptr<const model::Dataset> data,
                                                            std::vector<RunnerModel> models, int threads,
                                                            const ModelOrigin& origin, const core::StopToken& stop);

}  // namespace cef::operation
