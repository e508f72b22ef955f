// torchvision.models.efficientnet: Tan and Le 2019, table 1, scaled in width and depth.
#include <algorithm>
#include <array>
#include <cmath>

#include "network_builder.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

struct Stage {
  int expansion, kernel, stride, in, out, blocks;
};
constexpr std::array<Stage, 7> k_stages = {{{1, 3, 1, 32, 16, 1},
                                            {6, 3, 2, 16, 24, 2},
                                            {6, 5, 2, 24, 40, 2},
                                            {6, 3, 2, 40, 80, 3},
                                            {6, 5, 1, 80, 112, 3},
                                            {6, 5, 2, 112, 192, 4},
                                            {6, 3, 1, 192, 320, 1}}};

struct Scale {
  double width, depth;
};
constexpr std::array<Scale, 4> k_scales = {{{1.0, 1.0}, {1.0, 1.1}, {1.1, 1.2}, {1.2, 1.4}}};  // B0 to B3

/// The nearest multiple of 8 that is not more than a tenth smaller.
int scaled_channels(int channels, double scale) {
  constexpr int k_step = 8;
  const double wanted = channels * scale;
  const int rounded = std::max(k_step, static_cast<int>(wanted + k_step / 2.0) / k_step * k_step);
  return rounded < 0.9 * wanted ? rounded + k_step : rounded;
}

struct Block {
  int expansion, kernel, stride, in, out;
};

/// Inverted bottleneck with squeeze and excitation.
int append_block(Builder& b, const std::string& name, int x, const Block& block) {
  const int expanded = scaled_channels(block.in, block.expansion);
  int part = 0;
  const auto next = [&] { return name + ".block." + std::to_string(part++); };
  int y = x;
  if (expanded != block.in) {
    const std::string expand = next();
    y = b.silu(b.batch_norm(expand + ".1", b.convolution(expand + ".0", y, block.in, expanded, 1, 1), expanded));
  }
  const std::string depthwise = next();
  y = b.depthwise(depthwise + ".0", y, expanded, block.kernel, block.stride);
  y = b.silu(b.batch_norm(depthwise + ".1", y, expanded));
  const std::string squeeze = next();
  const int squeezed = std::max(1, block.in / 4);
  int factors = b.convolution_with_bias(squeeze + ".fc1", b.global_average_pool(y), expanded, squeezed);
  factors = b.convolution_with_bias(squeeze + ".fc2", b.silu(factors), squeezed, expanded);
  y = b.multiply(y, b.sigmoid(factors));
  const std::string project = next();
  y = b.batch_norm(project + ".1", b.convolution(project + ".0", y, expanded, block.out, 1, 1), block.out);
  return block.stride == 1 && block.in == block.out ? b.add(y, x) : y;
}

}  // namespace

Result<Network> build_efficientnet(const Architecture& a) {
  if (a.depth < 0 || a.depth >= static_cast<int>(k_scales.size())) {
    return fail(ErrorCode::usage,
                "there is no EfficientNet-B" + std::to_string(a.depth) + " here; depth is 0, 1, 2 or 3");
  }
  const Scale scale = k_scales[static_cast<std::size_t>(a.depth)];
  const int stem = scaled_channels(k_stages.front().in, scale.width);
  if (a.width != stem) {
    return fail(ErrorCode::usage, "EfficientNet-B" + std::to_string(a.depth) + " has a stem of width " +
                                      std::to_string(stem) + ", not " + std::to_string(a.width));
  }
  Builder b(a);
  int x = b.silu(b.batch_norm("features.0.1", b.convolution("features.0.0", 0, 3, stem, 3, 2), stem));
  int channels = stem;
  for (std::size_t s = 0; s < k_stages.size(); ++s) {
    const Stage& stage = k_stages[s];
    const int out = scaled_channels(stage.out, scale.width);
    const int blocks = static_cast<int>(std::ceil(stage.blocks * scale.depth));
    for (int i = 0; i < blocks; ++i) {
      const std::string name = "features." + std::to_string(s + 1) + "." + std::to_string(i);
      x = append_block(b, name, x, {stage.expansion, stage.kernel, i == 0 ? stage.stride : 1, channels, out});
      channels = out;
    }
  }
  const int features = 4 * channels;
  x = b.silu(b.batch_norm("features.8.1", b.convolution("features.8.0", x, channels, features, 1, 1), features));
  return b.finish("classifier.1", x, features);
}

}  // namespace cef::model
