#include "cef/core/stop.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

TEST(StopToken, RisesFromDrainToNowAndStaysThere) {
  const StopToken token;
  const StopToken copy = token;
  EXPECT_FALSE(copy.draining());
  token.request();
  EXPECT_TRUE(copy.draining());
  EXPECT_FALSE(copy.immediate());
  token.request();
  token.request();
  EXPECT_EQ(copy.level(), StopToken::Level::now);
}

}  // namespace
}  // namespace cef::core
