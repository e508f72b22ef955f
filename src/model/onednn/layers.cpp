#include "layers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>

namespace cef::model::onednn {

namespace {

constexpr float k_epsilon = 1e-5F;  // PyTorch's default of BatchNorm2d, which torchvision's B0 to B3 keep

float from_half(std::uint16_t half) {
  const int exponent = (half >> 10U) & 0x1F;
  const auto fraction = static_cast<float>(half & 0x3FFU);
  const float magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                          : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                           : std::ldexp(fraction + 1024.0F, exponent - 25);
  return (half & 0x8000U) != 0 ? -magnitude : magnitude;
}

template <class Stored, class Convert>
std::vector<float> converted(const TensorView& view, Convert convert) {
  std::vector<float> values(view.data.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, view.data.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

void fold_norm(Layer& layer, const WeightFile& file) {
  const auto part = [&](const char* name) { return to_floats(file.tensors().at(layer.fused.norm + name)); };
  const auto gain = part(".weight");
  const auto shift = part(".bias");
  const auto mean = part(".running_mean");
  const auto variance = part(".running_var");
  const std::size_t per_channel = layer.weights.size() / gain.size();
  for (std::size_t c = 0; c < gain.size(); ++c) {
    const float factor = gain[c] / std::sqrt(variance[c] + k_epsilon);
    for (std::size_t i = 0; i < per_channel; ++i) {
      layer.weights[c * per_channel + i] *= factor;
    }
    layer.bias[c] = shift[c] + (layer.bias[c] - mean[c]) * factor;
  }
}

/// CIFAR's shortcut: every second pixel, with channels of zeros before and after, is a convolution by ones.
void fold_shortcut(Layer& layer) {
  Op& op = layer.fused.op;
  const auto in = static_cast<std::size_t>(op.in_channels);
  const auto first = static_cast<std::size_t>(op.out_channels - op.in_channels) / 2;
  layer.weights.assign(static_cast<std::size_t>(op.out_channels) * in, 0.0F);
  for (std::size_t c = 0; c < in; ++c) {
    layer.weights[(first + c) * in + c] = 1.0F;
  }
  op.kind = OpKind::convolution;
  op.kernel = 1;
}

}  // namespace

std::vector<float> to_floats(const TensorView& view) {
  switch (view.type) {
    case ElementType::f64:
      return converted<double>(view, [](double v) { return static_cast<float>(v); });
    case ElementType::f16:
      return converted<std::uint16_t>(view, from_half);
    case ElementType::bf16:
      return converted<std::uint16_t>(view,
                                      [](std::uint16_t v) { return std::bit_cast<float>(std::uint32_t{v} << 16U); });
    default:
      return converted<float>(view, [](float v) { return v; });  // check_weights lets no integers through
  }
}

std::vector<Layer> fold_layers(const Network& network, const WeightFile& weights) {
  std::vector<Layer> layers;
  for (const FusedOp& fused : fuse(network)) {
    Layer layer{fused, {}, {}, {}, {}};
    const Op& op = fused.op;
    layer.bias.assign(static_cast<std::size_t>(std::max(op.out_channels, 0)), 0.0F);
    if (op.kind == OpKind::shortcut_a) {
      fold_shortcut(layer);
    } else if (op.kind == OpKind::convolution || op.kind == OpKind::linear) {
      layer.weights = to_floats(weights.tensors().at(op.name + ".weight"));
      if (op.bias || op.kind == OpKind::linear) {
        layer.bias = to_floats(weights.tensors().at(op.name + ".bias"));
      }
      if (!fused.norm.empty()) {
        fold_norm(layer, weights);
      }
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

void quantise_weights(Layer& layer) {
  constexpr float k_largest = 63;
  const auto channels = static_cast<std::size_t>(layer.fused.op.out_channels);
  const std::size_t per_channel = layer.weights.size() / channels;
  layer.quantised.resize(layer.weights.size());
  layer.scales.assign(channels, 1.0F);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto begin = layer.weights.begin() + static_cast<std::ptrdiff_t>(c * per_channel);
    float largest = 0;
    for (auto w = begin; w != begin + static_cast<std::ptrdiff_t>(per_channel); ++w) {
      largest = std::max(largest, std::fabs(*w));
    }
    const float scale = largest > 0 ? largest / k_largest : 1.0F;
    layer.scales[c] = scale;
    for (std::size_t i = c * per_channel; i < (c + 1) * per_channel; ++i) {
      layer.quantised[i] = static_cast<std::int8_t>(std::lround(layer.weights[i] / scale));
    }
  }
  layer.weights = {};
}

}  // namespace cef::model::onednn
