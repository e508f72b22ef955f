#include "cef/report/bench_compare.hpp"

#include <gmock/gmock.h>

namespace cef::report {
namespace {

using operation::Change;
using ::testing::HasSubstr;

operation::BenchComparison comparison() {
  operation::BenchComparison c{"a.json", "b.json", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "pass", "fail", {},
                               {},       {}};
  c.differences = {{"pi-1", "kernel", "6.1", "6.6"}};
  operation::EdgeChange edge;
  edge.name = "pi-1";
  edge.in_a = edge.in_b = true;
  edge.verdict_a = "pass";
  edge.verdict_b = "fail";
  const operation::TimeChange slower{0.1, 0.13, 1.3, bench::Interval{1.25, 1.35}, Change::slower};
  edge.policies = {{"advanced", false, "small", "large", slower, 80.0, 10.0}};
  edge.models = {{"large", false, slower, 90, 88, {-4, 0}},
                 {"small", true, {0.1, 0.1, 1, std::nullopt, Change::unknown}, 80, 80, {-1, 1}}};
  operation::EdgeChange lost;
  lost.name = "pi-2";
  lost.in_a = true;
  lost.verdict_a = "pass";
  c.edges = {edge, lost};
  return c;
}

TEST(BenchCompareText, SaysWhatChanged) {
  const std::string text = compare_text(comparison(), std::vector<std::string>{"pi-1: large takes 30.0 % longer"}, {});
  EXPECT_THAT(text, HasSubstr("pi-1: pass, now fail"));
  EXPECT_THAT(text, HasSubstr("warm: advanced chose small, now large (100 ms, now 130 ms)"));
  EXPECT_THAT(text, HasSubstr("latency saving 80.0 %, now 10.0 %"));
  EXPECT_THAT(text, HasSubstr("+25.0 % to +35.0 %"));
  EXPECT_THAT(text, HasSubstr("too few trials"));
  EXPECT_THAT(text, HasSubstr("no result in the second run"));
  EXPECT_THAT(text, HasSubstr("refused: pi-1: large takes 30.0 % longer"));
}

TEST(BenchCompareJson, KeepsItsKeys) {
  const auto json = to_json(comparison(), std::nullopt);
  EXPECT_EQ(json["schema"], "cef.bench-compare/1");
  EXPECT_EQ(json["comparable"], true);
  EXPECT_TRUE(json["too_slow"].is_null());
  EXPECT_EQ(core::dump_line(json["edges"][0]["models"][0]),
            R"({"model":"large","state":"warm","trial":{"a_seconds":0.1,"b_seconds":0.13,"ratio":1.3,)"
            R"("ratio_interval_95":[1.25,1.35],"change":"slower"},"accuracy_percent_a":90.0,"accuracy_percent_b":88.0,)"
            R"("accuracy_difference_points":-2.0,"accuracy_difference_interval_95_points":[-4.0,0.0]})");
  EXPECT_TRUE(json["edges"][0]["models"][1]["trial"]["ratio_interval_95"].is_null());
  EXPECT_TRUE(json["edges"][1]["verdict_b"].is_null());
  EXPECT_EQ(json["differences"][0]["edge"], "pi-1");
}

TEST(BenchCompareJson, ADeviceThatDiffersIsNotComparable) {
  auto c = comparison();
  c.edges[0].not_comparable = {"another device"};
  EXPECT_EQ(to_json(c, std::nullopt)["comparable"], false);
}

}  // namespace
}  // namespace cef::report
