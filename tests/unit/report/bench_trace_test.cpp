#include "cef/report/bench_trace.hpp"

#include <gmock/gmock.h>

namespace cef::report {
namespace {

using bench::Seconds;

bench::StepTimes trial(double start, double total) {
  bench::StepTimes t;
  t.start = Seconds(start);
  t.total = Seconds(total);
  t.status = Seconds(total * 0.1);
  t.inference = Seconds(total * 0.8);
  t.result = Seconds(total * 0.1);
  return t;
}

operation::BenchResult result() {
  operation::BenchEdge edge;
  edge.name = "pi-\"1\"";
  bench::EdgeReport report;
  bench::ModelRun run;
  run.model = "resnet20";
  run.cold.log.trials = {trial(1000, 0.5)};
  run.warm.log.trials = {trial(1001, 0.02), trial(1001.1, 0.02)};
  report.models = {run};
  report.before.status.load_1min = 0.25;
  report.after.cpu_temperature_celsius = 61.5;
  edge.report = report;
  operation::BenchEdge lost;
  lost.name = "pi-2";
  operation::BenchResult r;
  r.edges = {edge, lost};
  return r;
}

TEST(BenchTrace, HasASliceATrialWithItsStepsInside) {
  const auto trace = core::parse_json(bench_trace(result()), "trace");
  ASSERT_TRUE(trace) << trace.error().message;
  ASSERT_TRUE(trace->is_array());
  double trial_start = -1;
  double trial_end = -1;
  std::size_t trials = 0;
  std::size_t steps = 0;
  for (const auto& event : *trace) {
    if (event["ph"] != "X") {
      continue;
    }
    const double start = event["ts"].get<double>();
    const double end = start + event["dur"].get<double>();
    EXPECT_GE(start, 0);
    if (event["cat"] == "trial") {
      ++trials;
      trial_start = start;
      trial_end = end;
    } else {
      ++steps;
      EXPECT_GE(start, trial_start);
      EXPECT_LE(end, trial_end + 0.01);
    }
  }
  EXPECT_EQ(trials, 3U);
  EXPECT_EQ(steps, 9U);  // those that took time
}

TEST(BenchTrace, NamesEdgesAndCounts) {
  const auto trace = core::parse_json(bench_trace(result()), "trace").value();
  EXPECT_EQ(trace[0]["args"]["name"], "pi-\"1\"");
  std::vector<std::string> counters;
  for (const auto& event : trace) {
    if (event["ph"] == "C") {
      counters.push_back(event["name"]);
    }
  }
  EXPECT_THAT(counters,
              ::testing::ElementsAre("load_1min", "other_cpus", "load_1min", "other_cpus", "cpu_temperature_celsius"));
  EXPECT_EQ(trace.back()["args"]["name"], "trials");
  EXPECT_EQ(trace.back()["pid"], 2);
}

TEST(BenchTrace, WithoutTrialsIsStillJson) {
  EXPECT_TRUE(core::parse_json(bench_trace(operation::BenchResult{}), "trace"));
}

}  // namespace
}  // namespace cef::report
