#include "probe_network.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "cef/model/weights.hpp"

namespace cef::operation {

namespace {

using model::Op;
using model::OpKind;
using select::LayerKind;

constexpr double k_float = 4;                  // bytes
constexpr double k_large_classifier = 50'000;  // multiply-accumulates; below it belongs to the cost of a call

LayerKind kind_of(model::LayerKind kind) {
  switch (kind) {
    case model::LayerKind::convolution:
      return LayerKind::convolution;
    case model::LayerKind::pointwise:
      return LayerKind::pointwise;
    case model::LayerKind::depthwise:
      return LayerKind::depthwise;
    case model::LayerKind::linear:
      return LayerKind::linear;
    case model::LayerKind::elementwise:
      return LayerKind::elementwise;
    case model::LayerKind::pool:
      break;
  }
  return LayerKind::pool;
}

/// Channels and sizes of a layer, from its counts.
struct Shape {
  int in = 0;
  int out = 0;
  int size_in = 0;
  int size_out = 0;
  int stride = 1;
};

int side_of(double elements) {
  return static_cast<int>(std::lround(std::sqrt(elements)));
}

std::optional<Shape> shape_of(const select::Layer& layer) {
  Shape shape;
  const double window = static_cast<double>(layer.kernel) * layer.kernel;
  const double outputs = layer.output_bytes / k_float;
  if (layer.kind == LayerKind::depthwise && window > 0) {
    shape.in = shape.out = static_cast<int>(std::lround(layer.weight_bytes / k_float / (window + 1)));
  } else if (layer.kind == LayerKind::linear) {
    shape.out = static_cast<int>(outputs);
    shape.in = static_cast<int>(layer.input_bytes / k_float);
    shape.size_in = shape.size_out = 1;
  } else if (window > 0 && outputs > 0) {
    shape.in = static_cast<int>(std::lround(layer.macs / outputs / window));
    shape.out = static_cast<int>(std::lround(layer.weight_bytes / k_float / (window * shape.in + 1)));
  } else if (layer.kind == LayerKind::elementwise) {
    // Two operands of the same size; the number of channels matters little.
    shape.in = shape.out = 16;
    shape.size_in = shape.size_out = side_of(outputs / shape.in);
  } else {
    shape.in = shape.out = 16;
  }
  if (shape.in < 1 || shape.out < 1 || shape.in > 100'000 || shape.out > 100'000) {
    return std::nullopt;
  }
  if (shape.size_in == 0) {
    shape.size_in = side_of(layer.input_bytes / k_float / shape.in);
    shape.size_out = side_of(outputs / shape.out);
  }
  if (shape.size_in < 1 || shape.size_out < 1 || shape.size_in > 4096) {
    return std::nullopt;
  }
  shape.stride = std::max(1, static_cast<int>(std::lround(static_cast<double>(shape.size_in) / shape.size_out)));
  return shape;
}

/// Appends operations to a network; value 0 is the image.
class Chain {
 public:
  Chain() { network_.architecture.classes = 2; }

  void convolution(int in, int out, int kernel, int stride, int groups) {
    Op op = next(OpKind::convolution);
    op.name = "layer" + std::to_string(network_.ops.size());
    op.in_channels = in;
    op.out_channels = out;
    op.kernel = kernel;
    op.stride = stride;
    op.padding = kernel / 2;
    op.groups = groups;
    push(op);
    channels_ = out;
  }
  void batch_norm(int channels) {
    Op op = next(OpKind::batch_norm);
    op.name = "norm" + std::to_string(network_.ops.size());
    op.in_channels = op.out_channels = channels;
    push(op);
  }
  void activation(bool silu) { push(next(silu ? OpKind::silu : OpKind::relu)); }
  void add_to_itself() {
    Op op = next(OpKind::add);
    op.other = op.input;
    push(op);
  }
  void max_pool() {
    Op op = next(OpKind::max_pool);
    op.kernel = 3;
    op.stride = 2;
    op.padding = 1;
    push(op);
  }
  void pool_and_scale() {
    const int before = value();
    push(next(OpKind::global_average_pool));
    Op op = next(OpKind::multiply);
    op.input = before;
    op.other = value();
    push(op);
  }
  void classifier(int classes) {
    push(next(OpKind::global_average_pool));
    Op op = next(OpKind::linear);
    op.name = "classifier";
    op.in_channels = channels_;
    op.out_channels = classes;
    push(op);
    network_.architecture.classes = classes;
  }
  [[nodiscard]] const model::Network& network() const { return network_; }

