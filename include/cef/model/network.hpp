#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/weights.hpp"

namespace cef::model {

enum class Family { cifar_resnet, torchvision_resnet };

/// A network by its numbers. `width` is the stem's channels (16 and 64 are the published ones).
struct Architecture {
  Family family = Family::torchvision_resnet;
  int depth = 18;
  int width = 64;
  int classes = 1000;
};

enum class OpKind { convolution, batch_norm, relu, max_pool, add, shortcut_a, global_average_pool, linear };

/// One operation on values numbered from 0 (the input). Each writes value `output`.
struct Op {
  OpKind kind = OpKind::relu;
  std::string name;  ///< PyTorch's module name ("layer1.0.conv1"); empty without parameters
  int input = 0;
  int other = -1;  ///< second operand of `add`
  int output = 0;
  int in_channels = 0;
  int out_channels = 0;
  int kernel = 0;
  int stride = 1;
  int padding = 0;
};

/// A network as plain data, without torch: what builds it, counts it and checks a weight file against it.
struct Network {
  Architecture architecture;
  std::vector<Op> ops;  ///< in order of execution; the last gives the logits

  /// Names and shapes of all parameters and buffers, as in PyTorch's state dict (num_batches_tracked left out).
  [[nodiscard]] std::map<std::string, std::vector<std::int64_t>> parameters() const;
  [[nodiscard]] std::int64_t parameter_count() const;  ///< learnable ones only
  /// Multiply-accumulate operations for one image.
  [[nodiscard]] std::int64_t macs(int height, int width) const;
  /// Bytes of weights at fp32 plus the largest pair of live activations for one image.
  [[nodiscard]] std::int64_t working_set_bytes(int height, int width) const;
};

/// Builds a network. CIFAR family: depth = 6n + 2; torchvision's: 18, 34, 50, 101, 152. Error: usage.
core::Result<Network> build_network(const Architecture& architecture);

/// A mismatch names the file, the tensor, the shape found and the shape expected. Error: usage.
core::Result<void> check_weights(const Network& network, const WeightFile& weights);

}  // namespace cef::model
