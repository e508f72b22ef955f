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
  EXPECT_EQ(report->greedy.model, "big");
  EXPECT_EQ(report->advanced.model, "small");
  ASSERT_THAT(report->models, SizeIs(2));
  EXPECT_EQ(report->models[0].pass.accuracy.correct, 900U);
  EXPECT_EQ(report->models[1].pass.accuracy.correct, 800U);
  EXPECT_EQ(runner.classified.count("mid"), 0U);
  EXPECT_DOUBLE_EQ(report->comparison.accuracy_drop_points, 10);
  EXPECT_NEAR(report->comparison.saving_percent, 100 * (81.0 - 11.0) / 81.0, 1e-9);
  EXPECT_NEAR(report->comparison.latency_saving_percent, 87.5, 1e-9);
  EXPECT_NEAR(report->models[0].latency.p99, 0.008, 1e-12);
  EXPECT_EQ(report->verdict.outcome, Outcome::pass);
}

TEST_F(Edge, MeasuresEveryCandidateForTheOracle) {
  plan.oracle = true;
  runner.models["mid"].latency = Seconds(0.0005);  // the prediction was wrong
  const auto report = go();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->models, SizeIs(3));
  EXPECT_EQ(report->models[2].pass.accuracy.correct, 875U);
  EXPECT_EQ(report->oracle->model, "mid");
}

TEST_F(Edge, FailsWhenBothPoliciesChooseTheSame) {
  plan.accuracy_budget_points = 1;
  const auto report = go();
  ASSERT_TRUE(report);
  EXPECT_THAT(report->models, SizeIs(1));
  EXPECT_EQ(report->comparison.saving_percent, 0);
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
  EXPECT_EQ(report->comparison.accuracy_drop_points, 40);
  EXPECT_EQ(report->verdict.outcome, Outcome::fail);
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
