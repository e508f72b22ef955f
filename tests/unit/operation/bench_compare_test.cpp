#include "cef/operation/bench_compare.hpp"

#include <gmock/gmock.h>

namespace cef::operation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Ten trials about `ms` with a spread of ±5 %.
RecordModelRun run(const char* name, double accuracy, double ms) {
  RecordStateRun state;
  for (int i = 0; i < 10; ++i) {
    RecordSteps steps;
    steps.total = ms * 1e-3 * (0.955 + 0.01 * i);
    state.trials.push_back(steps);
    state.mean.total += steps.total / 10;
  }
  state.trial_count = 10;
  RecordModelRun r;
  r.model = name;
  r.accuracy_percent = accuracy;
  r.images = 400;
  r.warm = state;
  return r;
}

BenchRecord record(double large_ms, double small_ms) {
  BenchRecord r;
  r.file = "run.json";
  r.images_per_trial = 20;
  r.settings = {{"threads", 4}};
  r.dataset.digest = "d";
  r.dataset.images = 400;
  r.models = {{"large", "fp32", true, "1", 0, 0, 0, 90, "measured"}};
  RecordEdge edge;
  edge.name = "pi-1";
  edge.verdict.outcome = "pass";
  edge.environment = {{"cpu_model", "Pi"}, {"kernel", "6.1"}, {"load_1min", "0.1"}};
  edge.warm = RecordState{};
  edge.warm->greedy.model = "large";
  edge.warm->advanced.model = "small";
  edge.models = {run("large", 90, large_ms), run("small", 80, small_ms)};
  r.edges = {edge};
  return r;
}

TEST(BenchCompare, TheSameRunShowsNoDifference) {
  const auto c = compare_benches(record(100, 20), record(100, 20));
  EXPECT_THAT(c.not_comparable, IsEmpty());
  EXPECT_THAT(c.differences, IsEmpty());
  ASSERT_EQ(c.edges.size(), 1U);
  ASSERT_EQ(c.edges[0].models.size(), 2U);
  EXPECT_EQ(c.edges[0].models[0].time.change, Change::same);
  EXPECT_THAT(slower_than(c, 0), IsEmpty());
}

TEST(BenchCompare, SlowerIsSaidBeyondChanceOnly) {
  const auto c = compare_benches(record(100, 20), record(130, 20.1));
  const auto& models = c.edges[0].models;
  EXPECT_EQ(models[0].time.change, Change::slower);
  EXPECT_NEAR(models[0].time.ratio, 1.3, 1e-9);
  EXPECT_GT(models[0].time.interval->low, 1.2);
  EXPECT_LT(models[0].time.interval->high, 1.4);
  EXPECT_EQ(models[1].time.change, Change::same);  // half a per cent more, within the spread
  EXPECT_THAT(slower_than(c, 10), ElementsAre("pi-1: large takes 30.0 % longer"));
  EXPECT_THAT(slower_than(c, 40), IsEmpty());
  EXPECT_EQ(compare_benches(record(130, 20), record(100, 20)).edges[0].models[0].time.change, Change::faster);
}

TEST(BenchCompare, TwoTrialsAreTooFew) {
  auto a = record(100, 20);
  a.edges[0].models[0].warm->trials.resize(2);
  const auto c = compare_benches(a, record(200, 20));
  EXPECT_EQ(c.edges[0].models[0].time.change, Change::unknown);
  EXPECT_FALSE(c.edges[0].models[0].time.interval);
}

TEST(BenchCompare, AnotherChoiceIsSeen) {
  auto b = record(100, 20);
  b.edges[0].warm->advanced.model = "large";
  const auto c = compare_benches(record(100, 20), b);
  const auto& advanced = c.edges[0].policies[1];
  EXPECT_EQ(advanced.model_a, "small");
  EXPECT_EQ(advanced.model_b, "large");
  EXPECT_EQ(advanced.time->change, Change::slower);
  EXPECT_THAT(slower_than(c, 10), Contains(HasSubstr("advanced now takes large")));
}

TEST(BenchCompare, OtherDataWeightsAndDevicesDoNotCompare) {
  auto b = record(100, 20);
  b.dataset.digest = "e";
  b.models[0].digest = "2";
  b.edges[0].environment[0].value = "NUC";
  const auto c = compare_benches(record(100, 20), b);
  EXPECT_THAT(c.not_comparable, Contains(HasSubstr("the data differ")));
  EXPECT_THAT(c.not_comparable, Contains("large has other weights"));
  EXPECT_THAT(c.edges[0].not_comparable, Contains(HasSubstr("another device")));
  EXPECT_EQ(slower_than(c, 50).size(), 3U);
}

TEST(BenchCompare, SettingsAndEnvironmentAreListed) {
  auto a = record(100, 20);
  a.settings["profile"] = "auto";  // b is of a cef that did not tell
  auto b = record(100, 20);
  b.settings["threads"] = 2;
  b.edges[0].environment[1].value = "6.6";
  b.edges[0].environment[2].value = "9";
  const auto c = compare_benches(a, b);
  ASSERT_EQ(c.differences.size(), 2U);
  EXPECT_EQ(c.differences[0].name, "threads");
  EXPECT_EQ(c.differences[1].name, "kernel");
}

TEST(BenchCompare, ALostEdgeIsRefused) {
  auto b = record(100, 20);
  b.edges[0].warm.reset();
  b.edges[0].models.clear();
  EXPECT_THAT(slower_than(compare_benches(record(100, 20), b), 10), Contains("pi-1 has no result in the second run"));
  b.edges[0].name = "pi-2";
  const auto c = compare_benches(record(100, 20), b);
  ASSERT_EQ(c.edges.size(), 2U);
  EXPECT_TRUE(c.edges[0].verdict_b.empty());
  EXPECT_TRUE(c.edges[1].verdict_a.empty());
}

}  // namespace
}  // namespace cef::operation
