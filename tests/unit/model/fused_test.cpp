#include "../../../src/model/fused.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace cef::model {
namespace {

std::vector<FusedOp> fused_of(Family family, int depth, int width) {
  const auto network = build_network({family, depth, width, 10});
  EXPECT_TRUE(network);
  return network ? fuse(*network) : std::vector<FusedOp>{};
}

/// Every value is made before it is read, by one operation.
void expect_order(const std::vector<FusedOp>& ops) {
  std::map<int, int> made = {{0, 1}};
  for (const FusedOp& f : ops) {
    for (const int value : {f.op.input, f.op.other, f.residual}) {
      EXPECT_TRUE(value < 0 || made.contains(value)) << value;
    }
    EXPECT_EQ(made[f.op.output]++, 0);
  }
}

TEST(Fused, NormsAdditionsAndActivationsVanishIntoConvolutions) {
  struct Case {
    Family family;
    int depth, width;
    std::size_t convolutions, all;
  };
  for (const Case& c :
       {Case{Family::torchvision_resnet, 18, 8, 20, 23}, Case{Family::torchvision_resnet, 50, 8, 53, 56},
        Case{Family::cifar_resnet, 20, 16, 19, 23}, Case{Family::torchvision_efficientnet, 0, 32, 81, 115}}) {
    const auto ops = fused_of(c.family, c.depth, c.width);
    expect_order(ops);
    EXPECT_EQ(ops.size(), c.all) << c.depth;
    const auto convolutions =
        std::count_if(ops.begin(), ops.end(), [](const FusedOp& f) { return f.op.kind == OpKind::convolution; });
    EXPECT_EQ(static_cast<std::size_t>(convolutions), c.convolutions) << c.depth;
    for (const FusedOp& f : ops) {
      EXPECT_FALSE(f.op.kind == OpKind::add || f.op.kind == OpKind::batch_norm || f.op.kind == OpKind::relu ||
                   f.op.kind == OpKind::silu || f.op.kind == OpKind::sigmoid);
    }
  }
}

TEST(Fused, ABlockAddsItsShortcutWhereNothingReadsItLater) {
  const auto ops = fused_of(Family::torchvision_resnet, 18, 8);
  // The stem, its pool, then the first block: two convolutions, the second takes the pool's value in.
  EXPECT_EQ(ops[3].op.name, "layer1.0.conv2");
  EXPECT_EQ(ops[3].norm, "layer1.0.bn2");
  EXPECT_EQ(ops[3].residual, ops[1].op.output);
  EXPECT_TRUE(ops[3].last_use);
  EXPECT_EQ(ops[3].activation, Activation::relu);
}

TEST(Fused, AValueThatIsReadTwiceStaysAsItIs) {
  Network network;
  Op convolution;
  convolution.kind = OpKind::convolution;
  convolution.output = 1;
  Op relu;
  relu.kind = OpKind::relu;
  relu.input = 1;
  relu.output = 2;
  Op add;
  add.kind = OpKind::add;
  add.input = 1;
  add.other = 2;
  add.output = 3;
  network.ops = {convolution, relu, add};
  EXPECT_EQ(fuse(network).size(), 3U);
}

}  // namespace
}  // namespace cef::model
