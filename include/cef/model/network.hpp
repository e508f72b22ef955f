#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/precision.hpp"
#include "cef/model/weights.hpp"

namespace cef::model {

enum class Family { cifar_resnet, torchvision_resnet, torchvision_efficientnet, torchscript };

[[nodiscard]] std::string_view to_string(Family family) noexcept;
[[nodiscard]] std::optional<Family> parse_family(std::string_view text) noexcept;
/// The variants that networks of a family have, fp32 first; a machine may lack the instructions for some.
[[nodiscard]] std::vector<Precision> precisions_of(Family family);

/// A network by its numbers. `width` is the stem's channels (16 and 64 are the published ones of ResNets). An
/// EfficientNet's `depth` is the figure of its name, 0 to 3; its width follows from that: 32, 32, 32, 40. A TorchScript
/// file holds its own network: only `classes` counts, and what its catalogue entry states of its cost.
struct Architecture {
  Family family = Family::torchvision_resnet;
  int depth = 18;
  int width = 64;
  int classes = 1000;
  std::int64_t stated_parameters = 0;  ///< torchscript only
  std::int64_t stated_macs = 0;        ///< torchscript only; for one image of its size
};

enum class OpKind {
  convolution,
  batch_norm,
  relu,
  silu,
  sigmoid,
  max_pool,
  add,
  multiply,  ///< `input` by one factor a channel, `other`: N × channels × 1 × 1
  shortcut_a,
  global_average_pool,  ///< gives N × channels × 1 × 1
  linear,               ///< flattens its input
};

/// One operation on values numbered from 0 (the input). Each writes value `output`.
struct Op {
  OpKind kind = OpKind::relu;
  std::string name;  ///< PyTorch's module name ("layer1.0.conv1"); empty without parameters
  int input = 0;
  int other = -1;  ///< second operand of `add` and `multiply`
  int output = 0;
  int in_channels = 0;
  int out_channels = 0;
  int kernel = 0;
  int stride = 1;
  int padding = 0;
  int groups = 1;     ///< of a convolution; as many as channels: depthwise
  bool bias = false;  ///< of a convolution
};

enum class LayerKind {
  convolution,  ///< of a window larger than 1×1, over all channels
  pointwise,    ///< 1×1 convolution
  depthwise,    ///< each channel by itself
  linear,
  elementwise,  ///< addition, scaling, an activation that could not be fused
  pool,
};

/// What one layer costs for one image, as an inference engine runs it: batch norms are folded into their convolutions,
/// an activation belongs to the operation before it.
struct LayerWork {
  LayerKind kind = LayerKind::convolution;
  int kernel = 0;                 ///< of convolutions
  std::int64_t macs = 0;          ///< 0 for elementwise ones and pools
  std::int64_t weight_bytes = 0;  ///< at fp32, as the others
  std::int64_t input_bytes = 0;   ///< of all operands
  std::int64_t output_bytes = 0;
};

/// A network as plain data, without torch: what builds it, counts it and checks a weight file against it.
struct Network {
  Architecture architecture;
  std::vector<Op> ops;  ///< in order of execution; the last gives the logits; none of a TorchScript file

  /// Names and shapes of all parameters and buffers, as in PyTorch's state dict (num_batches_tracked left out).
  [[nodiscard]] std::map<std::string, std::vector<std::int64_t>> parameters() const;
  [[nodiscard]] std::int64_t parameter_count() const;  ///< learnable ones only
  /// Multiply-accumulate operations for one image.
  [[nodiscard]] std::int64_t macs(int height, int width) const;
  /// In order of execution; a TorchScript file is taken for one convolution of all its cost.
  [[nodiscard]] std::vector<LayerWork> layers(int height, int width) const;
  /// The largest pair of live activations for one image.
  [[nodiscard]] std::int64_t value_bytes(int height, int width) const;
  /// Bytes of weights at fp32 plus those.
  [[nodiscard]] std::int64_t working_set_bytes(int height, int width) const;
  /// More than that where convolutions that suit it are computed by Winograd's transform: transformed weights beside
  /// their own, and one image's tiles.
  [[nodiscard]] std::int64_t winograd_bytes(int height, int width) const;
};

/// Builds a network. CIFAR family: depth = 6n + 2; torchvision's ResNets: 18, 34, 50, 101, 152. Error: usage.
core::Result<Network> build_network(const Architecture& architecture);

/// A mismatch names the file, the tensor, the shape found and the shape expected. Error: usage.
core::Result<void> check_weights(const Network& network, const WeightFile& weights);

}  // namespace cef::model
