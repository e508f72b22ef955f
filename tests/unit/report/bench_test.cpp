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
  m.model = {name, {}, {}, std::string("/models/") + name + ".safetensors", std::string(64, name[1])};
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
  r.predicted = Seconds(ms * 0.9e-3);
  const bench::StepTimes warm{Seconds(0.0003), Seconds(0.000015), Seconds(0.000002), Seconds(ms * 2e-3),
                              Seconds(ms * 2e-3 + 0.000317)};
  r.trials.warm = {warm, warm};
  r.trials.cold = {
      {Seconds(0.0004), Seconds(0.00002), Seconds(0.05), Seconds(ms * 3e-3), Seconds(ms * 3e-3 + 0.05042)}};
  r.cold = bench::mean_steps(r.trials.cold);
  r.warm = bench::mean_steps(r.trials.warm);
  r.latency = bench::summarise({ms * 0.9e-3, ms * 1e-3, ms * 1.1e-3, ms * 1e-3});
  return r;
}

select::Forecast forecast(double image_seconds) {
  select::Forecast predicted;
  predicted.image = Seconds(image_seconds);
  return predicted;
}

BenchEdge measured_edge() {
  BenchEdge edge;
  edge.name = "pi-1";
  edge.connection = "ssh";
  edge.environment = {
      "Raspberry Pi 4 Model B", 4,       4,   4, core::Bytes{4'000'000'000}, "Linux 6.1.21-v8+", "aarch64",
      "LibTorch 1.13.1",        "0.1.0", 0.25};
  select::DeviceProfile profile;
  profile.threads = {{1, Seconds(2e-5), 1.0}, {4, Seconds(3e-5), 1.25}};
  profile.layers.resize(12);
  profile.copy_bytes_per_second = 3e9;
  profile.load = {Seconds(0.002), Seconds(0.0005), Seconds(2e-5), 4e8};
  profile.memory_available = core::Bytes{3'000'000'000};
  profile.busy_cores = 0.5;
  profile.usable_cores = 4;
  profile.link = select::Link{2.5e6, Seconds(0.02)};
  edge.profile = profile;
  edge.connect_time = Seconds(1.5);
  edge.profile_time = Seconds(0.7);
  edge.candidates = {
      {"resnet20", true, 91.73, select::AccuracySource::quoted, forecast(0.0018), std::nullopt, core::Bytes{1'200'000}},
      {"resnet56", true, 93.39, select::AccuracySource::measured, forecast(0.0045), std::nullopt,
       core::Bytes{3'400'000}}};
  bench::EdgeReport report;
  report.before = {core::Bytes{3'000'000'000}, 0.25};
  report.after = {core::Bytes{2'900'000'000}, 1.5};
  report.greedy = *select::choose(select::Policy::greedy, edge.candidates, {});
  report.advanced = *select::choose(select::Policy::advanced, edge.candidates, {});
  report.models = {run("resnet56", 5, 9339), run("resnet20", 2, 9173)};
  report.comparison = {1.66, {0.58, 0.59}, 58.5, {58.0, 59.0}, 25.5, 60.0};
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
  edge.report->oracle = *select::choose(select::Policy::oracle, edge.candidates, {});
  EXPECT_EQ(to_json(r)["edges"][0]["oracle"]["model"], "resnet20");
  EXPECT_THAT(bench_text(r, {}), HasSubstr("oracle (all measured) takes resnet20"));
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
