#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "cef/core/result.hpp"
#include "cef/model/inference.hpp"
#include "cef/model/network.hpp"
#include "cef/select/profile.hpp"
#include "stopwatch.hpp"

namespace cef::operation {

/// The layers of a network as the predictor takes them. The pooling and the classifier at the end are part of the cost
/// of a call, unless the classifier is a large one.
[[nodiscard]] std::vector<select::Layer> layers_of(const model::Network& network, int height, int width);

/// Whether the activations of a network are SiLU, which costs more than ReLU.
[[nodiscard]] bool has_silu(const model::Network& network);

/// A folder that goes with it; its path is empty where none can be made.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cef-profile-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) {
      path_ = name;
    }
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A small network that times one layer: a cheap stem that gives the layer its channels, the layer, global pooling, a
/// classifier of two classes. The difference to the same network without the layer is what the layer costs.
struct ProbeNetwork {
  model::Network with;
  model::Network without;
  int size = 0;   ///< height and width of the image
  int times = 1;  ///< the layer's number in `with`
};
/// None for a layer whose shape cannot be told from its numbers.
/// `copies`: how often, where the layer can follow itself.
std::optional<ProbeNetwork> probe_network(const select::Layer& layer, bool silu, int copies = 3);

struct LoadedProbe {
  std::unique_ptr<model::LoadedModel> model;
  Spent spent;  ///< on opening the file and loading
};

/// Ready to run, with random weights that keep activations near 1. `folder`: where its weight file is made for a
/// moment.
core::Result<LoadedProbe> load_random(model::InferenceRuntime& runtime, const model::Network& network, int size,
                                      model::Precision precision, const std::filesystem::path& folder);

}  // namespace cef::operation
