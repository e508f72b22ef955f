#include <algorithm>

#include "cef/model/network.hpp"
#include "fused.hpp"
#include "onednn/winograd_kernels.hpp"

namespace cef::model {

namespace {

struct Extent {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  [[nodiscard]] std::int64_t elements() const { return channels * height * width; }
};

std::int64_t after(std::int64_t size, const Op& op) {
  return (size + 2 * op.padding - op.kernel) / op.stride + 1;
}

/// The extent of every value for one image; [0] is the input.
std::vector<Extent> extents(const Network& network, int height, int width) {
  std::vector<Extent> all(network.ops.size() + 1);
  all[0] = {3, height, width};
  for (const Op& op : network.ops) {
    Extent e = all[static_cast<std::size_t>(op.input)];
    switch (op.kind) {
      case OpKind::convolution:
        e = {op.out_channels, after(e.height, op), after(e.width, op)};
        break;
      case OpKind::max_pool:
        e = {e.channels, after(e.height, op), after(e.width, op)};
        break;
      case OpKind::shortcut_a:
        e = {op.out_channels, (e.height + 1) / 2, (e.width + 1) / 2};
        break;
      case OpKind::global_average_pool:
        e = {e.channels, 1, 1};
        break;
      case OpKind::linear:
        e = {op.out_channels, 1, 1};
        break;
      case OpKind::batch_norm:
      case OpKind::relu:
      case OpKind::silu:
      case OpKind::sigmoid:
      case OpKind::add:
      case OpKind::multiply:
        break;
    }
    all[static_cast<std::size_t>(op.output)] = e;
  }
  return all;
}

/// Folded into the operation before it.
bool fused(const Op& op) {
  return op.kind == OpKind::batch_norm || op.kind == OpKind::relu || op.kind == OpKind::silu ||
         op.kind == OpKind::sigmoid;
}

/// Weights that one output element is made with.
std::int64_t weights_per_output(const Op& op) {
  return op.kind == OpKind::convolution ? std::int64_t{op.in_channels} / op.groups * op.kernel * op.kernel
                                        : std::int64_t{op.in_channels};
}

LayerKind layer_kind(const Op& op) {
  switch (op.kind) {
    case OpKind::convolution:
      return op.groups > 1 && op.groups == op.in_channels ? LayerKind::depthwise
             : op.kernel == 1                             ? LayerKind::pointwise
                                                          : LayerKind::convolution;
    case OpKind::linear:
      return LayerKind::linear;
    case OpKind::max_pool:
    case OpKind::global_average_pool:
      return LayerKind::pool;
    default:
      return LayerKind::elementwise;
  }
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> Network::parameters() const {
  std::map<std::string, std::vector<std::int64_t>> all;
  for (const Op& op : ops) {
    if (op.kind == OpKind::convolution) {
      all[op.name + ".weight"] = {op.out_channels, op.in_channels / op.groups, op.kernel, op.kernel};
      if (op.bias) {
        all[op.name + ".bias"] = {op.out_channels};
      }
    } else if (op.kind == OpKind::linear) {
      all[op.name + ".weight"] = {op.out_channels, op.in_channels};
      all[op.name + ".bias"] = {op.out_channels};
    } else if (op.kind == OpKind::batch_norm) {
      for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
        all[op.name + part] = {op.out_channels};
      }
    }
  }
  return all;
}

std::int64_t Network::parameter_count() const {
  if (architecture.family == Family::torchscript) {
    return architecture.stated_parameters;
  }
  std::int64_t count = 0;
  for (const auto& [name, shape] : parameters()) {
    if (name.find(".running_") == std::string::npos) {
      std::int64_t elements = 1;
      for (const std::int64_t size : shape) {
        elements *= size;
      }
      count += elements;
    }
  }
  return count;
}

std::int64_t Network::macs(int height, int width) const {
  if (architecture.family == Family::torchscript) {
    return architecture.stated_macs;
  }
  const auto all = extents(*this, height, width);
  std::int64_t count = 0;
  for (const Op& op : ops) {
    if (op.kind == OpKind::convolution) {
      count += all[static_cast<std::size_t>(op.output)].elements() * weights_per_output(op);
    } else if (op.kind == OpKind::linear) {
      count += std::int64_t{op.in_channels} * op.out_channels;
    }
  }
  return count;
}

std::vector<LayerWork> Network::layers(int height, int width) const {
  constexpr std::int64_t k_bytes = 4;
  const auto all = extents(*this, height, width);
  std::vector<LayerWork> layers;
  if (architecture.family == Family::torchscript) {
    const std::int64_t pixels = 3 * std::int64_t{height} * width;
    return {{LayerKind::convolution, 3, architecture.stated_macs, k_bytes * architecture.stated_parameters,
             k_bytes * pixels, k_bytes * architecture.classes}};
  }
  for (const Op& op : ops) {
    if (fused(op)) {
      continue;
    }
    LayerWork layer;
    layer.kind = layer_kind(op);
    layer.kernel = op.kind == OpKind::convolution ? op.kernel : 0;
    const std::int64_t outputs = all[static_cast<std::size_t>(op.output)].elements();
    const bool weighted = op.kind == OpKind::convolution || op.kind == OpKind::linear;
    layer.macs = weighted ? outputs * weights_per_output(op) : 0;
    layer.weight_bytes = weighted ? k_bytes * op.out_channels * (weights_per_output(op) + 1) : 0;
    layer.input_bytes = k_bytes * all[static_cast<std::size_t>(op.input)].elements();
    if (op.other >= 0) {
      layer.input_bytes += k_bytes * all[static_cast<std::size_t>(op.other)].elements();
    }
    layer.output_bytes = k_bytes * outputs;
    layers.push_back(layer);
  }
  return layers;
}

std::int64_t Network::value_bytes(int height, int width) const {
  const auto all = extents(*this, height, width);
  std::int64_t largest = 0;
  for (const Op& op : ops) {
    largest = std::max(largest, all[static_cast<std::size_t>(op.input)].elements() +
                                    all[static_cast<std::size_t>(op.output)].elements());
  }
  return 4 * largest;
}

std::int64_t Network::working_set_bytes(int height, int width) const {
  return 4 * parameter_count() + value_bytes(height, width);
}

std::int64_t Network::winograd_bytes(int height, int width) const {
  const auto all = extents(*this, height, width);
  std::int64_t weights = 0;
  std::int64_t tiles = 0;
  for (const FusedOp& fused : fuse(*this)) {
    const Op& op = fused.op;
    const Extent& in = all[static_cast<std::size_t>(op.input)];
    if (suits_winograd(fused, in.height, in.width)) {
      weights += std::int64_t{op.in_channels} * op.out_channels;
      tiles = std::max(tiles, ((in.height + 3) / 4) * ((in.width + 3) / 4) * (op.in_channels + op.out_channels));
    }
  }
  return 4 * static_cast<std::int64_t>(onednn::k_winograd_points) * (weights + tiles);
}

}  // namespace cef::model
