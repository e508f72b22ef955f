#include "cef/model/network.hpp"

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
