#include "cef/bench/condition.hpp"

#include <gmock/gmock.h>

namespace cef::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Pair {
  Pair() {
    before.cpus = after.cpus = 4;
    before.clock = Seconds(1000);
    before.busy_seconds = 500;
    before.own_seconds = 2;
    after.clock = Seconds(1010);
    after.busy_seconds = 540;  // all four CPUs, but it was the runner
    after.own_seconds = 42;
    before.round_trip = after.round_trip = Seconds(0.002);
  }
  [[nodiscard]] std::vector<std::string> changes(const ChangeLimits& limits = {}) const {
    return changes_between(before, after, limits);
  }
  EdgeCondition before;
  EdgeCondition after;
};

TEST(Changes, AreNoneWhenOnlyTheRunnerWorked) {
  const Pair pair;
  EXPECT_DOUBLE_EQ(other_cpus_between(pair.before, pair.after), 0);
  EXPECT_THAT(pair.changes(), IsEmpty());
}

TEST(Changes, NoticeOtherProgramsDuringAndAfterTheTrials) {
  Pair pair;
  pair.after.busy_seconds = 575;  // 3.5 CPUs
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("3.5 during them")));
  pair.before.other_cpus = 2;
  EXPECT_THAT(pair.changes(), IsEmpty());
  pair.before.other_cpus = 0;
  EXPECT_THAT(pair.changes({.load_share = 0.9}), IsEmpty());
  pair = Pair();
  pair.after.other_cpus = 4;
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("4.0 after them")));
  pair = Pair();
  pair.before.other_cpus = 3;
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("--max-load-change")));
}

TEST(Changes, NoticeHeatAndThrottling) {
  Pair pair;
  pair.before.cpu_temperature_celsius = 40;
  EXPECT_THAT(pair.changes(), IsEmpty());
  pair.after.cpu_temperature_celsius = 70;
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("from 40 to 70 degrees")));
  EXPECT_THAT(pair.changes({.temperature_celsius = 30}), IsEmpty());
  pair = Pair();
  pair.after.throttled = true;
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("throttled after the trials")));
  EXPECT_THAT(pair.changes({.throttling = true}), IsEmpty());
}

TEST(Changes, NoticeALinkThatBecameLongerOrShorter) {
  Pair pair;
  pair.after.round_trip = Seconds(0.05);
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("2.0 ms before and 50.0 ms after")));
  std::swap(pair.before.round_trip, pair.after.round_trip);
  EXPECT_THAT(pair.changes(), ElementsAre(HasSubstr("50.0 ms before")));
  EXPECT_THAT(pair.changes({.link_ratio = 30}), IsEmpty());
  pair.before.round_trip = Seconds(0.009);  // seven milliseconds more disturb nothing
  EXPECT_THAT(pair.changes(), IsEmpty());
}

/// Rounds of a large and a small model, A B B A, each `slower[i]` times its own time.
std::vector<Fetch> fetches(const std::vector<double>& slower, Seconds large = Seconds(4),
                           Seconds small = Seconds(0.4)) {
  std::vector<Fetch> all;
  for (std::size_t i = 0; i < slower.size(); ++i) {
    const bool first = i % 4 == 0 || i % 4 == 3;
    all.push_back(
        {first ? "large" : "small", Seconds(100.0 * static_cast<double>(i)), (first ? large : small) * slower[i]});
  }
  std::swap(all.front(), all.back());  // as they are kept: by model, not by time
  return all;
}

TEST(LinkRate, ThatFallsOrRisesBeyondItsLimitIsAChange) {
  EXPECT_DOUBLE_EQ(slowdown_of_link(fetches({1, 1, 1, 1, 1, 1})).value(), 1);
  EXPECT_DOUBLE_EQ(slowdown_of_link(fetches({1, 1, 1, 10, 10, 10})).value(), 10);
  EXPECT_DOUBLE_EQ(slowdown_of_link(fetches({1, 1, 10, 10, 10, 10})).value(), 10);
  EXPECT_DOUBLE_EQ(slowdown_of_link(fetches({10, 10, 10, 10, 1, 1})).value(), 0.1);
  EXPECT_THAT(rate_changes(fetches({1, 1, 1, 10, 10, 10}), {}),
              ElementsAre(HasSubstr("10.0 times as slowly in the second half of the cold trials")));
  EXPECT_THAT(rate_changes(fetches({10, 10, 10, 1, 1, 1}), {}), ElementsAre(HasSubstr("10.0 times as quickly")));
  EXPECT_THAT(rate_changes(fetches({1, 1, 1, 10, 10, 10}), {.link_ratio = 12}), IsEmpty());
  EXPECT_THAT(rate_changes(fetches({1, 1, 1, 2.9, 2.9, 2.9}), {}), IsEmpty());
}

TEST(LinkRate, IsNotJudgedByOneDownloadThatStalled) {
  for (std::size_t at = 0; at < 6; ++at) {
    std::vector<double> slower(6, 1.0);
    slower[at] = 50;
    EXPECT_THAT(rate_changes(fetches(slower), {}), IsEmpty()) << at;
    slower.resize(4, 1.0);
    EXPECT_THAT(rate_changes(fetches(slower), {}), IsEmpty()) << at;
  }
}

TEST(LinkRate, IsNotJudgedByFewOrSmallDownloads) {
  EXPECT_FALSE(slowdown_of_link({}));
  EXPECT_FALSE(slowdown_of_link(fetches({1, 10, 10})));
  // What a file of some milliseconds takes is the way there and back, and chance.
  EXPECT_FALSE(slowdown_of_link(fetches({1, 1, 1, 9, 9, 9}, Seconds(0.03), Seconds(0.01))));
  EXPECT_FALSE(slowdown_of_link(fetches({1, 1, 1, 9, 9, 9}, Seconds(4), Seconds(0.01)))) << "three of one are left";
  // Small ones that became large tell.
  EXPECT_TRUE(slowdown_of_link(fetches({1, 1, 1, 90, 90, 90}, Seconds(0.03), Seconds(0.01))));
}

}  // namespace
}  // namespace cef::bench
