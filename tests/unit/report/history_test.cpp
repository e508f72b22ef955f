#include "cef/report/history.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cef/core/file.hpp"

namespace cef::report {
namespace {

using operation::HistoryPoint;
using operation::HistoryResult;
using operation::HistorySeries;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::HasSubstr;

const Style k_plain{false, 1'000'000};
const system_clock::time_point k_start{seconds(1'790'000'000)};

HistorySeries series(const std::string& host, const char* name, const std::vector<std::pair<int, double>>& points) {
  HistorySeries one;
  one.host = host;
  one.value = operation::find_monitor_value(name).value();
  one.min = one.max = points.front().second;
  for (const auto& [at, value] : points) {
    one.points.push_back({k_start + seconds(at), value});
    one.min = std::min(one.min, value);
    one.max = std::max(one.max, value);
    one.mean += value / static_cast<double>(points.size());
  }
  return one;
}

HistoryResult two_days() {
  HistoryResult result;
  result.file = "/data/history.db";
  result.from = k_start;
  result.to = k_start + seconds(3600);
  result.series = {series("gpu<1>&", "cpu", {{0, 10}, {60, 20}, {120, 30}, {3000, 90}}),
                   series("pi-1", "cpu", {{0, 50}, {60, 40}, {120, 50}}),
                   series("pi-1", "rx", {{0, 1024}, {60, 2'097'152}})};
  return result;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST(History, JsonIsTheGoldenFile) {
  const std::filesystem::path path = std::filesystem::path(CEF_SOURCE_DIR) / "tests" / "golden" / "history.json";
  const std::string text = core::dump_document(history_json(two_days())) + "\n";
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
  }
  EXPECT_EQ(text, core::read_file(path, core::operator""_MiB(1)).value_or(""));
}

TEST(History, TheTableHasFiguresAndASparkline) {
  const std::string text = history_text(two_days(), k_plain);
  EXPECT_THAT(text, HasSubstr("cpu     gpu<1>&        4        10%        38%        90%        90%  ▁▂▃█"));
  EXPECT_THAT(text, HasSubstr("rx      pi-1           2  1.0 KiB/s  1.0 MiB/s  2.0 MiB/s  2.0 MiB/s  ▁█"));
}

TEST(History, ASmallRiseIsNoTrend) {
  HistoryResult result = two_days();
  result.series = {series("pi-1", "cpu", {{0, 99.9}, {60, 99.9}, {120, 100}})};
  EXPECT_THAT(history_text(result, k_plain), HasSubstr("▄▄▅"));
}

TEST(History, NothingIsSaidInWords) {
  HistoryResult result = two_days();
  result.series.clear();
  EXPECT_THAT(history_text(result, k_plain), HasSubstr("no samples of these since 2026-09-21T"));
  result.deleted = 7;
  EXPECT_THAT(history_text(result, k_plain), HasSubstr("7 old values deleted from /data/history.db\n"));
  EXPECT_THAT(history_svg(result), HasSubstr("no samples"));
}

TEST(InBuckets, AreMeansAndGapsAreNan) {
  const auto points = two_days().series[0].points;
  const auto buckets = in_buckets(points, 10, k_start, k_start + seconds(3000));
  ASSERT_EQ(buckets.size(), 10U);
  EXPECT_EQ(buckets[0], 20) << "of three samples";
  EXPECT_TRUE(std::isnan(buckets[5]));
  EXPECT_EQ(buckets[9], 90) << "the last point is in the last part";
  EXPECT_EQ(in_buckets({points[0]}, 1, k_start, k_start), std::vector<double>{10}) << "no time between";
}

TEST(HistorySvg, HasAPanelAValueALineAHostAndALegend) {
  const std::string svg = history_svg(two_days());
  EXPECT_EQ(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0U);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count(svg, "class=\"title\""), 2U);
  EXPECT_EQ(count(svg, "<polyline"), 3U);
  EXPECT_EQ(count(svg, "<circle"), 1U) << "the sample after the gap stands alone";
  EXPECT_THAT(svg, HasSubstr(">cpu in %, all cores together</text>"));
  EXPECT_THAT(svg, HasSubstr(">100%</text>"));
  EXPECT_THAT(svg, HasSubstr("MiB/s</text>"));
  EXPECT_THAT(svg, HasSubstr("time in UTC"));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(svg, HasSubstr(">gpu&lt;1&gt;&amp;</text>"));
  EXPECT_EQ(svg.find("gpu<1>"), std::string::npos);
}

TEST(HistorySvg, ALongNameIsCutBetweenCharacters) {
  HistoryResult result = two_days();
  result.series.front().host = "라즈베리파이-제일-하나-둘-셋";
  EXPECT_THAT(history_svg(result), HasSubstr(">라즈베리파이-제일-…</text>"));
}

TEST(HistorySvg, PointsLieInsideThePlot) {
  const std::string svg = history_svg(two_days());
  std::smatch match;
  const std::regex k_size("viewBox=\"0 0 ([0-9]+) ([0-9]+)\"");
  ASSERT_TRUE(std::regex_search(svg, match, k_size));
  const double width = std::stod(match[1]);
  const double height = std::stod(match[2]);
  const std::regex k_point("([-0-9.]+),([-0-9.]+)[ \"]");
  int points = 0;
  for (std::sregex_iterator it(svg.begin(), svg.end(), k_point), end; it != end; ++it, ++points) {
    EXPECT_GE(std::stod((*it)[1]), 80);
    EXPECT_LE(std::stod((*it)[1]), width);
    EXPECT_GE(std::stod((*it)[2]), 0);
    EXPECT_LE(std::stod((*it)[2]), height);
  }
  EXPECT_EQ(points, 8);
}

TEST(HistorySvg, ManySamplesAreThinnedAndKeepTheirPeak) {
  std::vector<std::pair<int, double>> many;
  for (int i = 0; i < 50'000; ++i) {
    many.emplace_back(i * 5, i == 33'333 ? 100 : 10);
  }
  HistoryResult result;
  result.series = {series("a", "cpu", many)};
  const std::string svg = history_svg(result);
  EXPECT_LT(svg.size(), 40'000U);
  EXPECT_EQ(count(svg, "<polyline"), 1U) << "thinning makes no gaps";
  EXPECT_THAT(svg, HasSubstr(",44.0 ")) << "100 % is at the top";
}

TEST(HistorySvg, OneSampleIsEnough) {
  HistoryResult result;
  result.series = {series("a", "load", {{0, 0}})};
  const std::string svg = history_svg(result);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_EQ(count(svg, "<circle"), 1U);
}

}  // namespace
}  // namespace cef::report
