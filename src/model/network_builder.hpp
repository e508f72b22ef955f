#pragma once

#include <string>
#include <utility>

#include "cef/model/network.hpp"

namespace cef::model {

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
  /// Over each channel by itself.
  int depthwise(const std::string& name, int input, int channels, int kernel, int stride) {
    const int output = convolution(name, input, channels, channels, kernel, stride);
    network_.ops.back().groups = channels;
    return output;
  }
  int convolution_with_bias(const std::string& name, int input, int in, int out) {
    const int output = convolution(name, input, in, out, 1, 1);
    network_.ops.back().bias = true;
    return output;
  }
  int relu(int input) { return push(with(OpKind::relu, "", input)); }
  int silu(int input) { return push(with(OpKind::silu, "", input)); }
  int sigmoid(int input) { return push(with(OpKind::sigmoid, "", input)); }
  int global_average_pool(int input) { return push(with(OpKind::global_average_pool, "", input)); }
  int multiply(int input, int factors) {
    Op op = with(OpKind::multiply, "", input);
    op.other = factors;
    return push(op);
  }
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
    Op op = with(OpKind::linear, linear, global_average_pool(input));
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

/// torchvision.models.efficientnet; depth 0 to 3.
core::Result<Network> build_efficientnet(const Architecture& architecture);

}  // namespace cef::model
