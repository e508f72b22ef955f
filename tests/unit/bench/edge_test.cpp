#include "cef/bench/edge.hpp"

#include <gmock/gmock.h>

#include "fake_runner.hpp"

namespace cef::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Edge : public ::testing::Test {
 protected:
  Edge() : runner(clock) {
    for (int i = 0; i < 1000; ++i) {
      labels.push_back(i % 10);
    }
    add("big", 90, 8, 10);
    add("mid", 87.5, 4, 8);
    add("small", 80, 1, 5);
    plan.labels = labels;
    plan.trials.images_per_trial = 10;
  }
  void add(const char* name, double accuracy, double ms, int wrong_every) {
    select::Forecast predicted;
    predicted.image = Seconds(ms / 1e3);
    predicted.load = Seconds(0.5);
    predicted.fetch = Seconds(2);
    plan.candidates.push_back(
        {name, true, accuracy, select::AccuracySource::measured, predicted, std::nullopt, core::Bytes{1000}});
    runner.models[name] = {Seconds(ms / 1e3), wrong_every};
  }
  core::Result<EdgeReport> go() { return measure_edge(runner, clock, plan, stop, ignore_progress); }

  VirtualClock clock;
  FakeRunner runner;
  EdgePlan plan;
  std::vector<int> labels;
  core::StopToken stop;
};

TEST_F(Edge, MeasuresTheTwoChosenModels) {
  const auto report = go();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->warm.greedy.model, "big");
  EXPECT_EQ(report->warm.advanced.model, "small");
  ASSERT_THAT(report->models, SizeIs(2));
  EXPECT_EQ(report->models[0].pass.accuracy.correct, 900U);
  EXPECT_EQ(report->models[1].pass.accuracy.correct, 800U);
  EXPECT_EQ(runner.classified.count("mid"), 0U);
  EXPECT_DOUBLE_EQ(report->warm.comparison.accuracy_drop_points, 10);
  EXPECT_NEAR(report->warm.comparison.saving_percent, 100 * (81.0 - 11.0) / 81.0, 1e-9);
  EXPECT_NEAR(report->warm.comparison.latency_saving_percent, 87.5, 1e-9);
  EXPECT_NEAR(report->models[0].warm.latency.p99, 0.008, 1e-12);
  EXPECT_EQ(report->verdict.outcome, Outcome::pass);
}

TEST_F(Edge, MeasuresEveryCandidateForTheOracle) {
  plan.oracle = true;
  runner.models["mid"].latency = Seconds(0.0005);  // the prediction was wrong
  const auto report = go();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->models, SizeIs(3));
  EXPECT_EQ(report->models[2].pass.accuracy.correct, 875U);
  EXPECT_EQ(report->warm.oracle->model, "mid");
}

TEST_F(Edge, FailsWhenBothPoliciesChooseTheSame) {
  plan.accuracy_budget_points = 1;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_THAT(report->models, SizeIs(2));  // the fastest runs beside it
  EXPECT_EQ(report->warm.comparison.saving_percent, 0);
  EXPECT_EQ(report->verdict.outcome, Outcome::fail);
  EXPECT_THAT(report->verdict.reasons.front(), HasSubstr("both policies chose big"));
}

TEST_F(Edge, IsInvalidWhenImagesFail) {
  runner.models["small"].breaks = true;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->models[1].pass.accuracy.failed, 1000U);
  EXPECT_EQ(report->verdict.outcome, Outcome::invalid);
}

TEST_F(Edge, JudgesByTheAccuracyThatItMeasuredNotByTheOneItWasTold) {
  runner.models["small"].wrong_every = 2;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->warm.comparison.accuracy_drop_points, 40);
  EXPECT_EQ(report->verdict.outcome, Outcome::fail);
}