 private:
  [[nodiscard]] int value() const { return static_cast<int>(network_.ops.size()); }
  [[nodiscard]] Op next(OpKind kind) const {
    Op op;
    op.kind = kind;
    op.input = value();
    return op;
  }
  void push(Op op) {
    op.output = value() + 1;
    network_.ops.push_back(std::move(op));
  }
  model::Network network_;
  int channels_ = 3;
};

void append(Chain& chain, const select::Layer& layer, const Shape& shape, bool silu) {
  switch (layer.kind) {
    case LayerKind::convolution:
    case LayerKind::pointwise:
    case LayerKind::depthwise:
      chain.convolution(shape.in, shape.out, layer.kernel, shape.stride,
                        layer.kind == LayerKind::depthwise ? shape.in : 1);
      chain.batch_norm(shape.out);
      chain.activation(silu);
      break;
    case LayerKind::elementwise:
      chain.add_to_itself();
      chain.activation(false);
      break;
    case LayerKind::pool:
      if (shape.stride == 2) {
        chain.max_pool();
      } else {
        chain.pool_and_scale();
      }
      break;
    case LayerKind::linear:
      break;
  }
}

core::Result<model::Calibration> calibrate(model::InferenceRuntime& runtime, const model::Network& network,
                                           const model::WeightFile& weights, int size) {
  constexpr std::size_t k_images = 2;
  const auto side = static_cast<std::size_t>(size);
  std::vector<float> input(k_images * 3 * side * side);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<float>(i % 17) / 8.0F - 1.0F;
  }
  return runtime.calibrate(network, weights, input, k_images, size, size);
}

/// Uniform with He's variance for convolutions and linear layers, batch norms that change nothing.
std::vector<float> values_for(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  std::size_t fan_in = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    count *= static_cast<std::size_t>(shape[i]);
    fan_in *= i == 0 ? 1U : static_cast<std::size_t>(shape[i]);
  }
  if (shape.size() == 1) {
    const bool one = name.ends_with("running_var") || name.ends_with(".weight");
    return std::vector<float>(count, one ? 1.0F : 0.0F);
  }
  const float bound = std::sqrt(6.0F / static_cast<float>(fan_in));
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
    value = bound * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
  }
  return values;
}

}  // namespace

std::vector<select::Layer> layers_of(const model::Network& network, int height, int width) {
  std::vector<select::Layer> layers;
  for (const auto& work : network.layers(height, width)) {
    layers.push_back({kind_of(work.kind), work.kernel, static_cast<double>(work.macs),
                      static_cast<double>(work.weight_bytes), static_cast<double>(work.input_bytes),
                      static_cast<double>(work.output_bytes)});
  }
  if (!layers.empty() && layers.back().kind == LayerKind::linear && layers.back().macs < k_large_classifier) {
    layers.pop_back();
  }
  if (!layers.empty() && layers.back().kind == LayerKind::pool) {
    layers.pop_back();
  }
  return layers;
}

bool has_silu(const model::Network& network) {
  return std::any_of(network.ops.begin(), network.ops.end(), [](const Op& op) { return op.kind == OpKind::silu; });
}

std::optional<ProbeNetwork> probe_network(const select::Layer& layer, bool silu, int copies) {
  const auto shape = shape_of(layer);
  if (!shape) {
    return std::nullopt;
  }
  const bool linear = layer.kind == LayerKind::linear;
  const bool repeats = shape->in == shape->out && shape->stride == 1 && layer.kind != LayerKind::pool && !linear;
  ProbeNetwork probe;
  probe.times = repeats ? copies : 1;
  Chain without;
  Chain with;
  for (Chain* chain : {&without, &with}) {
    if (shape->in != 3) {
      chain->convolution(3, shape->in, 1, 1, 1);
    }
  }
  for (int i = 0; i < probe.times; ++i) {
    append(with, layer, *shape, silu);
  }
  with.classifier(linear ? shape->out : 2);
  without.classifier(2);
  probe.with = with.network();
  probe.without = without.network();
  probe.size = shape->size_in;
  return probe;
}

core::Result<LoadedProbe> load_random(model::InferenceRuntime& runtime, const model::Network& network, int size,
                                      model::Precision precision, const std::filesystem::path& folder) {
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, model::TensorView> tensors;
  for (const auto& [name, shape] : network.parameters()) {
    const auto& data = values[name] = values_for(name, shape);
    tensors[name] = {model::ElementType::f32, shape, std::as_bytes(std::span(data))};
  }
  const auto file = folder / "probe.safetensors";
  if (auto written = model::write_safetensors(file, tensors, {}); !written) {
    return core::fail(written.error());
  }
  Stopwatch watch;
  const auto weights = model::WeightFile::open(file);
  if (!weights) {
    return core::fail(weights.error());
  }
  model::LoadOptions options;
  options.precision = precision;
  options.height = options.width = size;
  std::optional<model::Calibration> calibration;
  if (precision == model::Precision::int8) {
    auto made = calibrate(runtime, network, *weights, size);
    if (!made) {
      return core::fail(made.error());
    }
    calibration = std::move(*made);
    options.calibration = &*calibration;
    watch = Stopwatch();
  }
  auto loaded = runtime.load(network, *weights, options);
  if (!loaded) {
    return core::fail(loaded.error());
  }
  return LoadedProbe{std::move(*loaded), watch.spent()};
}

}  // namespace cef::operation
