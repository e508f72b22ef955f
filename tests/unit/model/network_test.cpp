#include "cef/model/network.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "samples.hpp"

namespace cef::model {
namespace {

using core::ErrorCode;

Network built(Family family, int depth, int width, int classes) {
  auto network = build_network({family, depth, width, classes});
  EXPECT_TRUE(network) << depth;
  return network.value_or(Network{});
}

core::Error refusal(const Architecture& architecture) {
  const auto network = build_network(architecture);
  EXPECT_FALSE(network) << architecture.depth;
  return network ? core::Error{} : network.error();
}

TEST(Network, ImageNetNetworksHaveThePublishedParameters) {
  // torchvision, models/resnet.py, "num_params" of each set of weights.
  const std::map<int, std::int64_t> published = {
      {18, 11'689'512}, {34, 21'797'672}, {50, 25'557'032}, {101, 44'549'160}, {152, 60'192'808}};
  for (const auto& [depth, count] : published) {
    EXPECT_EQ(built(Family::torchvision_resnet, depth, 64, 1000).parameter_count(), count) << depth;
  }
}

TEST(Network, EfficientNetsHaveThePublishedParametersAndOperations) {
  // torchvision, models/efficientnet.py: "num_params" and "_ops" (in 10^9, three digits) of each set of weights.
  struct Published {
    int number, width, side;
    std::int64_t parameters, millions;
  };
  for (const auto& [number, width, side, parameters, millions] :
       {Published{0, 32, 224, 5'288'548, 386}, Published{1, 32, 240, 7'794'184, 687},
        Published{2, 32, 288, 9'109'994, 1088}, Published{3, 40, 300, 12'233'232, 1827}}) {
    const Network network = built(Family::torchvision_efficientnet, number, width, 1000);
    EXPECT_EQ(network.parameter_count(), parameters) << number;
    EXPECT_EQ((network.macs(side, side) + 500'000) / 1'000'000, millions) << number;
  }
}

TEST(Network, LayersAreWhatIsLeftAfterFusion) {
  const Network resnet = built(Family::torchvision_resnet, 50, 64, 1000);
  std::map<LayerKind, int> count;
  std::int64_t macs = 0;
  std::int64_t weights = 0;
  for (const auto& layer : resnet.layers(224, 224)) {
    ++count[layer.kind];
    macs += layer.macs;
    weights += layer.weight_bytes;
  }
  EXPECT_EQ(count, (std::map<LayerKind, int>{{LayerKind::convolution, 17},
                                             {LayerKind::pointwise, 36},
                                             {LayerKind::linear, 1},
                                             {LayerKind::elementwise, 16},
                                             {LayerKind::pool, 2}}));
  EXPECT_EQ(macs, resnet.macs(224, 224));
  // A folded batch norm leaves one bias a channel of its two parameters.
  std::int64_t channels = 0;
  for (const Op& op : resnet.ops) {
    channels += op.kind == OpKind::batch_norm ? op.out_channels : 0;
  }
  EXPECT_EQ(weights, 4 * (resnet.parameter_count() - channels));
  const LayerWork stem = resnet.layers(224, 224).front();
  EXPECT_EQ(stem.kernel, 7);
  EXPECT_EQ(stem.input_bytes, 4 * 3 * 224 * 224);
  EXPECT_EQ(stem.output_bytes, 4 * 64 * 112 * 112);

  const auto efficient = built(Family::torchvision_efficientnet, 0, 32, 1000).layers(224, 224);
  const auto depthwise = std::count_if(efficient.begin(), efficient.end(),
                                       [](const LayerWork& l) { return l.kind == LayerKind::depthwise; });
  EXPECT_EQ(depthwise, 16);
  const auto first = std::find_if(efficient.begin(), efficient.end(),
                                  [](const LayerWork& l) { return l.kind == LayerKind::depthwise; });
  EXPECT_EQ(first->macs, 32 * 112 * 112 * 9);
  EXPECT_EQ(first->weight_bytes, 4 * 32 * (9 + 1));
}

TEST(Network, CifarNetworksHaveTheParametersCountedByHand) {
  // With n = (depth - 2) / 6 blocks a stage; every batch norm has two numbers a channel, shortcuts have none.
  const auto by_hand = [](std::int64_t n) {
    const std::int64_t stem = 3 * 16 * 9 + 2 * 16;
    const std::int64_t first = n * (2 * 16 * 16 * 9 + 4 * 16);
    const std::int64_t second = (16 * 32 + 32 * 32) * 9 + 4 * 32 + (n - 1) * (2 * 32 * 32 * 9 + 4 * 32);
    const std::int64_t third = (32 * 64 + 64 * 64) * 9 + 4 * 64 + (n - 1) * (2 * 64 * 64 * 9 + 4 * 64);
    return stem + first + second + third + 64 * 10 + 10;
  };
  // He et al. 2015, table 6: 0.27, 0.46, 0.66, 0.85 and 1.7 million.
  const std::map<int, std::int64_t> exact = {
      {20, 269'722}, {32, 464'154}, {44, 658'586}, {56, 853'018}, {110, 1'727'962}};
  for (const auto& [depth, count] : exact) {
    EXPECT_EQ(by_hand((depth - 2) / 6), count);
    EXPECT_EQ(built(Family::cifar_resnet, depth, 16, 10).parameter_count(), count) << depth;
  }
}

TEST(Network, MultiplicationsAreThePublishedOnes) {
  EXPECT_EQ(built(Family::torchvision_resnet, 50, 64, 1000).macs(224, 224), 4'089'184'256);
  EXPECT_EQ(built(Family::torchvision_resnet, 18, 64, 1000).macs(224, 224), 1'814'073'344);
  // By hand: the stem, six convolutions of each stage (the first of stages 2 and 3 has half the inputs), the linear.
  const std::int64_t stem = 32 * 32 * 16 * 3 * 9;
  const std::int64_t full = 32 * 32 * 16 * 16 * 9;  // the same in every stage: half the side, twice the channels
  EXPECT_EQ(built(Family::cifar_resnet, 20, 16, 10).macs(32, 32), stem + 6 * full + 2 * (5 * full + full / 2) + 640);
}

TEST(Network, AnOddSideIsRoundedUpOnTheWayDown) {
  const Network network = built(Family::cifar_resnet, 8, 1, 2);
  // 5 → 3 → 2 pixels a side; channels 1, 2, 4.
  EXPECT_EQ(network.macs(5, 5), 25 * 27 + 2 * 25 * 9 + 9 * (2 + 4) * 9 + 4 * (8 + 16) * 9 + 8);
}

TEST(Network, TheWorkingSetIsWeightsAndTheLargestPair) {
  const Network network = built(Family::cifar_resnet, 8, 16, 10);
  const std::int64_t pair = 2 * 16 * 32 * 32;
  EXPECT_EQ(network.working_set_bytes(32, 32), 4 * (network.parameter_count() + pair));
}

TEST(Network, WinogradTakesFourTimesTheWeightsOfTheLayersThatSuitIt) {
  // ResNet-18 at 224: four convolutions of 64 channels at 56×56, three of 128 at 28×28, three of 256 at 14×14.
  const Network network = built(Family::torchvision_resnet, 18, 64, 1000);
  const std::int64_t weights = 9 * (4 * 64 * 64 + 3 * 128 * 128 + 3 * 256 * 256);
  const std::int64_t tiles = 36 * 14 * 14 * (64 + 64);
  EXPECT_EQ(network.winograd_bytes(224, 224), 4 * (4 * weights + tiles));
  EXPECT_EQ(network.winograd_bytes(32, 32), 0) << "no layer is large enough";
  EXPECT_EQ(built(Family::torchvision_efficientnet, 0, 32, 1000).winograd_bytes(224, 224), 0);
}

TEST(Network, NamesAreThoseOfPyTorch) {
  const auto bottleneck = built(Family::torchvision_resnet, 50, 64, 1000).parameters();
  EXPECT_EQ(bottleneck.at("layer1.0.downsample.0.weight"), (std::vector<std::int64_t>{256, 64, 1, 1}));
  EXPECT_EQ(bottleneck.at("layer4.2.conv3.weight"), (std::vector<std::int64_t>{2048, 512, 1, 1}));
  EXPECT_EQ(bottleneck.at("layer2.0.bn2.running_var"), (std::vector<std::int64_t>{128}));
  EXPECT_EQ(bottleneck.at("fc.weight"), (std::vector<std::int64_t>{1000, 2048}));
  const auto basic = built(Family::torchvision_resnet, 18, 64, 1000).parameters();
  EXPECT_FALSE(basic.contains("layer1.0.downsample.0.weight"));
  EXPECT_TRUE(basic.contains("layer2.0.downsample.1.running_mean"));
  const auto cifar = built(Family::cifar_resnet, 20, 16, 10).parameters();
  EXPECT_EQ(cifar.at("layer2.0.conv1.weight"), (std::vector<std::int64_t>{32, 16, 3, 3}));
  EXPECT_EQ(cifar.at("linear.bias"), (std::vector<std::int64_t>{10}));
}

TEST(Network, BadNumbersAreRefusedWithTheGoodOnes) {
  for (const int depth : {-2, 0, 2, 7, 21, 1208}) {
    const core::Error error = refusal({Family::cifar_resnet, depth, 16, 10});
    EXPECT_EQ(error.code, ErrorCode::usage);
    EXPECT_EQ(error.message,
              "there is no CIFAR ResNet of depth " + std::to_string(depth) + "; depth is 6n+2: 20, 32, 44, 56, 110");
  }
  for (const int depth : {-18, 0, 20, 51, 153}) {
    EXPECT_EQ(refusal({Family::torchvision_resnet, depth, 64, 1000}).message,
              "there is no ResNet of depth " + std::to_string(depth) + "; depth is 18, 34, 50, 101 or 152");
  }
  EXPECT_EQ(refusal({Family::torchvision_efficientnet, 8, 32, 1000}).message,
            "there is no EfficientNet-B8 here; depth is 0, 1, 2 or 3");
  EXPECT_EQ(refusal({Family::torchvision_efficientnet, 3, 32, 1000}).message,
            "EfficientNet-B3 has a stem of width 40, not 32");
  for (const int width : {-1, 0, 1025}) {
    EXPECT_EQ(refusal({Family::torchvision_resnet, 18, width, 10}).code, ErrorCode::usage);
  }
  for (const int classes : {-1, 0, 100'001}) {
    EXPECT_EQ(refusal({Family::cifar_resnet, 20, 16, classes}).code, ErrorCode::usage);
  }
}

class NetworkWeights : public testing::Test {
 protected:
  NetworkWeights() : zeros_(4096) {
    for (const auto& [name, shape] : network_.parameters()) {
      add(name, shape);
    }
  }
  void add(const std::string& name, const std::vector<std::int64_t>& shape, ElementType type = ElementType::f32) {
    std::size_t bytes = type == ElementType::f32 ? 4 : 8;
    for (const std::int64_t size : shape) {
      bytes *= static_cast<std::size_t>(size);
    }
    tensors_[name] = {type, shape, std::span(zeros_).first(bytes)};
  }
  /// The message of check_weights, without the file's name; empty when they fit.
  [[nodiscard]] std::string complaint() const {
    const auto path = folder_.path() / "w.safetensors";
    EXPECT_TRUE(write_safetensors(path, tensors_, {}));
    const auto weights = WeightFile::open(path);
    EXPECT_TRUE(weights);
    const auto checked = check_weights(network_, *weights);
    if (checked) {
      return "";
    }
    EXPECT_EQ(checked.error().code, ErrorCode::usage);
    EXPECT_EQ(checked.error().message.rfind(path.string() + ": ", 0), 0U) << checked.error().message;
    return checked.error().message.substr(path.string().size() + 2);
  }

  const test::Folder folder_;
  const Network network_ = built(Family::cifar_resnet, 8, 1, 2);
  std::vector<std::byte> zeros_;
  std::map<std::string, TensorView> tensors_;
};

TEST_F(NetworkWeights, OfTheNetworkFitAndCountersAreNoMatter) {
  EXPECT_EQ(complaint(), "");
  add("bn1.num_batches_tracked", {}, ElementType::i64);
  EXPECT_EQ(complaint(), "");
}

TEST_F(NetworkWeights, WithoutATensorAreNamed) {
  tensors_.erase("layer2.0.conv1.weight");
  EXPECT_EQ(complaint(), "has no tensor 'layer2.0.conv1.weight': these are weights of another network");
}

TEST_F(NetworkWeights, OfAnotherShapeAreNamedWithBothShapes) {
  add("linear.weight", {4, 2});
  EXPECT_EQ(complaint(), "tensor 'linear.weight' has shape [4, 2], this network needs [2, 4]");
}

TEST_F(NetworkWeights, OfIntegersAreRefused) {
  add("linear.bias", {2}, ElementType::i64);
  EXPECT_EQ(complaint(), "tensor 'linear.bias' holds integers; weights are floating point");
}

TEST_F(NetworkWeights, WithATensorTooManyAreRefused) {
  add("layer1.1.conv1.weight", {1, 1, 3, 3});
  EXPECT_EQ(complaint(),
            "tensor 'layer1.1.conv1.weight' has no place in this network: these are weights of another one");
}

}  // namespace
}  // namespace cef::model
