#include "cef/model/network.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// Appends operations; every method gives the number of the value it writes.
class Builder {
 public:
  explicit Builder(const Architecture& architecture) { network_.architecture = architecture; }

  int convolution(const std::string& name, int input, int in, int out, int kernel, int stride) {
    Op op = with(OpKind::convolution, name, input);
    op.in_channels = in;
    op.out_channels = out;
    op.kernel = kernel;
    op.stride = stride;
    op.padding = kernel / 2;
    return push(op);
  }
  int batch_norm(const std::string& name, int input, int channels) {
    Op op = with(OpKind::batch_norm, name, input);
    op.in_channels = op.out_channels = channels;
    return push(op);
  }
  int relu(int input) { return push(with(OpKind::relu, "", input)); }
  int add(int input, int other) {
    Op op = with(OpKind::add, "", input);
    op.other = other;
    return push(op);
  }
  int shortcut_a(int input, int in, int out) {
    Op op = with(OpKind::shortcut_a, "", input);
    op.in_channels = in;
    op.out_channels = out;
    op.stride = 2;
    return push(op);
  }
  int max_pool(int input) {
    Op op = with(OpKind::max_pool, "", input);
    op.kernel = 3;
    op.stride = 2;
    op.padding = 1;
    return push(op);
  }
  Network finish(const std::string& linear, int input, int features) {
    Op op = with(OpKind::linear, linear, push(with(OpKind::global_average_pool, "", input)));
    op.in_channels = features;
    op.out_channels = network_.architecture.classes;
    push(op);
    return std::move(network_);
  }

 private:
  static Op with(OpKind kind, const std::string& name, int input) {
    Op op;
    op.kind = kind;
    op.name = name;
    op.input = input;
    return op;
  }
  int push(Op op) {
    op.output = ++last_;
    network_.ops.push_back(std::move(op));
    return last_;
  }
  Network network_;
  int last_ = 0;
};

std::string block_name(int stage, int block) {
  return "layer" + std::to_string(stage + 1) + "." + std::to_string(block);
}

/// He et al. 2015, section 4.2, with shortcuts of option A.
Network build_cifar(const Architecture& a) {
  Builder b(a);
  int channels = a.width;
  int x = b.relu(b.batch_norm("bn1", b.convolution("conv1", 0, 3, channels, 3, 1), channels));
  for (int stage = 0; stage < 3; ++stage) {
    const int planes = a.width << stage;
    for (int block = 0; block < (a.depth - 2) / 6; ++block) {
      const std::string name = block_name(stage, block);
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      int y = b.convolution(name + ".conv1", x, channels, planes, 3, stride);
      y = b.relu(b.batch_norm(name + ".bn1", y, planes));
      y = b.batch_norm(name + ".bn2", b.convolution(name + ".conv2", y, planes, planes, 3, 1), planes);
      x = b.relu(b.add(y, stride == 2 ? b.shortcut_a(x, channels, planes) : x));
      channels = planes;
    }
  }
  return b.finish("linear", x, channels);
}

struct Layout {
  std::array<int, 4> blocks;
  bool bottleneck;
};

std::optional<Layout> torchvision_layout(int depth) {
  switch (depth) {
    case 18:
      return Layout{{2, 2, 2, 2}, false};
    case 34:
      return Layout{{3, 4, 6, 3}, false};
    case 50:
      return Layout{{3, 4, 6, 3}, true};
    case 101:
      return Layout{{3, 4, 23, 3}, true};
    case 152:
      return Layout{{3, 8, 36, 3}, true};
    default:
      return std::nullopt;
  }
}

