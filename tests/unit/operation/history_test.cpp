#include "cef/operation/history.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace cef::operation {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::system_clock;

class History : public testing::Test {
 protected:
  History() {
    char name[] = "/tmp/cef-history-XXXXXX";
    folder_ = ::mkdtemp(name);
    options_.file = folder_ / "history.db";
  }
  ~History() override { fs::remove_all(folder_); }

  static MonitorHost host(const std::string& name, double cpu, system_clock::duration ago) {
    MonitorHost one;
    one.outcome.host = name;
    one.outcome.status = fleet::Status::ok;
    one.report.taken = system_clock::now() - ago;
    one.report.facts.asked = probe::k_all_metrics;
    one.report.facts.cpu = probe::CpuFacts{};
    one.report.facts.cpu->utilisation_percent = cpu;
    return one;
  }
  void add(const std::vector<MonitorHost>& hosts) const {
    auto store = HistoryStore::create(options_.file);
    ASSERT_TRUE(store) << store.error().line();
    const auto added = store->add(hosts);
    ASSERT_TRUE(added) << added.error().line();
  }
  [[nodiscard]] HistoryResult read() const {
    auto result = history(options_);
    EXPECT_TRUE(result) << result.error().line();
    return result.value_or(HistoryResult{});
  }

  fs::path folder_;
  HistoryOptions options_;
};

TEST_F(History, GivesBackWhatWasSavedByValueThenHost) {
  add({host("b", 30, minutes(2)), host("a", 10, minutes(2))});
  add({host("a", 20, minutes(1))});
  options_.values = {"cpu", "load"};
  const auto result = read();
  ASSERT_EQ(result.series.size(), 4U);
  EXPECT_EQ(result.series[0].host, "a");
  EXPECT_STREQ(result.series[0].value->name, "cpu");
  ASSERT_EQ(result.series[0].points.size(), 2U);
  EXPECT_EQ(result.series[0].points[0].value, 10);
  EXPECT_EQ(result.series[0].min, 10);
  EXPECT_EQ(result.series[0].mean, 15);
  EXPECT_EQ(result.series[0].max, 20);
  EXPECT_EQ(result.series[1].host, "b");
  EXPECT_STREQ(result.series[2].value->name, "load");
}

TEST_F(History, LeavesOutHostsThatDidNotAnswerAndWhatTheyDoNotTell) {
  auto lost = host("lost", 0, minutes(1));
  lost.outcome.status = fleet::Status::unreachable;
  add({lost, host("a", 1, minutes(1))});
  options_.values = {"cpu", "temperature"};
  const auto result = read();
  ASSERT_EQ(result.series.size(), 1U);
  EXPECT_EQ(result.series[0].host, "a");
}

TEST_F(History, IsCutBySinceAndByHost) {
  add({host("a", 1, hours(30)), host("a", 2, hours(2)), host("b", 3, hours(2))});
  options_.values = {"cpu"};
  EXPECT_EQ(read().series[0].points.size(), 1U);
  options_.since = hours(48);
  options_.hosts = {"a"};
  const auto result = read();
  ASSERT_EQ(result.series.size(), 1U);
  EXPECT_EQ(result.series[0].points.size(), 2U);
}

TEST_F(History, KeepDeletesWhatIsOlder) {
  add({host("old", 1, hours(80)), host("a", 1, hours(50)), host("a", 2, hours(1))});
  options_.keep = hours(24);
  options_.since = hours(1000);
  options_.values = {"cpu"};
  const auto result = read();
  EXPECT_EQ(result.deleted, 2 * 2) << "cpu and load of two samples";
  ASSERT_EQ(result.series.size(), 1U);
  EXPECT_EQ(result.series[0].points.size(), 1U);
  options_.hosts = {"old"};
  EXPECT_FALSE(history(options_)) << "a host without samples is forgotten";
}

TEST_F(History, WrongNamesSayWhatIsThere) {
  add({host("pi-1", 1, minutes(1))});
  options_.hosts = {"pi-2"};
  const auto wrong_host = history(options_);
  ASSERT_FALSE(wrong_host);
  EXPECT_EQ(wrong_host.error().message, options_.file.string() + " has no samples of 'pi-2'; did you mean 'pi-1'?");
  options_.values = {"cpuu"};
  const auto wrong_value = history(options_);
  ASSERT_FALSE(wrong_value);
  EXPECT_EQ(wrong_value.error().code, ErrorCode::usage);
}

TEST_F(History, AMissingDamagedOrForeignFileIsOneLine) {
  const auto missing = history(options_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::usage);
  EXPECT_EQ(missing.error().message, "there is no history at " + options_.file.string() +
                                         "; 'cef monitor PATTERN --save=" + options_.file.string() + "' begins one");
  EXPECT_FALSE(fs::exists(options_.file)) << "reading makes no file";
  std::ofstream(options_.file) << "not a database, but long enough to be taken for one by its size alone";
  for (const auto& error : {history(options_).error(), HistoryStore::create(options_.file).error()}) {
    EXPECT_EQ(error.code, ErrorCode::integrity) << error.line();
  }
}

TEST_F(History, ItsUsualPlaceFollowsXdg) {
  ::setenv("XDG_DATA_HOME", "/somewhere", 1);
  EXPECT_EQ(default_history_file(), "/somewhere/cef/history.db");
  ::unsetenv("XDG_DATA_HOME");
  ::setenv("HOME", "/home/me", 1);
  EXPECT_EQ(default_history_file(), "/home/me/.local/share/cef/history.db");
}

}  // namespace
}  // namespace cef::operation
