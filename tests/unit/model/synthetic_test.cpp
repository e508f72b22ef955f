#include "cef/model/synthetic.hpp"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace cef::model {
namespace {

std::set<std::string> images(const Dataset& data) {
  std::set<std::string> all;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto image = data.image(i);
    all.emplace(image.begin(), image.end());
  }
  return all;
}

TEST(Synthetic, EveryMachineAndCompilerDrawsTheseBytes) {
  EXPECT_EQ(make_synthetic(SyntheticPart::test, 100, 1).digest,
            "bfa0ffdc5df5058e022e13359e604da073f3ed3d27ba3efb2e9c2a03f8f0288c");
  EXPECT_EQ(make_synthetic(SyntheticPart::train, 100, 1).digest,
            "36ae46fa377711f76d812ccf38cc8ce53bafe38b006318e41e20dae1681ba9a9");
}

TEST(Synthetic, ItSaysWhatItIs) {
  const Dataset data = make_synthetic(SyntheticPart::test, 20, 7);
  EXPECT_EQ(data.name, "embedded");
  EXPECT_EQ(data.source, "generated, version 1, seed 7, test part, 20 images");
  EXPECT_EQ(data.height, 48);
  EXPECT_EQ(data.width, 48);
  EXPECT_EQ(data.pixels.size(), 20U * 3 * 48 * 48);
  ASSERT_EQ(data.classes.size(), 10U);
  EXPECT_EQ(std::set(data.classes.begin(), data.classes.end()).size(), 10U);
}

TEST(Synthetic, TheFirstImagesDoNotDependOnHowManyFollow) {
  const Dataset few = make_synthetic(SyntheticPart::test, 10, 3);
  const Dataset many = make_synthetic(SyntheticPart::test, 30, 3);
  EXPECT_TRUE(std::equal(few.pixels.begin(), few.pixels.end(), many.pixels.begin()));
  EXPECT_NE(few.digest, many.digest);
}

TEST(Synthetic, LabelsAreBalancedInEveryBeginning) {
  for (const std::size_t count : {10U, 200U, 1990U}) {
    std::array<std::size_t, 10> of_class{};
    for (const int label : make_synthetic(SyntheticPart::train, count, 1).labels) {
      ++of_class.at(static_cast<std::size_t>(label));
    }
    for (const std::size_t number : of_class) {
      EXPECT_EQ(number, count / 10);
    }
  }
}

TEST(Synthetic, NoImageComesTwiceInAnyPartOrSeed) {
  std::set<std::string> all;
  std::size_t count = 0;
  for (const auto part : {SyntheticPart::test, SyntheticPart::train}) {
    for (const std::uint64_t seed : {0U, 1U, 2U, 3U, 1018U}) {
      all.merge(images(make_synthetic(part, 200, seed)));
      count += 200;
    }
  }
  EXPECT_EQ(all.size(), count);
}

TEST(Synthetic, NoImagesAreAnEmptySet) {
  const Dataset none = make_synthetic(SyntheticPart::train, 0, 1);
  EXPECT_EQ(none.size(), 0U);
  EXPECT_TRUE(none.pixels.empty());
}

}  // namespace
}  // namespace cef::model
