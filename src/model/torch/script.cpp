#include "script.hpp"

#include <algorithm>

namespace cef::model::torch_runtime {

namespace {

std::string twice(int value) {
  return "[" + std::to_string(value) + ", " + std::to_string(value) + "]";
}

std::string parameter(const Op& op, const char* part) {
  return "self." + attribute_name(op.name + "." + part);
}

std::string expression(const Op& op) {
  const std::string x = "v" + std::to_string(op.input);
  switch (op.kind) {
    case OpKind::convolution:
      return "torch.conv2d(" + x + ", " + parameter(op, "weight") + ", " + (op.bias ? parameter(op, "bias") : "None") +
             ", " + twice(op.stride) + ", " + twice(op.padding) + ", [1, 1], " + std::to_string(op.groups) + ")";
    case OpKind::batch_norm:
      return "torch.batch_norm(" + x + ", " + parameter(op, "weight") + ", " + parameter(op, "bias") + ", " +
             parameter(op, "running_mean") + ", " + parameter(op, "running_var") + ", False, 0.1, 1e-05, False)";
    case OpKind::relu:
      return "torch.relu(" + x + ")";
    case OpKind::silu:
      return "torch.silu(" + x + ")";
    case OpKind::sigmoid:
      return "torch.sigmoid(" + x + ")";
    case OpKind::max_pool:
      return "torch.max_pool2d(" + x + ", " + twice(op.kernel) + ", " + twice(op.stride) + ", " + twice(op.padding) +
             ", [1, 1], False)";
    case OpKind::add:
      return x + " + v" + std::to_string(op.other);
    case OpKind::multiply:
      return x + " * v" + std::to_string(op.other);
    case OpKind::shortcut_a: {
      const int missing = op.out_channels - op.in_channels;
      return "torch.constant_pad_nd(" + x + "[:, :, ::2, ::2], [0, 0, 0, 0, " + std::to_string(missing / 2) + ", " +
             std::to_string(missing - missing / 2) + "], 0)";
    }
    case OpKind::global_average_pool:
      return "torch.adaptive_avg_pool2d(" + x + ", [1, 1])";
    case OpKind::linear:
      return "torch.linear(torch.flatten(" + x + ", 1), " + parameter(op, "weight") + ", " + parameter(op, "bias") +
             ")";
  }
  return x;
}

}  // namespace

std::string attribute_name(const std::string& parameter) {
  std::string name = "p_" + parameter;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string to_script(const Network& network) {
  std::string source = "def forward(self, v0):\n";
  for (const Op& op : network.ops) {
    source += "  v" + std::to_string(op.output) + " = " + expression(op) + "\n";
  }
  return source + "  return v" + std::to_string(network.ops.back().output) + "\n";
}

}  // namespace cef::model::torch_runtime
