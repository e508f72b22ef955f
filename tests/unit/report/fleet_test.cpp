#include "cef/report/fleet.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using fleet::Status;

struct Report {
  bool changed = false;
};
using Host = operation::TaskHost<Report>;

Host changed(const std::string& name) {
  auto host = made<Host>(name);
  host.report.changed = true;
  return host;
}

TEST(Summary, CountsHostsAndChanges) {
  auto result = fleet_of<Host>({changed("a"), made<Host>("b"), made<Host>("c", failure("no")), gone<Host>("d")});
  EXPECT_EQ(summary_text(summarise(result), k_plain), "4 hosts: 2 ok, 1 changed, 1 failed, 1 unreachable in 2.5 s\n");
  EXPECT_EQ(summary_json(summarise(result)), (core::Json{{"hosts", 4},
                                                         {"ok", 2},
                                                         {"failed", 1},
                                                         {"unreachable", 1},
                                                         {"skipped", 0},
                                                         {"interrupted", false},
                                                         {"changed", 1},
                                                         {"check", false},
                                                         {"stopped_by_threshold", false}}));
  result = fleet_of<Host>({changed("a"), left_out<Host>("b")});
  result.check = result.interrupted = result.stopped_by_threshold = true;
  EXPECT_EQ(summary_text(summarise(result), k_plain),
            "2 hosts: 1 ok, 1 would change, 1 skipped in 2.5 s (interrupted) (stopped: too many hosts failed)\n");
  EXPECT_EQ(summary_text(summarise(fleet_of<Host>({made<Host>("a")})), k_plain), "1 host: 1 ok in 2.5 s\n");
}

TEST(Summary, OfACommandThatCannotChangeHasNoChanges) {
  const auto result = fleet_of<operation::PingHost>({made<operation::PingHost>("a")});
  EXPECT_FALSE(summary_json(summarise(result)).contains("changed"));
  EXPECT_FALSE(summary_json(summarise(result)).contains("check"));
}

TEST(TaskHostJson, HasNullsWhereAHostWasNotAsked) {
  for (const auto& [host, asked] : {std::pair{made<Host>("a"), true},
                                    {made<Host>("a", failure("no")), true},
                                    {gone<Host>("a"), false},
                                    {left_out<Host>("a"), false}}) {
    const auto json = task_host_json(host.outcome, {{"key", "value"}});
    EXPECT_EQ(json.at("key").is_null(), !asked) << fleet::to_string(host.outcome.status);
    EXPECT_EQ(json.at("error").is_null(), host.outcome.status == Status::ok);
    EXPECT_EQ(json.at("status"), fleet::to_string(host.outcome.status));
  }
}

TEST(ErrorText, IsOneLine) {
  EXPECT_EQ(error_text(made<Host>("a", failure("no\nb  ok\x1b[2J")).outcome), "no b  ok\\x1b[2J");
}

TEST(ChangeCell, SaysSoOfHostsThatAreWell) {
  EXPECT_EQ(change_cell(Status::ok, false, false).text, "ok");
  EXPECT_EQ(change_cell(Status::ok, true, false).text, "changed");
  EXPECT_EQ(change_cell(Status::ok, true, true).text, "would change");
  EXPECT_EQ(change_cell(Status::failed, true, false).text, "failed");
  EXPECT_EQ(change_cell(Status::skipped, true, true).text, "skipped");
}

TEST(ProgressText, NamesAFewAtWork) {
  EXPECT_EQ(progress_text({12, 50, 0, 0, {}}), "12/50 done");
  EXPECT_EQ(progress_text({12, 50, 2, 1, {"pi-1", "pi-2"}}),
            "12/50 done, 2 failed, 1 unreachable; at work: pi-1, pi-2");
}

}  // namespace
}  // namespace cef::report
