#include "cef/model/weights.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "cef/model/network.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;

const fs::path k_real = fs::path(CEF_SOURCE_DIR) / ".." / "shared" / "data" / "resnet-cifar10";

TEST(Weights, OtherFilesAreRefusedWithTheRemedy) {
  const test::Folder folder;
  const auto refusal = [&](const std::string& content) { return WeightFile::open(folder.write("w", content)).error(); };
  EXPECT_EQ(refusal("").code, ErrorCode::integrity);
  EXPECT_EQ(refusal("#!/bin/sh\necho not weights\n").code, ErrorCode::usage);
  const core::Error old = refusal("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9 rest");
  EXPECT_EQ(old.code, ErrorCode::usage);
  EXPECT_NE(old.message.find("old pickle format"), std::string::npos);
  EXPECT_NE(old.message.find("torch.save(torch.load("), std::string::npos);
  EXPECT_EQ(WeightFile::open(folder.path() / "nothing").error().code, ErrorCode::usage);
  EXPECT_EQ(WeightFile::open(folder.path()).error().code, ErrorCode::usage);
}

TEST(Weights, TheRealFilesFitTheirNetworksAndAgreeInBothFormats) {
  if (!fs::exists(k_real)) {
    GTEST_SKIP() << "the real weights are not at " << k_real;
  }
  for (const int depth : {20, 32, 44, 56}) {
    const std::string name = "resnet" + std::to_string(depth);
    const auto network = build_network({Family::cifar_resnet, depth, 16, 10});
    const auto pth = WeightFile::open(k_real / (name + ".pth"));
    const auto safe = WeightFile::open(k_real / (name + ".safetensors"));
    ASSERT_TRUE(network && pth && safe) << name;
    EXPECT_TRUE(check_weights(*network, *pth));
    EXPECT_TRUE(check_weights(*network, *safe));
    ASSERT_EQ(pth->tensors().size(), safe->tensors().size());
    for (const auto& [tensor, view] : safe->tensors()) {
      const TensorView& other = pth->tensors().at(tensor);
      ASSERT_EQ(view.shape, other.shape) << tensor;
      ASSERT_EQ(view.data.size(), other.data.size()) << tensor;
      EXPECT_EQ(std::memcmp(view.data.data(), other.data.data(), view.data.size()), 0) << tensor;
    }
  }
  const auto old = WeightFile::open(k_real / "resnet20-12fca82f.th");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::usage);
}

TEST(Weights, AMismatchNamesFileTensorAndShapes) {
  const test::Folder folder;
  const auto network = build_network({Family::cifar_resnet, 8, 16, 10});
  ASSERT_TRUE(network);
  const auto path = folder.write(
      "w.safetensors",
      test::safetensors(R"({"conv1.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", test::floats({1})));
  const auto weights = WeightFile::open(path);
  ASSERT_TRUE(weights);
  const auto checked = check_weights(*network, *weights);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::usage);
  EXPECT_NE(checked.error().message.find(path.string()), std::string::npos) << checked.error().message;
}

}  // namespace
}  // namespace cef::model
