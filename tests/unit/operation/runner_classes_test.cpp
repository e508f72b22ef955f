#include "operation/runner_classes.hpp"

#include <cmath>

#include <gmock/gmock.h>

namespace cef::operation {
namespace {

TEST(ClassesOf, AreTheLargestOfEachRowAndNoneOfABrokenOne) {
  EXPECT_THAT(classes_of({1, 3, 2, 5, 4, 0}, 3), ::testing::ElementsAre(1, 0));
  EXPECT_THAT(classes_of({1, NAN, 2, 5, 4, 0}, 3), ::testing::ElementsAre(-1, 0));
}

TEST(ImagesTogether, AreFewerWhereMemoryIsShort) {
  const core::Bytes memory{400'000'000};
  EXPECT_EQ(images_together(1'000'000, memory, 100), 100U);
  EXPECT_EQ(images_together(6'400'000, memory, 100), 8U);  // 15 fit
  EXPECT_EQ(images_together(500'000'000, memory, 100), 1U);
  EXPECT_EQ(images_together(6'400'000, core::Bytes{}, 100), 1U);
  EXPECT_EQ(images_together(0, memory, 100), 100U) << "a TorchScript file does not tell";
}

}  // namespace
}  // namespace cef::operation
