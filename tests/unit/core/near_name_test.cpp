#include "cef/core/near_name.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

TEST(NearName, ForgivesALetterAndTwoInTheWrongOrder) {
  EXPECT_EQ(nearest_name("aptt", {"apt", "apt_key"}), "apt");
  EXPECT_EQ(nearest_name("dst", {"src", "dest"}), "dest");
  EXPECT_EQ(nearest_name("mgs", {"var", "msg"}), "msg");
  EXPECT_EQ(nearest_name("debgu", {"default", "debug"}), "debug");
}

TEST(NearName, DoesNotGuessAtShortNamesOfWhichMostDiffers) {
  EXPECT_EQ(nearest_name("npm", {"apt", "cron"}), "");
  EXPECT_EQ(nearest_name("completely", {"apt"}), "");
  EXPECT_EQ(did_you_mean("npm", {"apt"}), "");
  EXPECT_EQ(did_you_mean("apd", {"apt"}), "; did you mean 'apt'?");
}

}  // namespace
}  // namespace cef::core
