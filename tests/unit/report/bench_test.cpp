#include "cef/report/bench.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

namespace cef::report {
namespace {

using operation::BenchEdge;
using operation::BenchModel;
using operation::BenchResult;
using select::Seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// Compares with a file in tests/golden. With CEF_UPDATE_GOLDEN=1 in the environment it is written instead.
void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(CEF_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), actual) << path;
}

BenchModel model(const char* name, double accuracy, operation::AccuracyOrigin origin) {
  BenchModel m;
  m.model.name = name;
  m.model.weights = std::string("/models/") + name + ".safetensors";
  m.model.digest = std::string(64, name[1]);
  m.parameters = 272'474;
  m.macs = 40'600'000;
  m.file_size = core::Bytes{1'093'432};
  m.memory = core::Bytes{1'200'000};
  m.accuracy_percent = accuracy;
  m.origin = origin;
  return m;
}

bench::ModelRun run(const char* name, double ms, std::size_t correct) {
  bench::ModelRun r;
  r.model = name;
  r.pass.accuracy = {correct, 10'000, 0};
  r.predicted.image = Seconds(ms * 0.9e-3);
  const bench::StepTimes warm{Seconds(0.0003),
                              Seconds(0.000015),
                              Seconds(0.000002),
                              Seconds(0.000001),
                              Seconds(ms * 2e-3),
                              Seconds(0.0002),
                              Seconds(ms * 2e-3 + 0.000518)};
  const bench::StepTimes cold{Seconds(0.0004),
                              Seconds(0.00002),
                              Seconds(1.5),
                              Seconds(0.05),
                              Seconds(ms * 3e-3),
                              Seconds(0.0003),
                              Seconds(ms * 3e-3 + 1.55072)};
  r.warm.log.trials = {warm, warm};
  r.warm.log.latency = {Seconds(ms * 0.9e-3), Seconds(ms * 1e-3), Seconds(ms * 1.1e-3), Seconds(ms * 1e-3)};
  r.warm.latency = bench::summarise({ms * 0.9e-3, ms * 1e-3, ms * 1.1e-3, ms * 1e-3});
  r.warm.effective_accuracy_percent = {75, 100};
  r.cold.log.trials = {cold};
  r.cold.log.latency = {Seconds(ms * 1.5e-3)};
  r.cold.log.fetched_bytes = 1'093'432;
  r.cold.latency = bench::summarise({ms * 1.5e-3});
  r.cold.effective_accuracy_percent = {0, 100};
  r.cold.mean = bench::mean_steps(r.cold.log.trials);
  r.warm.mean = bench::mean_steps(r.warm.log.trials);
  return r;
}

select::Forecast forecast(double image_seconds) {
  select::Forecast predicted;
  predicted.image = Seconds(image_seconds);
  return predicted;
}

bench::EdgeReport edge_report(const std::vector<select::Candidate>& candidates) {
  bench::EdgeReport report;
  report.before.status = {core::Bytes{3'000'000'000}, 0.25, {"resnet20"}, {}};
  report.before.cpus = 4;
  report.before.other_cpus = 0.05;
  report.before.round_trip = Seconds(0.0021);
  report.before.cpu_temperature_celsius = 48.5;
  report.before.throttled = false;
  report.after = report.before;
  report.after.status = {core::Bytes{2'900'000'000}, 1.5, {"resnet20", "resnet56"}, {"resnet20", "resnet56"}};
  report.after.cpu_temperature_celsius = 61.2;
  report.other_cpus = 0.1;
  report.models = {run("resnet56", 5, 9339), run("resnet20", 2, 9173)};
  report.warm.trials = 2;
  report.warm.elapsed = Seconds(10.5);
  report.warm.comparison = {1.66, {1.2, 2.1}, {0.58, 0.59}, 58.5, {58.0, 59.0}, 60.0};
  report.cold.trials = 1;
  report.cold.elapsed = Seconds(3.2);
  report.cold.comparison = {1.66, {1.2, 2.1}, {0.01}, 0.6, {0.5, 0.7}, 60.0};
  for (bench::StateReport* state : {&report.cold, &report.warm}) {
    state->greedy = *select::choose(select::Policy::greedy, candidates, {});
    state->advanced = *select::choose(select::Policy::advanced, candidates, {});
    state->advanced_exact = state->advanced;
    state->fastest = *select::choose(select::Policy::fastest, candidates, {});
    state->exact = state->comparison;
  }
  return report;
}

BenchEdge measured_edge() {
  BenchEdge edge;
  edge.name = "pi-1";
  edge.connection = "ssh";
  edge.environment = {"Raspberry Pi 4 Model B",
                      4,
                      4,
                      4,
                      core::Bytes{4'000'000'000},
                      "Linux 6.1.21-v8+",
                      "aarch64",
                      "LibTorch 1.13.1",
                      "0.1.0",
                      0.25,
                      {"fp32", "int8"}};
  select::DeviceProfile profile;
  profile.threads = {{1, Seconds(2e-5), 1.0}, {4, Seconds(3e-5), 1.25}};
  profile.layers.resize(12);
  profile.copy_bytes_per_second = 3e9;
  profile.load = {Seconds(0.002), Seconds(0.0005), Seconds(2e-5), 4e8};
  profile.memory_available = core::Bytes{3'000'000'000};
  profile.busy_cores = 0.5;
  profile.usable_cores = 4;
  profile.link = select::Link{2.5e6, Seconds(0.02), {}};
  edge.profile = profile;
  edge.connect_time = Seconds(1.5);
  edge.profile_time = Seconds(0.7);
  edge.probed = 2;
  edge.candidates = {
      {"resnet20", true, 91.73, select::AccuracySource::quoted, forecast(0.0018), std::nullopt, core::Bytes{1'200'000}},
      {"resnet56", true, 93.39, select::AccuracySource::measured, forecast(0.0045), std::nullopt,
       core::Bytes{3'400'000}}};
  bench::EdgeReport report = edge_report(edge.candidates);
  edge.images_per_trial = 2;
  edge.deadlines = {Seconds(0.005), Seconds(0.01)};
  report.verdict = {bench::Outcome::pass, {}};
  edge.verdict = report.verdict;
  edge.report = report;
  return edge;
}

BenchEdge lost_edge() {
  BenchEdge edge;
  edge.name = "pi-2";
  edge.connection = "ssh";
  edge.error = core::Error{core::ErrorCode::unreachable, "pi-2: connection refused", {}};
  edge.verdict = {bench::Outcome::invalid, {"pi-2: connection refused"}};
  return edge;
}

BenchResult result() {
  BenchResult r;
  r.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600));
  r.elapsed = Seconds(33.25);
  r.dataset = {"cifar10", "test_batch.bin", std::string(64, 'd'), 10'000, 10'000, 10, 32, 32};
  r.models = {model("resnet20", 91.73, operation::AccuracyOrigin::quoted),
              model("resnet56", 93.39, operation::AccuracyOrigin::cached)};
  r.models[0].accuracy_source = "https://example.org/resnet20";
  r.accuracy_table_time = Seconds(0.001);
  r.edges = {measured_edge(), lost_edge()};
  r.options.trials.deadlines = r.edges[0].deadlines;
  r.saving_percent = 58.5;
  r.saving_interval_percent = {58, 59};
  r.accuracy_drop_points = 1.66;
  r.verdict = {bench::Outcome::invalid, {"pi-2: connection refused"}};
  return r;
}

TEST(BenchJson, KeepsItsKeys) {
  expect_golden("bench.json", core::dump_document(to_json(result())) + "\n");
}

TEST(BenchJson, SaysWhatTheOracleChose) {
  auto r = result();
  auto& edge = r.edges[0];
  for (auto& candidate : edge.candidates) {
    candidate.measured = Seconds(candidate.name == "resnet20" ? 0.002 : 0.005);
  }
  edge.report->warm.oracle = *select::choose(select::Policy::oracle, edge.candidates, {});
  edge.report->warm.regret = bench::Regret{150, 0.5, 0.5, 0.5};
  EXPECT_EQ(to_json(r)["edges"][0]["warm"]["oracle"]["model"], "resnet20");
  EXPECT_EQ(to_json(r)["edges"][0]["warm"]["regret_percent"]["greedy"], 150);
  EXPECT_TRUE(to_json(r)["edges"][0]["cold"]["regret_percent"].is_null());
  EXPECT_THAT(bench_text(r, {}), HasSubstr("oracle (all measured) takes resnet20; regret of greedy 150.0 %"));
}

TEST(BenchJson, SamplesManyTimingsEvenly) {
  auto r = result();
  auto& warm = r.edges[0].report->models[0].warm;
  for (int i = 0; i < 5001; ++i) {
    warm.log.latency.emplace_back(i);
  }
  const auto images = to_json(r)["edges"][0]["models"][0]["warm"]["latency"]["image_seconds"];
  EXPECT_LE(images.size(), 2000U);
  EXPECT_GE(images.size(), 1000U);
}

TEST(BenchText, ShowsSelectionAloneBesideVariants) {
  auto r = result();
  r.edges[0].report->warm.advanced_exact.model = "resnet56";
  EXPECT_THAT(bench_text(r, {}), HasSubstr("selection alone (resnet56)"));
}

TEST(BenchJson, EventsNameTheEdgeAndThePhase) {
  EXPECT_EQ(core::dump_line(to_json(operation::BenchEvent{"pi-1", "trials", 3, 20, nullptr})),
            R"({"event":"progress","edge":"pi-1","phase":"trials","done":3,"total":20})");
  EXPECT_EQ(core::dump_line(to_json(operation::BenchEvent{"", "data set", 0, 0, nullptr})),
            R"({"event":"progress","edge":null,"phase":"data set","done":0,"total":null})");
  const BenchEdge edge = lost_edge();
  const auto json = to_json(operation::BenchEvent{"pi-2", "done", 0, 0, &edge});
  EXPECT_EQ(json["event"], "edge");
  EXPECT_EQ(json["error"]["code"], "unreachable");
}

TEST(BenchText, IsWhatAPersonReads) {
  expect_golden("bench.txt", bench_text(result(), {false, 120}));
}

TEST(BenchText, ShowsNoControlCharacterOfAnEdge) {
  auto r = result();
  r.edges[1].verdict.reasons = {"\x1b[2Jgone"};
  EXPECT_THAT(bench_text(r, {}), Not(HasSubstr("\x1b")));
}

TEST(BenchProgress, FitsOneLine) {
  EXPECT_EQ(progress_line({"pi-1", "accuracy of resnet20", 400, 10'000, nullptr}),
            "pi-1: accuracy of resnet20 400/10000");
  EXPECT_EQ(progress_line({"", "data set", 0, 0, nullptr}), "data set");
  EXPECT_EQ(progress_line({"pi-1", "trials", 21, 20, nullptr}), "pi-1: trials 21");
}

}  // namespace
}  // namespace cef::report
