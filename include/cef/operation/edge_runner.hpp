#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cef/bench/runner.hpp"
#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/model/dataset.hpp"
#include "cef/model/network.hpp"
#include "cef/select/profile.hpp"

namespace cef::operation {

/// A model on one machine: what it is and the file that holds its weights there.
struct RunnerModel {
  std::string name;
  model::Architecture architecture;
  model::Normalisation normalisation;
  std::filesystem::path weights;
  std::string digest;  ///< SHA-256 of the weight file
  model::Preprocessing preprocessing{};
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
};

/// What of a machine is to be measured.
struct ProfileRequest {
  bool layers = true;  ///< false: only what changes from minute to minute; the layers are known from before
  int threads = 0;     ///< 0: 1, 2, 4 … and all physical cores
};

/// A bench runner that can also say what its machine is and how fast.
class EdgeRunner : public bench::Runner {
 public:
  [[nodiscard]] virtual const EdgeEnvironment& environment() const = 0;
  /// Times the layers of the candidates in small networks with random weights; at most some three seconds.
  virtual core::Result<select::DeviceProfile> profile(const ProfileRequest& request) = 0;
};

/// Runs the models in this process. `threads` 0: the physical cores that this process may use.
/// Errors: usage when the inference runtime or a weight file is missing, integrity for a damaged weight file.
core::Result<std::unique_ptr<EdgeRunner>> make_local_runner(std::shared_ptr<const model::Dataset> data,
                                                            std::vector<RunnerModel> models, int threads);

}  // namespace cef::operation
