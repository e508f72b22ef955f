#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

TEST(Memory, ARaspberryPi) {
  const auto facts = parse_memory(split_sections(case_text("raspberry-pi-4")));
  EXPECT_EQ(facts.total.count, 3'885'312U * 1024);
  EXPECT_EQ(facts.free.count, 2'100'400U * 1024);
  EXPECT_EQ(facts.available.count, 3'411'200U * 1024);
  EXPECT_EQ(facts.buffers.count, 60'000U * 1024);
  EXPECT_EQ(facts.cached.count, 1'200'000U * 1024);
  EXPECT_EQ(facts.swap_total.count, 102'396U * 1024);
  EXPECT_EQ(facts.swap_free.count, 102'000U * 1024);
}

TEST(Memory, AnOldKernelsAvailableIsReckoned) {
  const auto facts =
      parse_memory(split_sections("@cef:memory\nMemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n"));
  EXPECT_EQ(facts.available.count, 35U * 1024);
  EXPECT_EQ(facts.swap_total.count, 0U);
}

TEST(Memory, NoneAvailableIsNone) {
  const auto facts = parse_memory(split_sections("@cef:memory\nMemFree: 10 kB\nMemAvailable: 0 kB\n"));
  EXPECT_EQ(facts.available.count, 0U);
}

}  // namespace
}  // namespace cef::probe
