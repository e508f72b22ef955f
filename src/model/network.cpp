#include "cef/model/network.hpp"

#include <array>
#include <optional>
#include <utility>

#include "network_builder.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_most_classes = 100'000;
constexpr std::array<std::pair<Family, std::string_view>, 4> k_families = {
    {{Family::cifar_resnet, "cifar_resnet"},
     {Family::torchvision_resnet, "torchvision_resnet"},
     {Family::torchvision_efficientnet, "torchvision_efficientnet"},
     {Family::torchscript, "torchscript"}}};

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

}  // namespace

std::string_view to_string(Family family) noexcept {
  for (const auto& [value, name] : k_families) {
    if (value == family) {
      return name;
    }
  }
  return "";
}

std::optional<Family> parse_family(std::string_view text) noexcept {
  for (const auto& [value, name] : k_families) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

std::vector<Precision> precisions_of(Family family) {
  switch (family) {
    case Family::cifar_resnet:
    case Family::torchvision_resnet:
      return {Precision::fp32, Precision::bf16, Precision::int8};
    case Family::torchvision_efficientnet:  // SiLU and depthwise layers lose too much in bytes without retraining
      return {Precision::fp32, Precision::bf16};
    case Family::torchscript:
      break;
  }
  return {Precision::fp32};
}

Result<Network> build_network(const Architecture& a) {
  if (a.family == Family::torchscript && a.classes >= 1 && a.classes <= k_most_classes) {
    return Network{a, {}};
  }
  if (a.width < 1 || a.width > 1024 || a.classes < 1 || a.classes > k_most_classes) {
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
  if (a.family == Family::torchvision_efficientnet) {
    return build_efficientnet(a);
  }
  const auto layout = torchvision_layout(a.depth);
  if (!layout) {
    return fail(ErrorCode::usage,
                "there is no ResNet of depth " + std::to_string(a.depth) + "; depth is 18, 34, 50, 101 or 152");
  }
  return build_torchvision(a, *layout);
}

}  // namespace cef::model
