#include <gtest/gtest.h>

#include "../../../src/operation/runner_machine.hpp"

namespace cef::operation {
namespace {

TEST(BusySeconds, AddsUpTheWorkOfTheseCpus) {
  const char* stat =
      "cpu  1000 0 0 9000 0 0 0 0 0 0\n"
      "cpu0 100 20 30 5000 400 5 5 40 7 0\n"
      "cpu1 300 0 0 5000 0 0 0 0 0 0\n"
      "cpu12 900 0 0 5000 0 0 0 0 0 0\n"
      "intr 12345\n";
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {0}, 100), 2.0);
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {0, 1}, 100), 5.0);
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {2}, 100), 0.0);
  EXPECT_DOUBLE_EQ(busy_seconds("", {0}, 100), 0.0);
}

TEST(MachineCondition, LeavesOutWhatThisProcessDoes) {
  const auto before = machine_condition();
  EXPECT_GT(before.cpus, 0);
  EXPECT_GT(before.busy_seconds, 0);
  EXPECT_GT(before.own_seconds, 0);
  EXPECT_GE(before.other_cpus, 0);
  volatile std::uint64_t work = 0;
  for (int i = 0; i < 50'000'000; ++i) {
    work = work + 1;
  }
  const auto after = machine_condition();
  EXPECT_GT(after.own_seconds, before.own_seconds);
  EXPECT_GT(after.clock, before.clock);
}

}  // namespace
}  // namespace cef::operation