/// torchvision.models.resnet (the stride of a bottleneck is on its 3×3 convolution).
Network build_torchvision(const Architecture& a, const Layout& layout) {
  Builder b(a);
  int channels = a.width;
  int x = b.max_pool(b.relu(b.batch_norm("bn1", b.convolution("conv1", 0, 3, channels, 7, 2), channels)));
  for (int stage = 0; stage < 4; ++stage) {
    const int planes = a.width << stage;
    const int out = layout.bottleneck ? planes * 4 : planes;
    for (int block = 0; block < layout.blocks[static_cast<std::size_t>(stage)]; ++block) {
      const std::string name = block_name(stage, block);
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      int y = 0;
      if (layout.bottleneck) {
        y = b.relu(b.batch_norm(name + ".bn1", b.convolution(name + ".conv1", x, channels, planes, 1, 1), planes));
        y = b.relu(b.batch_norm(name + ".bn2", b.convolution(name + ".conv2", y, planes, planes, 3, stride), planes));
        y = b.batch_norm(name + ".bn3", b.convolution(name + ".conv3", y, planes, out, 1, 1), out);
      } else {
        y = b.relu(b.batch_norm(name + ".bn1", b.convolution(name + ".conv1", x, channels, planes, 3, stride), planes));
        y = b.batch_norm(name + ".bn2", b.convolution(name + ".conv2", y, planes, out, 3, 1), out);
      }
      int shortcut = x;
      if (stride != 1 || channels != out) {
        shortcut = b.convolution(name + ".downsample.0", x, channels, out, 1, stride);
        shortcut = b.batch_norm(name + ".downsample.1", shortcut, out);
      }
      x = b.relu(b.add(y, shortcut));
      channels = out;
    }
  }
  return b.finish("fc", x, channels);
}

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
      case OpKind::add:
        break;
    }
    all[static_cast<std::size_t>(op.output)] = e;
  }
  return all;
}

std::string to_string(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace

std::map<std::string, std::vector<std::int64_t>> Network::parameters() const {
  std::map<std::string, std::vector<std::int64_t>> all;
  for (const Op& op : ops) {
    if (op.kind == OpKind::convolution) {
      all[op.name + ".weight"] = {op.out_channels, op.in_channels, op.kernel, op.kernel};
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
  const auto all = extents(*this, height, width);
  std::int64_t count = 0;
  for (const Op& op : ops) {
    if (op.kind == OpKind::convolution) {
      count += all[static_cast<std::size_t>(op.output)].elements() * op.in_channels * op.kernel * op.kernel;
    } else if (op.kind == OpKind::linear) {
      count += std::int64_t{op.in_channels} * op.out_channels;
    }
  }
  return count;
}

std::int64_t Network::working_set_bytes(int height, int width) const {
  const auto all = extents(*this, height, width);
  std::int64_t largest = 0;
  for (const Op& op : ops) {
    largest = std::max(largest, all[static_cast<std::size_t>(op.input)].elements() +
                                    all[static_cast<std::size_t>(op.output)].elements());
  }
  return 4 * (parameter_count() + largest);
}

Result<Network> build_network(const Architecture& a) {
  if (a.width < 1 || a.width > 1024 || a.classes < 1 || a.classes > 100'000) {
    return fail(ErrorCode::usage, "a network of width " + std::to_string(a.width) + " for " +
                                      std::to_string(a.classes) +
                                      " classes cannot be built; width is 1 to 1024, "
                                      "classes 1 to 100000");
  }
  if (a.family == Family::cifar_resnet) {
    if (a.depth < 8 || a.depth > 1202 || (a.depth - 2) % 6 != 0) {
      return fail(ErrorCode::usage, "there is no CIFAR ResNet of depth " + std::to_string(a.depth) +
                                        "; depth is 6n+2: 20, 32, 44, 56, 110");
    }
    return build_cifar(a);
  }
  const auto layout = torchvision_layout(a.depth);
  if (!layout) {
    return fail(ErrorCode::usage,
                "there is no ResNet of depth " + std::to_string(a.depth) + "; depth is 18, 34, 50, 101 or 152");
  }
  return build_torchvision(a, *layout);
}

Result<void> check_weights(const Network& network, const WeightFile& weights) {
  const std::string file = weights.path().string();
  const auto expected = network.parameters();
  for (const auto& [name, shape] : expected) {
    const auto found = weights.tensors().find(name);
    if (found == weights.tensors().end()) {
      return fail(ErrorCode::usage, file + ": has no tensor '" + name + "': these are weights of another network");
    }
    if (found->second.shape != shape) {
      return fail(ErrorCode::usage, file + ": tensor '" + name + "' has shape " + to_string(found->second.shape) +
                                        ", this network needs " + to_string(shape));
    }
    const ElementType type = found->second.type;
    if (type != ElementType::f32 && type != ElementType::f64 && type != ElementType::f16 && type != ElementType::bf16) {
      return fail(ErrorCode::usage, file + ": tensor '" + name + "' holds integers; weights are floating point");
    }
  }
  for (const auto& [name, tensor] : weights.tensors()) {
    const bool counter = name.size() > 20 && name.compare(name.size() - 20, 20, ".num_batches_tracked") == 0;
    if (!counter && !expected.contains(name)) {
      return fail(ErrorCode::usage, file + ": tensor '" + name +
                                        "' has no place in this network: these are weights of "
                                        "another one");
    }
  }
  return {};
}

}  // namespace cef::model
