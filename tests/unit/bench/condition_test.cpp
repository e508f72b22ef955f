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
  EXPECT_THAT(pair.changes({.round_trip_ratio = 30}), IsEmpty());
  pair.before.round_trip = Seconds(0.009);  // seven milliseconds more disturb nothing
  EXPECT_THAT(pair.changes(), IsEmpty());
}

}  // namespace
}  // namespace cef::bench
