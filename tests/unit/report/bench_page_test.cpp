#include "cef/report/bench_page.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gmock/gmock.h>

namespace cef::report {
namespace {

using operation::BenchRecord;
using ::testing::HasSubstr;
using ::testing::Not;

BenchRecord recorded(const std::string& name) {
  auto record = operation::read_bench_record(std::string(CEF_SOURCE_DIR) + "/tests/bench-records/" + name);
  EXPECT_TRUE(record) << record.error().message;
  return record ? *record : BenchRecord{};
}

/// Compares with a file in tests/golden. With CEF_UPDATE_GOLDEN=1 in the environment it is written instead.
void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(CEF_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), actual) << path;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++n;
  }
  return n;
}

/// Every element is closed in its order; what never has content is left out.
void expect_balanced(const std::string& html) {
  static const std::set<std::string> k_void = {"meta", "!DOCTYPE"};
  const std::regex tag(R"(<(/?)([!A-Za-z0-9]+)[^<>]*?(/?)>)");
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), tag); it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[2];
    if (k_void.contains(name) || (*it)[3] == "/") {
      continue;
    }
    if ((*it)[1] == "/") {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    } else {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
}

void expect_one_page(const std::string& html) {
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("inf\"")));
  EXPECT_EQ(count(html, "http"), count(html, "http://www.w3.org/2000/svg"));
  const std::regex id("id=\"([^\"]+)\"");
  std::set<std::string> ids;
  for (auto it = std::sregex_iterator(html.begin(), html.end(), id); it != std::sregex_iterator(); ++it) {
    EXPECT_TRUE(ids.insert((*it)[1]).second) << (*it)[1];
  }
  EXPECT_EQ(count(html, "role=\"img\""), count(html, "<desc "));
}

TEST(BenchPage, MarkdownKeepsItsTables) {
  expect_golden("bench-report.md", bench_markdown(recorded("oracle.json"), Language::english));
  expect_golden("bench-report.ko.md", bench_markdown(recorded("edge-lost.json"), Language::korean));
}

TEST(BenchPage, HtmlIsOneWholePage) {
  for (const char* name : {"oracle.json", "edge-lost.json"}) {
    const auto record = recorded(name);
    expect_one_page(bench_html(record, Language::english));
    expect_one_page(bench_html(record, Language::korean));
  }
}

TEST(BenchPage, EveryChartIsThere) {
  const std::string html = bench_html(recorded("oracle.json"), Language::english);
  for (const char* id : {"e1-warm", "e1-cold", "e1-ecdf", "e1-plane", "e1-pred"}) {
    EXPECT_THAT(html, HasSubstr("aria-labelledby=\"" + std::string(id) + "-t"));
  }
  EXPECT_THAT(html, HasSubstr("Verdict: PASS"));
  EXPECT_THAT(html, HasSubstr("cef bench --models resnet18-w8"));
  EXPECT_THAT(bench_html(recorded("edge-lost.json"), Language::english), HasSubstr("aria-labelledby=\"savings-t"));
}

TEST(BenchPage, KoreanHasNoEnglishHeadings) {
  const std::string html = bench_html(recorded("oracle.json"), Language::korean);
  EXPECT_THAT(html, HasSubstr("<html lang=\"ko\">"));
  EXPECT_THAT(html, HasSubstr("판정: 합격"));
  for (const char* word :
       {"Verdict", "Threshold", "Accuracy budget", "Latency budget", "Test conditions", "Settings"}) {
    EXPECT_THAT(html, Not(HasSubstr(word)));
  }
}

TEST(BenchPage, EverythingFromTheRecordIsEscaped) {
  auto record = recorded("oracle.json");
  const std::string evil = "</title><script>alert('1')</script>\"&|`\n# @all";
  record.cef_version = record.started = evil;
  record.verdict.reasons = {evil};
  record.dataset.name = record.dataset.source = evil;
  record.models[0].name = record.models[0].precision = evil;
  auto& edge = record.edges[0];
  edge.name = edge.connection = edge.error = evil;
  edge.changed = {evil};
  edge.environment.push_back({evil, evil});
  edge.predicted[0].model = evil;
  edge.models[0].model = evil;
  edge.warm->greedy.model = edge.cold->greedy.model = evil;
  edge.warm->advanced.reasons[0].text = evil;
  record.settings[evil] = evil;
  expect_one_page(bench_html(record, Language::english));
  const std::string markdown = bench_markdown(record, Language::english);
  const std::string before_code = markdown.substr(0, markdown.find("```"));
  EXPECT_THAT(before_code, HasSubstr("&lt;script"));
  EXPECT_THAT(before_code, Not(HasSubstr("<script")));
  EXPECT_THAT(before_code, Not(HasSubstr("\n# @all")));
}

TEST(BenchPage, DrawsWhateverTheNumbersAre) {
  for (const double seconds : {0.0, 1e-12, 1e300}) {
    auto record = recorded("oracle.json");
    record.edges[0].warm->comparison.saving_percent = -seconds;
    for (auto& run : record.edges[0].models) {
      run.warm->latency.images.assign(3, seconds);
      run.warm->latency.mean = run.warm->latency.p90 = run.warm->mean.total = seconds;
    }
    for (auto& p : record.edges[0].predicted) {
      p.image = seconds;
      p.uncertainty = 1e6;
    }
    record.edges.push_back(record.edges[0]);
    expect_one_page(bench_html(record, Language::english));
  }
}

TEST(BenchPage, AMissedThresholdIsSaidInThePagesLanguage) {
  auto record = recorded("oracle.json");
  record.edges[0].warm->comparison.saving_percent = 12.34;
  record.edges[0].warm->comparison.accuracy_drop_points = 11;
  EXPECT_THAT(bench_markdown(record, Language::english), HasSubstr("saving of 12.3 % is below the threshold of 20 %"));
  EXPECT_THAT(bench_markdown(record, Language::korean), HasSubstr("11.00%p로 기준(10%p)을 초과"));
  record.edges[0].warm->advanced.model = record.edges[0].warm->greedy.model;
  EXPECT_THAT(bench_markdown(record, Language::english), HasSubstr("Both configurations chose resnet152-w8."));
}

TEST(BenchPage, ARecordWithoutEdgesIsSaid) {
  auto record = recorded("oracle.json");
  record.edges.clear();
  EXPECT_THAT(bench_markdown(record, Language::english), HasSubstr("The record has no edges."));
  expect_one_page(bench_html(record, Language::korean));
}

}  // namespace
}  // namespace cef::report