TEST_F(Edge, ChoosesForEachStateByItself) {
  plan.candidates[1].predicted.fetch = Seconds(0.1);  // mid has the smallest file
  runner.models["mid"].fetch_time = Seconds(0.1);
  plan.oracle = true;
  const auto report = go();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->cold.greedy.model, "big");
  EXPECT_EQ(report->cold.advanced.model, "mid");
  EXPECT_EQ(report->warm.advanced.model, "small");
  EXPECT_EQ(report->cold.oracle->model, "mid");
  EXPECT_EQ(report->cold.trials, 3U);
  const auto* mid = report->find("mid");
  EXPECT_NEAR(mid->cold.mean.fetch.count(), 0.1, 1e-9);
  EXPECT_NEAR(mid->cold.mean.total.count(), 0.001 + 0.1 + 0.5 + 0.04, 1e-9);
  EXPECT_NEAR(mid->warm.mean.fetch.count(), 0, 1e-9);
  EXPECT_NEAR(report->cold.comparison.saving_percent, 100 * (2.581 - 0.641) / 2.581, 1e-6);
  EXPECT_NEAR(report->cold.comparison.accuracy_drop_points, 2.5, 1e-9);
  EXPECT_LE(report->cold.comparison.accuracy_drop_interval_points.low, 2.5);
  EXPECT_GE(report->cold.comparison.accuracy_drop_interval_points.high, 2.5);
}

TEST_F(Edge, IsInvalidWhenTheLinkGaveWayAmongTheColdTrials) {
  runner.on_call = [&](int calls) {  // one to begin with, then one a trial: from the second round on
    for (auto& [name, model] : runner.models) {
      model.fetch_time = Seconds(calls > 3 ? 20 : 2);
    }
  };
  const auto report = go();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->verdict.outcome, Outcome::invalid);
  ASSERT_THAT(report->changed, SizeIs(1));
  EXPECT_THAT(report->changed.front(), HasSubstr("models came 10.0 times as slowly"));
  runner.calls = 0;
  plan.over_link = false;
  EXPECT_EQ(go()->verdict.outcome, Outcome::pass);
}

TEST_F(Edge, TellsTheRegretOfEachPolicy) {
  plan.oracle = true;
  plan.accuracy_budget_points = 5;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->warm.oracle->model, "mid");
  EXPECT_NEAR(report->warm.regret->advanced, 0, 1e-9);
  EXPECT_NEAR(report->warm.regret->greedy, 100 * (0.081 / 0.041 - 1), 1e-6);
  EXPECT_LT(report->warm.regret->fastest, 0);  // it may be less accurate than the budget allows
}

TEST_F(Edge, ShowsSelectionAloneBesideVariants) {
  add("big:int8", 89.5, 2, 10);
  plan.candidates.back().exact = false;
  plan.accuracy_budget_points = 5;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->warm.advanced.model, "big:int8");
  EXPECT_EQ(report->warm.advanced_exact.model, "mid");
  EXPECT_NEAR(report->warm.comparison.latency_saving_percent, 75, 1e-9);
  EXPECT_NEAR(report->warm.exact.latency_saving_percent, 50, 1e-9);
}

TEST_F(Edge, JudgesTheStateThatWasAskedFor) {
  plan.trials.state = State::cold;  // fetch and load are the same for all: little is saved
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_LT(report->cold.comparison.saving_percent, 20);
  EXPECT_EQ(report->verdict.outcome, Outcome::fail);
}

TEST_F(Edge, IsInvalidWhenTheEdgeChanged) {
  EdgeCondition before;
  before.cpus = 4;
  EdgeCondition after = before;
  after.clock = Seconds(10);
  after.busy_seconds = 40;
  runner.conditions = {before, after};
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_DOUBLE_EQ(report->other_cpus, 4);
  EXPECT_EQ(report->verdict.outcome, Outcome::invalid);
  EXPECT_THAT(report->verdict.reasons.front(), HasSubstr("other programs"));
}

TEST_F(Edge, GivesTheErrorOfARepositoryThatIsDown) {
  runner.repository_is_down = true;
  const auto report = go();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "http://repo: connection refused");
}

TEST_F(Edge, RunsNoColdTrialWhenNoneIsWanted) {
  plan.trials.cold_trials = 0;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->cold.trials, 0U);
  EXPECT_TRUE(report->cold.comparison.savings.empty());
  EXPECT_EQ(report->verdict.outcome, Outcome::pass);
}

TEST_F(Edge, RefusesABaselineThatDoesNotFit) {
  plan.candidates[0].memory = core::Bytes{2'000'000'000};
  const auto report = go();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("big, which greedy takes, needs"));
}

TEST_F(Edge, StopsBetweenBatches) {
  stop.request();
  const auto report = go();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, core::ErrorCode::interrupted);
}

}  // namespace
}  // namespace cef::bench
