#include "cef/report/time.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace cef::report {
namespace {

operation::TimeStatusHost status_host(const std::string& name, std::int64_t offset_us) {
  operation::TimeStatusHost host;
  host.outcome.host = name;
  host.outcome.status = fleet::Status::ok;
  host.report.clock.service = probe::TimeService::timesyncd;
  host.report.clock.running = true;
  host.report.clock.time_zone = "Etc/UTC";
  host.report.clock.synchronised = true;
  host.report.clock.servers = {{"10.0.0.1", true}};
  host.report.measurement = {"10.0.0.1", offset_us, 40, 2, "perl"};
  host.report.control = task::ClockDifference{offset_us + 5, 100};
  return host;
}

operation::FleetResult<operation::TimeStatusHost> fleet_of(std::vector<operation::TimeStatusHost> hosts) {
  operation::FleetResult<operation::TimeStatusHost> result;
  result.hosts = std::move(hosts);
  return result;
}

TEST(TimeReport, OffsetsAreSaidInWords) {
  EXPECT_EQ(task::offset_text(0), "right");
  EXPECT_EQ(task::offset_text(12), "12 µs behind");
  EXPECT_EQ(task::offset_text(-999), "999 µs ahead");
  EXPECT_EQ(task::offset_text(-68'902), "68.90 ms ahead");
  EXPECT_EQ(task::offset_text(7'249'995), "7.250 s behind");
  EXPECT_EQ(task::offset_text(4'000'000'000), "1h 06m behind");
}

TEST(TimeReport, KeysOfBothCommands) {
  operation::TimeSyncHost sync;
  sync.outcome.host = "pi-1";
  sync.outcome.status = fleet::Status::ok;
  sync.report.changed = true;
  sync.report.before = status_host("pi-1", 7'250'000).report;
  sync.report.after = {"10.0.0.1", -3, 40, 2, "perl"};
  sync.report.actions = {"restart systemd-timesyncd"};
  const auto pi = status_host("pi-1", 7'250'000);
  const core::Json all = {
      {"status", host_json(pi)}, {"clocks", clocks_json(fleet_of({pi}))}, {"sync", host_json(sync)}};
  const std::string path = std::string(CEF_SOURCE_DIR) + "/tests/golden/time.json";
  const std::string actual = core::dump_document(all) + "\n";
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
  }
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), actual) << "keys are stable";
}

TEST(TimeReport, StatusInJson) {
  const auto json = host_json(status_host("pi-1", 7'250'000));
  EXPECT_EQ(json["service"], (core::Json{{"name", "systemd-timesyncd"}, {"running", true}}));
  EXPECT_EQ(json["ntp"]["offset_us"], 7'250'000);
  EXPECT_EQ(json["ntp"]["uncertainty_us"], 40);
  EXPECT_EQ(json["ntp"]["means"], "perl");
  EXPECT_EQ(json["control"]["offset_us"], 7'250'005);
  EXPECT_EQ(json["servers"][0]["selected"], true);
  operation::TimeStatusHost off;
  off.outcome.status = fleet::Status::unreachable;
  EXPECT_TRUE(host_json(off)["ntp"].is_null());
  EXPECT_TRUE(host_json(off)["service"].is_null());
}

TEST(TimeReport, TheSpreadIsBetweenTheOutermostClocks) {
  operation::TimeStatusHost off;
  off.outcome.host = "off";
  off.outcome.status = fleet::Status::unreachable;
  const auto result = fleet_of({status_host("a", 1000), off, status_host("b", -2000), status_host("c", 500)});
  EXPECT_EQ(
      clocks_json(result),
      (core::Json{
          {"hosts", 3}, {"spread_us", 3000}, {"uncertainty_us", 200}, {"most_behind", "a"}, {"most_ahead", "b"}}));
  EXPECT_TRUE(clocks_json(fleet_of({off})).is_null());
  EXPECT_EQ(clocks_json(fleet_of({status_host("a", 1000)}))["spread_us"], 0);
  const std::string text = time_text(result, {false, 200});
  EXPECT_NE(text.find("the clocks of 3 hosts are within 3.0 ms ± 200 µs of each other (most behind: a, most ahead: b)"),
            std::string::npos)
      << text;
}

TEST(TimeReport, SyncSaysWhatWasDone) {
  operation::TimeSyncHost host;
  host.outcome.host = "pi-1";
  host.outcome.status = fleet::Status::ok;
  host.report.changed = true;
  host.report.before = status_host("pi-1", 7'250'000).report;
  host.report.after = {"10.0.0.1", -3, 40, 2, "perl"};
  host.report.actions = {"restart systemd-timesyncd"};
  const auto json = host_json(host);
  EXPECT_EQ(json["changed"], true);
  EXPECT_EQ(json["before"]["offset_us"], 7'250'000);
  EXPECT_EQ(json["after"]["offset_us"], -3);
  EXPECT_EQ(json["actions"][0], "restart systemd-timesyncd");
  operation::FleetResult<operation::TimeSyncHost> result;
  result.hosts = {host};
  const std::string text = time_text(result, {false, 200});
  EXPECT_NE(text.find("7.250 s behind ± 40 µs"), std::string::npos) << text;
  EXPECT_NE(text.find("1 changed"), std::string::npos) << text;
}

}  // namespace
}  // namespace cef::report
