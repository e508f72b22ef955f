#include <gmock/gmock.h>

#include "../../../src/operation/runner_profile.hpp"

namespace cef::operation {
namespace {

TEST(RateOf, LeavesOutWhatBuffersSwallow) {
  // 250 kB/s behind a bucket that lets 40 kB through at once.
  EXPECT_NEAR(rate_of({{32'000, 0.001}, {128'000, 0.352}, {512'000, 1.888}}), 250e3, 1);
}

TEST(RateOf, TakesTheWholeWhereTheSmallerOneWasHeldUp) {
  EXPECT_NEAR(rate_of({{32'000, 0.4}, {128'000, 0.5}}), 256e3, 1);
  EXPECT_NEAR(rate_of({{32'000, 0.4}, {128'000, 0.2}}), 640e3, 1);
  EXPECT_NEAR(rate_of({{32'000, 0.1}}), 320e3, 1);
}

}  // namespace
}  // namespace cef::operation
