#include "cef/model/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "cef/core/digest.hpp"
#include "cef/model/image_reader.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;

const fs::path k_real = fs::path(CEF_SOURCE_DIR) / ".." / "shared" / "data" / "cifar10";

std::string record(const std::string& labels, char first) {
  std::string pixels(3072, first);
  pixels[1024] = static_cast<char>(first + 1);
  pixels[2048] = static_cast<char>(first + 2);
  return labels + pixels;
}

TEST(Dataset, ReadsCifar10) {
  const test::Folder folder;
  const std::string content = record("\x03", 10) + record("\x09", 20);
  const auto path = folder.write("batch.bin", content);
  const auto data = open_dataset("cifar10:" + path.string());
  ASSERT_TRUE(data) << data.error().line();
  EXPECT_EQ(data->name, "cifar10");
  EXPECT_EQ(data->labels, (std::vector<int>{3, 9}));
  EXPECT_EQ(data->classes.size(), 10U);
  EXPECT_EQ(data->classes[3], "cat");
  EXPECT_EQ(data->height, 32);
  EXPECT_EQ(data->image(1)[0], 20);
  EXPECT_EQ(data->image(1)[1024], 21);
  EXPECT_EQ(data->image(1)[2048], 22);
  EXPECT_EQ(data->digest, core::sha256(content));
}

TEST(Dataset, ReadsTheFineLabelOfCifar100) {
  const test::Folder folder;
  const auto path = folder.write("test.bin", record(std::string("\x04\x00", 2), 1) + record("\x13\x63", 2));
  const auto data = open_dataset("cifar100:" + path.string());
  ASSERT_TRUE(data) << data.error().line();
  EXPECT_EQ(data->labels, (std::vector<int>{0, 99}));
  EXPECT_EQ(data->classes.size(), 100U);
  EXPECT_EQ(data->classes[0], "apple");
  EXPECT_EQ(data->classes[99], "worm");
  EXPECT_TRUE(std::is_sorted(data->classes.begin(), data->classes.end()));
  EXPECT_EQ(data->image(0)[0], 1);
}

TEST(Dataset, DamagedCifarFilesAreRefused) {
  const test::Folder folder;
  const std::string good = record("\x03", 1);
  for (const std::string& bad : {std::string(), good.substr(0, 3072), good + "x", record("\x0A", 1)}) {
    const auto data = open_dataset("cifar10:" + folder.write("bad.bin", bad).string());
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, ErrorCode::integrity);
    EXPECT_NE(data.error().message.find("bad.bin"), std::string::npos);
  }
  const std::string coarse = folder.write("bad.bin", record("\x14\x01", 1)).string();
  EXPECT_EQ(open_dataset("cifar100:" + coarse).error().code, ErrorCode::integrity);
}

TEST(Dataset, WhatIsNotADataSetGetsOneLine) {
  const test::Folder folder;
  fs::create_directories(folder.path() / "empty class");
  for (const std::string& spec :
       {std::string("nothing"), std::string("cifar10"), std::string("cifar10:"), std::string("cifar10:/nowhere/x"),
        std::string("folder:/nowhere"), "folder:" + folder.path().string(), std::string("embeded")}) {
    const auto data = open_dataset(spec);
    ASSERT_FALSE(data) << spec;
    EXPECT_EQ(data.error().code, ErrorCode::usage) << spec;
  }
  EXPECT_NE(open_dataset("cifar1O:x").error().message.find("did you mean 'cifar10'"), std::string::npos);
}

TEST(Dataset, ItsNameIsMadeIndependentOfTheCurrentFolder) {
  const std::string here = fs::current_path().string();
  EXPECT_EQ(absolute_dataset("embedded"), "embedded");
  EXPECT_EQ(absolute_dataset("cifar10:x.bin"), "cifar10:" + here + "/x.bin");
  EXPECT_EQ(absolute_dataset("folder:a/../b@224?classes=c/d&memory=64M"),
            "folder:" + here + "/b@224?classes=" + here + "/c/d&memory=64M");
  EXPECT_EQ(absolute_dataset("folder:/x?y@z"), "folder:/x?y@z");
}

TEST(Dataset, TheEmbeddedOneIsBalanced) {
  const auto data = open_dataset("embedded");
  ASSERT_TRUE(data);
  std::vector<int> counts(data->classes.size(), 0);
  for (const int label : data->labels) {
    ++counts.at(static_cast<std::size_t>(label));
  }
  EXPECT_EQ(counts, std::vector<int>(10, 200));
}

TEST(Dataset, NormalisesChannelByChannel) {
  Dataset data;
  data.height = 1;
  data.width = 2;
  data.pixels = {0, 255, 0, 255, 0, 255, 51, 51, 51, 51, 51, 51};
  data.labels = {0, 1};
  std::vector<float> out(6);
  normalise(data, 0, 1, {}, out);
  EXPECT_FLOAT_EQ(out[0], -0.485F / 0.229F);
  EXPECT_FLOAT_EQ(out[3], (1 - 0.456F) / 0.224F);
  EXPECT_FLOAT_EQ(out[5], (1 - 0.406F) / 0.225F);
  normalise(data, 1, 1, {}, out);
  EXPECT_FLOAT_EQ(out[0], (0.2F - 0.485F) / 0.229F);
}

TEST(Dataset, TheRealTestBatchIsWholeAndBalanced) {
  if (!fs::exists(k_real)) {
    GTEST_SKIP() << "the real data set is not at " << k_real;
  }
  const auto data = open_dataset("cifar10:" + (k_real / "test_batch.bin").string());
  ASSERT_TRUE(data) << data.error().line();
  EXPECT_EQ(data->size(), 10'000U);
  std::vector<int> counts(10, 0);
  for (const int label : data->labels) {
    ++counts.at(static_cast<std::size_t>(label));
  }
  EXPECT_EQ(counts, std::vector<int>(10, 1000));
}

TEST(Dataset, TheRealImagesAreTheRecords) {
  if (!fs::exists(k_real)) {
    GTEST_SKIP() << "the real data set is not at " << k_real;
  }
  const auto records = open_dataset("cifar10:" + (k_real / "test_batch.bin").string());
  const auto images = open_dataset("folder:" + (k_real / "images").string());
  ASSERT_TRUE(records && images);
  EXPECT_EQ(images->classes, records->classes);
  EXPECT_EQ(images->size(), 200U);
  std::set<std::string> known;
  for (std::size_t i = 0; i < records->size(); ++i) {
    const auto pixels = records->image(i);
    known.insert(std::string(pixels.begin(), pixels.end()) + std::to_string(records->labels[i]));
  }
  const auto shared = std::make_shared<const Dataset>(*images);
  ImageReader reader(shared, {});
  std::vector<float> values(3072);
  for (std::size_t i = 0; i < images->size(); ++i) {
    const auto failed = reader.fetch({i, 1, {}, {{0, 0, 0}, {1, 1, 1}}, 0}, values);
    ASSERT_TRUE(failed && failed->empty());
    std::string pixels;
    for (const float value : values) {
      pixels += static_cast<char>(std::lround(value * 255));
    }
    EXPECT_TRUE(known.contains(pixels + std::to_string(images->labels[i]))) << i;
  }
}

}  // namespace
}  // namespace cef::model
