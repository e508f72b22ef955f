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
  core::Result<TrialRun> go(State state = State::warm) {
    const TrialPlan plan{participants, candidates, labels, 10, one_at_a_time};
    return run_trials(runner, clock, state, plan, settings, stop, ignore_progress);
  }

  VirtualClock clock;
  FakeRunner runner;
  TrialSettings settings;
  core::StopToken stop;
  std::vector<Participant> participants = {{"a", select::Policy::greedy}, {"b", select::Policy::advanced}};
  std::vector<int> labels = [] {
    std::vector<int> all;
    for (int i = 0; i < 100; ++i) {
      all.push_back(i % 10);
    }
    return all;
  }();
  bool one_at_a_time = false;
  static select::Candidate candidate(const char* name, double accuracy, double seconds) {
    select::Forecast predicted;
    predicted.image = Seconds(seconds);
    predicted.load = Seconds(0.5);
    predicted.fetch = Seconds(2);
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
  auto run = go();
  ASSERT_TRUE(run);
  EXPECT_GE(run->elapsed.count(), 1.0);
  EXPECT_THAT(run->logs[0].trials, SizeIs(20));  // a round takes 0.052 s
  settings.min_seconds = 0;
  settings.min_trials = 30;
  run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].trials, SizeIs(30));
}

TEST_F(Trials, EndAtTheCap) {
  settings.min_trials = 1000;
  settings.max_seconds = 2;
  auto run = go();
  ASSERT_TRUE(run);
  EXPECT_LT(run->logs[0].trials.size(), 1000U);
  EXPECT_EQ(run->logs[0].trials.size(), run->logs[1].trials.size());
  settings.max_trials = 3;
  run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].trials, SizeIs(3));
}

TEST_F(Trials, TimeEveryStep) {
  settings.cold_trials = 1;
  runner.result_time = Seconds(0.003);
  runner.stage_time = Seconds(100);  // part of no trial
  const auto run = go(State::cold);
  ASSERT_TRUE(run);
  const StepTimes& cold = run->logs[0].trials.at(0);
  EXPECT_NEAR(cold.status.count(), 0.001, 1e-12);
  EXPECT_NEAR(cold.fetch.count(), 2, 1e-12);
  EXPECT_NEAR(cold.load.count(), 0.5, 1e-12);
  EXPECT_NEAR(cold.inference.count(), 0.04, 1e-12);
  EXPECT_NEAR(cold.result.count(), 0.003, 1e-9);
  EXPECT_NEAR(cold.total.count(), 2.544, 1e-9);
  EXPECT_EQ(run->logs[0].fetched_bytes, 1000U);
  const auto again = go();
  ASSERT_TRUE(again);
  const StepTimes warm = mean_steps(again->logs[0].trials);
  EXPECT_DOUBLE_EQ(warm.load.count(), 0);
  EXPECT_DOUBLE_EQ(warm.fetch.count(), 0);
  EXPECT_NEAR(warm.total.count(), 0.044, 1e-9);
  EXPECT_THAT(again->logs[1].latency, SizeIs(20));
  EXPECT_THAT(again->logs[1].latency, Each(Seconds(0.001)));
}

TEST_F(Trials, ColdOnesFindNoCandidateOnTheNode) {
  settings.cold_trials = 2;
  runner.models["a"].on_node = runner.models["b"].on_node = runner.models["b"].loaded = true;
  const auto run = go(State::cold);
  ASSERT_TRUE(run);
  EXPECT_THAT(runner.order, ElementsAre("a", "b", "b", "a"));
  for (const auto& log : run->logs) {
    ASSERT_THAT(log.trials, SizeIs(2));
    EXPECT_EQ(log.other_choices, 0U);
    for (const auto& trial : log.trials) {
      EXPECT_NEAR(trial.fetch.count(), 2, 1e-9);
      EXPECT_NEAR(trial.load.count(), 0.5, 1e-9);
    }
  }
}

TEST_F(Trials, ColdOnesEndAtTheCapAfterOneRound) {
  settings.cold_trials = 10;
  settings.max_seconds = 1;
  const auto run = go(State::cold);
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].trials, SizeIs(1));
}

TEST_F(Trials, WarmUpIsThrownAwayAndBeginsWithFetchingAndLoading) {
  settings.warmup_trials = 3;
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].trials, SizeIs(2));
  EXPECT_EQ(run->logs[0].fetched_bytes, 0U);
  EXPECT_THAT(runner.order, SizeIs(2 * (3 + 2)));
}

TEST_F(Trials, LoadOneModelAtATimeWhereMemoryIsShort) {
  one_at_a_time = true;
  runner.models["c"] = {Seconds(0.002)};
  runner.most_loaded = 1;
  const auto run = go();
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_DOUBLE_EQ(mean_steps(run->logs[0].trials).load.count(), 0);
  EXPECT_DOUBLE_EQ(mean_steps(run->logs[1].trials).load.count(), 0);
  EXPECT_EQ(run->logs[1].other_choices, 0U);
}

TEST_F(Trials, CountWhatIsRightInTime) {
  settings.deadlines = {Seconds(0.0005), Seconds(0.002), Seconds(0.1)};
  runner.models["a"].wrong_every = 2;
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_THAT(run->logs[0].right_in_time, ElementsAre(0U, 0U, 10U));
  EXPECT_THAT(run->logs[1].right_in_time, ElementsAre(0U, 20U, 20U));
}

TEST_F(Trials, CountFailedImages) {
  runner.models["b"].breaks = true;
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[0].failed_images, 0U);
  EXPECT_EQ(run->logs[1].failed_images, 20U);
}

TEST_F(Trials, NoticeThatThePolicyWouldNowChooseAnother) {
  candidates.push_back(candidate("c", 88, 0.0001));
  candidates[2].memory = core::Bytes{5000};
  candidates[2].predicted.fetch = candidates[2].predicted.load = Seconds(0);
  runner.memory = core::Bytes{1500};
  auto run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[1].other_choices, 0U);
  runner.memory = core::Bytes{9000};
  run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[0].other_choices, 0U);
  EXPECT_EQ(run->logs[1].other_choices, 2U);
}

TEST_F(Trials, MemoryThatAModelHoldsIsFreeForIt) {
  runner.memory = core::Bytes{10};
  const auto run = go();
  ASSERT_TRUE(run);
  EXPECT_EQ(run->logs[1].other_choices, 0U);
}

TEST_F(Trials, FixedModelsRunInEveryRoundToo) {
  runner.models["c"] = {Seconds(0.002)};
  participants.push_back({"c", std::nullopt});
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
  EXPECT_THAT(run->logs[0].trials, SizeIs(3));
  EXPECT_THAT(run->logs[1].trials, SizeIs(3));
}

TEST_F(Trials, TakeNoMoreImagesThanThereAre) {
  settings.images_per_trial = 500;
  ASSERT_TRUE(go());
  EXPECT_EQ(runner.ranges[0], (std::pair<std::size_t, std::size_t>(0, 100)));
}

}  // namespace
}  // namespace cef::bench
