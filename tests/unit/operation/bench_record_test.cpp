#include "cef/operation/bench_record.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

namespace cef::operation {
namespace {

using ::testing::HasSubstr;

std::string recorded(const std::string& name) {
  std::ifstream file(std::string(CEF_SOURCE_DIR) + "/tests/bench-records/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string fault_of(const core::Json& json) {
  const auto record = parse_bench_record(json.dump(), "run.json");
  return record ? "" : record.error().message;
}

TEST(BenchRecord, ReadsWhatBenchWrote) {
  const auto record = parse_bench_record(recorded("oracle.json"), "oracle.json");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->verdict.outcome, "pass");
  EXPECT_TRUE(record->oracle);
  EXPECT_FALSE(record->cold_verdict);
  ASSERT_EQ(record->edges.size(), 1U);
  const RecordEdge& edge = record->edges[0];
  ASSERT_TRUE(edge.warm && edge.cold);
  EXPECT_EQ(edge.warm->greedy.model, "resnet152-w8");
  EXPECT_EQ(edge.warm->advanced.model, "resnet18-w8");
  EXPECT_EQ(edge.warm->advanced.reasons.size(), 5U);
  EXPECT_EQ(edge.warm->regret.size(), 4U);
  ASSERT_NE(edge.find("resnet50-w8"), nullptr);
  EXPECT_EQ(edge.find("resnet50-w8")->warm->trial_count, 10U);
  EXPECT_GT(edge.find("resnet50-w8")->cold->mean.load, 0.01);
  EXPECT_EQ(edge.find("nothing"), nullptr);
  EXPECT_EQ(edge.environment_of("cpus"), "4");
}

TEST(BenchRecord, AnEdgeWithoutAResultHasItsError) {
  const auto record = parse_bench_record(recorded("edge-lost.json"), "x");
  ASSERT_TRUE(record) << record.error().message;
  ASSERT_EQ(record->edges.size(), 2U);
  EXPECT_FALSE(record->edges[1].warm || record->edges[1].cold);
  EXPECT_THAT(record->edges[1].error, HasSubstr("refused the connection"));
  EXPECT_EQ(record->deadlines.size(), 2U);
}

TEST(BenchRecord, OtherFilesGetOneClearLine) {
  EXPECT_THAT(fault_of({{"schema", "cef.bench/1"}}), HasSubstr("run the bench again"));
  EXPECT_THAT(fault_of({{"schema", "cef.ping/1"}}), HasSubstr("has the schema 'cef.ping/1'"));
  EXPECT_THAT(fault_of({{"a", 1}}), HasSubstr("run.json has no schema"));
  EXPECT_THAT(fault_of(core::Json::array()), HasSubstr("run.json has no schema"));
  const auto text = parse_bench_record("hello", "run.json");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, core::ErrorCode::usage);
  EXPECT_THAT(text.error().message, HasSubstr("cef bench --json"));
  EXPECT_FALSE(read_bench_record("/nonexistent/run.json"));
}

TEST(BenchRecord, AWrongValueIsNamedByItsPath) {
  const auto good = core::Json::parse(recorded("oracle.json"));
  auto json = good;
  json["edges"][0]["warm"]["saving_percent"] = "much";
  EXPECT_THAT(fault_of(json), HasSubstr("edges[0].warm.saving_percent is not a number"));
  json = good;
  json["edges"][0]["models"][1]["warm"]["trials"][2]["load_seconds"] = -1;
  EXPECT_THAT(fault_of(json), HasSubstr("edges[0].models[1].warm.trials[2].load_seconds is not a time of 0 or more"));
  json = good;
  json["verdict"]["outcome"] = "maybe";
  EXPECT_THAT(fault_of(json), HasSubstr("verdict.outcome is not pass, fail or invalid"));
  json = good;
  json["edges"][0].erase("name");
  EXPECT_THAT(fault_of(json), HasSubstr("edges[0].name is not text"));
  json = good;
  json["dataset"]["images"] = -3;
  EXPECT_THAT(fault_of(json), HasSubstr("dataset.images is not a whole number"));
  json = good;
  json["saving_interval_95_percent"] = {1, 2, 3};
  EXPECT_THAT(fault_of(json), HasSubstr("saving_interval_95_percent is not a list of two numbers"));
}

/// Every single value taken away or replaced: an error or a record, never a crash.
TEST(BenchRecord, SurvivesAnyMissingOrWrongValue) {
  const auto good = core::Json::parse(recorded("edge-lost.json")).flatten();
  std::size_t refused = 0;
  std::size_t i = 0;
  for (const auto& [key, value] : good.items()) {
    if (key.find("image_seconds/") != std::string::npos || i++ % 3 != 0) {
      continue;
    }
    auto changed = good;
    changed[key] = i % 2 == 0 ? core::Json("?") : core::Json(-1);
    refused += fault_of(changed.unflatten()).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 50U);
}

}  // namespace
}  // namespace cef::operation
