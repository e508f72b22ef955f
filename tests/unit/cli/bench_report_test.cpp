#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <unistd.h>

#include "outcome.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string recorded(const std::string& name) {
  return std::string(CEF_SOURCE_DIR) + "/tests/bench-records/" + name;
}

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BenchReport : public ::testing::Test {
 protected:
  BenchReport() : folder_(fs::temp_directory_path() / ("cef-bench-report-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~BenchReport() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(BenchReport, WritesHtmlOrMarkdownByTheName) {
  const auto html = (folder_ / "run.html").string();
  const auto markdown = (folder_ / "run.md").string();
  EXPECT_EQ(cef({"bench", "report", recorded("oracle.json"), "-o", html, "--lang", "ko"}).code, 0);
  EXPECT_THAT(content(html), HasSubstr("<html lang=\"ko\">"));
  const auto outcome = cef({"bench", "report", recorded("oracle.json"), "-o", markdown, "--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("\"schema\": \"cef.bench-report/1\""));
  EXPECT_THAT(content(markdown), StartsWith("# VnV bench: test record"));
  EXPECT_EQ(cef({"bench", "report", recorded("oracle.json")}).out, content(markdown));
}

TEST_F(BenchReport, RefusesOtherFilesNamesAndLanguages) {
  const auto old = folder_ / "old.json";
  std::ofstream(old) << R"({"schema":"cef.bench/1"})";
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"bench", "report", old.string()},
           {"bench", "report", (folder_ / "none.json").string()},
           {"bench", "report", recorded("oracle.json"), "-o", "run.pdf"},
           {"bench", "report", recorded("oracle.json"), "--lang", "fr"},
           {"bench", "report"},
           {"bench", "compare", recorded("oracle.json"), old.string()},
           {"bench", "compare", recorded("oracle.json"), recorded("oracle.json"), "--fail-on-slower=-1"}}) {
    const auto outcome = cef(arguments);
    EXPECT_EQ(outcome.code, 5) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err, "");
  }
}

TEST_F(BenchReport, CompareEndsWell) {
  const auto same =
      cef({"bench", "compare", recorded("oracle.json"), recorded("oracle.json"), "--fail-on-slower", "5"});
  EXPECT_EQ(same.code, 0) << same.out;
  EXPECT_THAT(same.out, HasSubstr("nothing is slower than allowed"));
}

TEST_F(BenchReport, CompareRefusesWhatIsSlowerOrDoesNotCompare) {
  const auto record = recorded("oracle.json");
  auto json = core::Json::parse(content(record));
  for (auto& trial : json["edges"][0]["models"][0]["warm"]["trials"]) {
    trial["total_seconds"] = trial["total_seconds"].get<double>() * 10;
  }
  auto& mean = json["edges"][0]["models"][0]["warm"]["steps"]["total_seconds"];
  mean = mean.get<double>() * 10;
  const auto slower = (folder_ / "slower.json").string();
  std::ofstream(slower) << json.dump();
  EXPECT_EQ(cef({"bench", "compare", record, slower}).code, 0);
  const auto outcome = cef({"bench", "compare", record, slower, "--fail-on-slower", "50", "--json"});
  EXPECT_EQ(outcome.code, 12);
  EXPECT_THAT(outcome.out, HasSubstr("localhost: resnet152-w8 takes 900.0 % longer"));
  EXPECT_EQ(cef({"bench", "compare", record, recorded("edge-lost.json"), "--fail-on-slower", "50"}).code, 12);
}

}  // namespace
}  // namespace cef::cli
