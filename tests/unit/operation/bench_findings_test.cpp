#include "cef/operation/bench_findings.hpp"

#include <gmock/gmock.h>

namespace cef::operation {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RecordModelRun run(const char* name, double accuracy, double warm_ms) {
  RecordStateRun state;
  state.trial_count = 10;
  state.mean.total = warm_ms * 20e-3;
  state.latency.count = 200;
  state.latency.mean = warm_ms * 1e-3;
  state.latency.p90 = warm_ms * 1.2e-3;
  RecordModelRun r;
  r.model = name;
  r.accuracy_percent = accuracy;
  r.images = 1000;
  r.warm = state;
  return r;
}

RecordPrediction prediction(const char* name, double accuracy, double ms) {
  RecordPrediction p;
  p.model = name;
  p.accuracy_percent = accuracy;
  p.image = ms * 1e-3;
  p.total_warm = ms * 20e-3;
  p.memory_bytes = 1000;
  return p;
}

BenchRecord record() {
  BenchRecord r;
  r.images_per_trial = 20;
  r.settings = core::Json::object();
  RecordEdge edge;
  edge.name = "pi-1";
  edge.connection = "ssh";
  edge.warm = RecordState{};
  edge.warm->greedy.model = "large";
  edge.warm->advanced.model = "small";
  edge.models = {run("large", 90, 10), run("middle", 88, 5), run("small", 82, 2), run("bad", 80, 7)};
  edge.predicted = {prediction("large", 90, 11), prediction("middle", 88, 4), prediction("small", 82, 1),
                    prediction("bad", 80, 6)};
  r.edges = {edge};
  return r;
}

TEST(BenchFindings, TheBudgetChangesTheChoice) {
  const BenchRecord r = record();
  const auto rows = accuracy_budgets(r, r.edges[0], false);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].advanced, "large");  // 1 point
  EXPECT_DOUBLE_EQ(*rows[0].saving, 0);
  EXPECT_EQ(rows[1].advanced, "middle");  // 2 points
  EXPECT_DOUBLE_EQ(*rows[1].saving, 50);
  EXPECT_DOUBLE_EQ(*rows[1].drop_points, 2);
  EXPECT_EQ(rows[2].advanced, "middle");  // 5 points
  EXPECT_EQ(rows[3].advanced, "small");   // 10 points
  EXPECT_DOUBLE_EQ(*rows[3].saving, 80);
  EXPECT_EQ(rows[3].best, "small");
  EXPECT_TRUE(accuracy_budgets(r, r.edges[0], true).empty());
}

TEST(BenchFindings, WhatWasNotMeasuredHasNoSaving) {
  BenchRecord r = record();
  r.accuracy_budget_points = 3;
  r.edges[0].models.erase(r.edges[0].models.begin() + 1);
  const auto rows = accuracy_budgets(r, r.edges[0], false);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[2].budget_points, 3);
  EXPECT_EQ(rows[2].advanced, "middle");
  EXPECT_FALSE(rows[2].saving);
  EXPECT_TRUE(rows[2].best.empty());
}

TEST(BenchFindings, MemoryLimitsTheBudgetsChoiceToo) {
  BenchRecord r = record();
  r.edges[0].memory_available_bytes = 1500;
  r.edges[0].predicted[2].memory_bytes = 2000;
  EXPECT_EQ(accuracy_budgets(r, r.edges[0], false)[3].advanced, "middle");
}

TEST(BenchFindings, LatencyLimitsCoverWhatWasMeasured) {
  const BenchRecord r = record();
  EXPECT_THAT(latency_limits(r), ElementsAre(DoubleNear(0.002, 1e-9), DoubleNear(0.005, 1e-9), DoubleNear(0.01, 1e-9),
                                             DoubleNear(0.02, 1e-9)));
  const auto cells = latency_budgets(r.edges[0], {0.002, 0.005, 0.01, 0.02});
  EXPECT_EQ(cells[0].run, nullptr);
  EXPECT_EQ(cells[1].run->model, "small");
  EXPECT_EQ(cells[2].run->model, "middle");
  EXPECT_EQ(cells[3].run->model, "large");
  EXPECT_TRUE(latency_limits(BenchRecord{}).empty());
}

TEST(BenchFindings, TheFrontLeavesOutWhatIsSlowerAndLessAccurate) {
  const BenchRecord r = record();
  const auto points = plane_of(r.edges[0]);
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].run->model, "small");
  EXPECT_EQ(points[2].run->model, "bad");
  EXPECT_FALSE(points[2].on_front);
  EXPECT_TRUE(points[0].on_front && points[1].on_front && points[3].on_front);
}

TEST(BenchFindings, TheCommandQuotesWhatTheRecordSays) {
  BenchRecord r = record();
  r.models = {{"large", "fp32", true, "", 0, 0, 0, 90, "measured"}};
  r.settings = {{"dataset", "folder:a b; rm -rf /"},
                {"oracle", true},
                {"exact_only", false},
                {"profile", "fresh"},
                {"probe_ties", false},
                {"threads", 0},
                {"seed", 7},
                {"repository", nullptr}};
  r.deadlines = {0.005};
  const std::string command = repeat_command(r);
  EXPECT_THAT(command, HasSubstr("cef bench pi-1 -i INVENTORY --models large"));
  EXPECT_THAT(command, HasSubstr("--dataset 'folder:a b; rm -rf /' --oracle --profile fresh --seed 7 "
                                 "--probe-ties no --deadline 5.0 --state warm"));
  r.edges[0].name = "localhost";
  r.edges[0].connection = "local";
  EXPECT_THAT(repeat_command(r), HasSubstr("cef bench --models large"));
}

}  // namespace
}  // namespace cef::operation
