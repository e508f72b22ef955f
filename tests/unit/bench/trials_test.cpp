#include "cef/bench/trials.hpp"

#include <gmock/gmock.h>

#include "fake_runner.hpp"

namespace cef::bench {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class Trials : public ::testing::Test {
 protected:
  Trials() : runner(clock) {
    runner.models["a"] = {Seconds(0.004)};
    runner.models["b"] = {Seconds(0.001)};
    settings.images_per_trial = 10;
    settings.min_seconds = 0;
    settings.min_trials = 2;
    settings.warmup_trials = 0;
    settings.cold_trials = 0;
  }
  core::Result<TrialRun> go() {
    return run_trials(runner, clock, participants, {candidates, 10, false}, 100, settings, stop, ignore_progress);
  }

  VirtualClock clock;
  FakeRunner runner;
  TrialSettings settings;
  core::StopToken stop;
  std::vector<Participant> participants = {{select::Policy::greedy, "a"}, {select::Policy::advanced, "b"}};
  static select::Candidate candidate(const char* name, double accuracy, double seconds) {
    select::Forecast predicted;
    predicted.image = Seconds(seconds);
    return {name, true, accuracy, select::AccuracySource::measured, predicted, std::nullopt, core::Bytes{1000}};
  }
  std::vector<select::Candidate> candidates = {candidate("a", 90, 0.004), candidate("b", 85, 0.001)};
};

TEST_F(Trials, AreInterleavedAbba) {
  settings.min_trials = 4;
  ASSERT_TRUE(go());
  EXPECT_THAT(runner.order, ElementsAre("a", "b", "b", "a", "a", "b", "b", "a"));
}

TEST_F(Trials, OfOneRoundSeeTheSameImages) {
  settings.min_trials = 6;
  ASSERT_TRUE(go());
  for (std::size_t i = 0; i < runner.ranges.size(); i += 2) {
    EXPECT_EQ(runner.ranges[i], runner.ranges[i + 1]);
    EXPECT_LE(runner.ranges[i].first + runner.ranges[i].second, 100U);
  }
  EXPECT_NE(runner.ranges[0], runner.ranges[2]);
}

TEST_F(Trials, GoOnUntilBothTheTimeAndTheCountAreMet) {
  settings.min_seconds = 1;
  runner.models["a"].loaded = runner.models["b"].loaded = true;
  auto run = go();
  ASSERT_TRUE(run);
  EXPECT_GE(run->elapsed.count(), 1.0);
  EXPECT_THAT(run->logs[0].warm, SizeIs(20));  // a round takes 0.052 s
  settings.min_seconds = 0;
  settings.min_trials = 30;
  run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].warm, SizeIs(30));
}

TEST_F(Trials, EndAtTheCap) {
  settings.min_trials = 1000;
  settings.max_seconds = 2;
  auto run = go();
  ASSERT_TRUE(run);
  EXPECT_LT(run->logs[0].warm.size(), 1000U);
  EXPECT_EQ(run->logs[0].warm.size(), run->logs[1].warm.size());
  settings.max_trials = 3;
  run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].warm, SizeIs(3));
}

TEST_F(Trials, TimeEveryStep) {
  settings.cold_trials = 1;
  const auto run = go();
  ASSERT_TRUE(run);
  const StepTimes& cold = run->logs[0].cold.at(0);
  EXPECT_DOUBLE_EQ(cold.status.count(), 0.001);
  EXPECT_NEAR(cold.load.count(), 0.5, 1e-12);
  EXPECT_NEAR(cold.inference.count(), 0.04, 1e-12);
  EXPECT_NEAR(cold.total.count(), 0.541, 1e-12);
  const StepTimes warm = mean_steps(run->logs[0].warm);
  EXPECT_DOUBLE_EQ(warm.load.count(), 0);
  EXPECT_NEAR(warm.total.count(), 0.041, 1e-12);
  EXPECT_THAT(run->logs[1].latency, SizeIs(20));
  EXPECT_THAT(run->logs[1].latency, Each(Seconds(0.001)));
}

TEST_F(Trials, ColdOnesUnloadFirstAndWarmUpIsThrownAway) {
  settings.cold_trials = 2;
  settings.warmup_trials = 3;
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].cold, SizeIs(2));
  EXPECT_NEAR(run->logs[0].cold[1].load.count(), 0.5, 1e-9);
  EXPECT_THAT(run->logs[0].warm, SizeIs(2));
  EXPECT_THAT(runner.order, SizeIs(2 * (2 + 3 + 2)));
}

TEST_F(Trials, CountFailedImages) {
  runner.models["b"].breaks = true;
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[0].failed_images, 0U);
  EXPECT_EQ(run->logs[1].failed_images, 20U);
}

TEST_F(Trials, NoticeThatThePolicyWouldNowChooseAnother) {
  candidates[1].memory = core::Bytes{2000};
  runner.memory = core::Bytes{1500};
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[0].other_choices, 0U);
  EXPECT_EQ(run->logs[1].other_choices, 2U);
}

TEST_F(Trials, FixedModelsRunInEveryRoundToo) {
  runner.models["c"] = {Seconds(0.002)};
  participants.push_back({std::nullopt, "c"});
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(runner.order, ElementsAre("a", "b", "c", "c", "b", "a"));
  EXPECT_THAT(run->logs[2].latency, SizeIs(20));
}

TEST_F(Trials, GiveTheErrorOfAnEdgeThatDies) {
  runner.dies_after = 3;
  const auto run = go();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, core::ErrorCode::unreachable);
}

TEST_F(Trials, StopAtARoundsEndWhenAsked) {
  settings.min_trials = 100;
  runner.on_call = [this](int call) {
    if (call == 7) {
      stop.request();
    }
  };
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->interrupted);
  EXPECT_THAT(run->logs[0].warm, SizeIs(3));
  EXPECT_THAT(run->logs[1].warm, SizeIs(3));
}

TEST_F(Trials, TakeNoMoreImagesThanThereAre) {
  settings.images_per_trial = 500;
  ASSERT_TRUE(go());
  EXPECT_EQ(runner.ranges[0], (std::pair<std::size_t, std::size_t>(0, 100)));
}

}  // namespace
}  // namespace cef::bench
