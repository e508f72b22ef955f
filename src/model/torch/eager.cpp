#include "eager.hpp"

#include <vector>

namespace cef::model::torch_runtime {

namespace {
constexpr double k_momentum = 0.1;  // PyTorch's defaults of BatchNorm2d
constexpr double k_epsilon = 1e-5;

at::Tensor run_op(const Op& op, const Tensors& tensors, const std::vector<at::Tensor>& values, Mode mode) {
  const at::Tensor& x = values[static_cast<std::size_t>(op.input)];
  switch (op.kind) {
    case OpKind::convolution:
      return at::conv2d(x, tensors.at(op.name + ".weight"), op.bias ? tensors.at(op.name + ".bias") : at::Tensor(),
                        op.stride, op.padding, 1, op.groups);
    case OpKind::batch_norm:
      return at::batch_norm(x, tensors.at(op.name + ".weight"), tensors.at(op.name + ".bias"),
                            tensors.at(op.name + ".running_mean"), tensors.at(op.name + ".running_var"),
                            mode == Mode::train, k_momentum, k_epsilon, false);
    case OpKind::relu:
      return at::relu(x);
    case OpKind::silu:
      return at::silu(x);
    case OpKind::sigmoid:
      return at::sigmoid(x);
    case OpKind::max_pool:
      return at::max_pool2d(x, op.kernel, op.stride, op.padding);
    case OpKind::add:
      return x + values[static_cast<std::size_t>(op.other)];
    case OpKind::multiply:
      return x * values[static_cast<std::size_t>(op.other)];
    case OpKind::shortcut_a: {
      const auto every_second = x.slice(2, 0, x.size(2), 2).slice(3, 0, x.size(3), 2);
      const std::int64_t missing = op.out_channels - op.in_channels;
      return at::constant_pad_nd(every_second, {0, 0, 0, 0, missing / 2, missing - missing / 2});
    }
    case OpKind::global_average_pool:
      return at::adaptive_avg_pool2d(x, {1, 1});
    case OpKind::linear:
      return at::linear(x.flatten(1), tensors.at(op.name + ".weight"), tensors.at(op.name + ".bias"));
  }
  return {};
}
}  // namespace

at::Tensor run_eagerly(const Network& network, const Tensors& tensors, const at::Tensor& input, Mode mode) {
  std::vector<at::Tensor> values(network.ops.size() + 1);
  values[0] = input;
  for (const Op& op : network.ops) {
    values[static_cast<std::size_t>(op.output)] = run_op(op, tensors, values, mode);
  }
  return values.back();
}

}  // namespace cef::model::torch_runtime
