// cef time against nodes whose clocks are wrong, a real NTP server at 10.99.0.1, and what nodes have to follow it.
#include <cstdint>
#include <cstdlib>

#include <gmock/gmock.h>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

using testing::HasSubstr;

constexpr std::int64_t k_second_us = 1'000'000;

class TimeTest : public Fleet {
 protected:
  void TearDown() override {
    if (is_up()) {
      fleet("ntp on");
      for (const char* name : {"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
        fleet(std::string("clock ") + name + " 0");
      }
    }
  }
  static void set_clock(const std::string& node, const std::string& seconds) {
    ASSERT_EQ(fleet("clock " + node + " " + seconds).code, 0);
  }
  /// How far the node's clock is ahead of the time, as its disk knows it: no program of the node is asked.
  static std::int64_t ahead_us(const std::string& node) {
    return std::atoll(on_node(node, "od -An -t d8 -N 8 /var/lib/fleet/clock").out.c_str()) / 1000;
  }
  static core::Json status(const std::string& pattern, const std::vector<std::string>& more = {}) {
    return run("status", pattern, more, 0).json();
  }
  static Outcome run(const std::string& what, const std::string& pattern, const std::vector<std::string>& more,
                     int code) {
    std::vector<std::string> arguments = {"time", what, pattern, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Outcome outcome = daily(arguments);
    EXPECT_EQ(outcome.code, code) << outcome.out << outcome.err;
    return outcome;
  }
  /// Within the bound that the answer itself gives, and what the clock drifted since.
  static void expect_offset(const core::Json& measured, std::int64_t wanted_us) {
    ASSERT_TRUE(measured.is_object()) << measured;
    ASSERT_TRUE(measured["offset_us"].is_number_integer()) << measured;
    constexpr std::int64_t k_drift_us = 20'000;
    EXPECT_LE(std::llabs(measured["offset_us"].get<std::int64_t>() - wanted_us),
              measured["uncertainty_us"].get<std::int64_t>() + k_drift_us)
        << measured << " is not " << wanted_us;
  }
};

constexpr const char* k_no_program = "it has no program that sets the clock; --install-chrony installs chrony";

TEST_F(TimeTest, StatusMeasuresEachClockAgainstItsServerAndThisMachine) {
  set_clock("pi-1", "-7.25");
  set_clock("pi-2", "3600");
  set_clock("gpu-2", "0.5");
  ASSERT_EQ(on_node("pi-2", "timedatectl set-timezone Asia/Seoul").code, 0);
  ASSERT_EQ(on_node("gpu-1", "chronyc waitsync 40 0 0 0.25").code, 0) << "it was just started";
  const auto document = status("all");
  on_node("pi-2", "timedatectl set-timezone Etc/UTC");
  const auto pi = host(document, "pi-1");
  EXPECT_EQ(pi["service"], (core::Json{{"name", "systemd-timesyncd"}, {"running", true}}));
  EXPECT_EQ(pi["servers"], (core::Json::array({{{"name", "10.99.0.1"}, {"selected", true}}})));
  EXPECT_EQ(pi["ntp"]["server"], "10.99.0.1");
  EXPECT_EQ(pi["ntp"]["stratum"], 10);
  EXPECT_EQ(pi["ntp"]["means"], "perl");
  expect_offset(pi["ntp"], 7'250'000);
  expect_offset(pi["control"], 7'250'000);
  EXPECT_EQ(pi["time_zone"], "Etc/UTC");
  const auto zoned = host(document, "pi-2");
  EXPECT_EQ(zoned["time_zone"], "Asia/Seoul");
  expect_offset(zoned["ntp"], -3600 * k_second_us);
  const auto chrony = host(document, "gpu-1");
  EXPECT_EQ(chrony["service"]["name"], "chrony");
  EXPECT_EQ(chrony["synchronised"], true);
  expect_offset(chrony["ntp"], 0);
  const auto none = host(document, "gpu-2");
  EXPECT_EQ(none["service"]["name"], "none");
  EXPECT_TRUE(none["ntp"].is_null()) << "it has no server of its own";
  expect_offset(none["control"], -500'000);
  const auto clocks = document["clocks"];
  EXPECT_EQ(clocks["hosts"], 4);
  EXPECT_EQ(clocks["most_behind"], "pi-1");
  EXPECT_EQ(clocks["most_ahead"], "pi-2");
  EXPECT_NEAR(clocks["spread_us"].get<double>(), 3607.25e6, clocks["uncertainty_us"].get<double>() + 20e3);
}

TEST_F(TimeTest, StatusAsksAnyServerWithoutRootAndChangesNothing) {
  set_clock("gpu-2", "-2");
  const auto node = host(status("gpu-2", {"--server", "10.99.0.1"}), "gpu-2");
  EXPECT_EQ(node["ntp"]["means"], "perl");
  expect_offset(node["ntp"], 2 * k_second_us);
  EXPECT_EQ(ahead_us("gpu-2"), -2 * k_second_us);
  const Outcome text = daily({"time", "status", "rpi"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, HasSubstr("the clocks of 2 hosts are within "));
}

TEST_F(TimeTest, SyncStepsClocksAndTheSecondRunChangesNothing) {
  set_clock("pi-1", "-7.25");
  set_clock("pi-2", "0.2");  // less than systemd-timesyncd would step
  set_clock("gpu-1", "86400");
  const auto planned = run("sync", "rpi:gpu-1", {"--check"}, 0).json();
  EXPECT_EQ(planned["summary"]["changed"], 3);
  EXPECT_TRUE(host(planned, "pi-1")["after"].is_null());
  EXPECT_EQ(ahead_us("pi-1"), -7'250'000) << "--check set the clock";
  const auto done = run("sync", "rpi:gpu-1", {}, 0).json();
  EXPECT_EQ(done["summary"]["changed"], 3);
  expect_offset(host(done, "pi-1")["before"], 7'250'000);
  expect_offset(host(done, "pi-2")["before"], -200'000);
  for (const char* name : {"pi-1", "pi-2", "gpu-1"}) {
    const auto node = host(done, name);
    EXPECT_FALSE(node["actions"].empty()) << name;
    EXPECT_LE(std::llabs(node["after"]["offset_us"].get<std::int64_t>()),
              std::max<std::int64_t>(1000, node["after"]["uncertainty_us"].get<std::int64_t>()))
        << node;
    EXPECT_LE(std::llabs(ahead_us(name)), 20'000) << name;
  }
  EXPECT_THAT(host(done, "gpu-1")["actions"][0].get<std::string>(), HasSubstr("chronyc makestep"));
  const auto again = run("sync", "rpi:gpu-1", {}, 0).json();
  EXPECT_EQ(again["summary"]["changed"], 0) << again;
  EXPECT_EQ(host(again, "pi-1")["actions"], core::Json::array());
}

TEST_F(TimeTest, AnOffsetWithinTheToleranceIsLeftAlone) {
  set_clock("pi-1", "0.3");
  EXPECT_EQ(run("sync", "pi-1", {"--tolerance", "500ms"}, 0).json()["summary"]["changed"], 0);
  EXPECT_EQ(ahead_us("pi-1"), 300'000);
}

TEST_F(TimeTest, ANodeWithNothingThatSetsItsClockGetsChronyOnlyWhenTold) {
  set_clock("gpu-2", "-315360000");  // apt takes no lists that are newer than now
  const auto refused = host(run("sync", "gpu-2", {"--server", "10.99.0.1"}, 2).json(), "gpu-2");
  EXPECT_EQ(refused["error"]["message"], k_no_program);
  EXPECT_EQ(refused["changed"], false);
  const std::vector<std::string> wanted = {"--server", "10.99.0.1", "--install-chrony"};
  auto checked = wanted;
  checked.emplace_back("--check");
  EXPECT_EQ(host(run("sync", "gpu-2", checked, 0).json(), "gpu-2")["actions"], core::Json::array({"install chrony"}));
  EXPECT_NE(on_node("gpu-2", "command -v chronyd").code, 0);
  EXPECT_EQ(ahead_us("gpu-2"), -315360000 * k_second_us);
  const auto done = host(run("sync", "gpu-2", wanted, 0).json(), "gpu-2");
  EXPECT_EQ(done["changed"], true);
  expect_offset(done["before"], 315360000 * k_second_us);
  EXPECT_LE(std::llabs(ahead_us("gpu-2")), 20'000);
  EXPECT_EQ(on_node("gpu-2", "systemctl is-active chrony && systemctl is-enabled chrony").out, "active\nenabled\n");
  const auto again = run("sync", "gpu-2", wanted, 0).json();
  EXPECT_EQ(again["summary"]["changed"], 0) << again;
  EXPECT_EQ(host(status("gpu-2"), "gpu-2")["ntp"]["server"], "10.99.0.1") << "the server stays";
  ASSERT_EQ(fleet("fresh gpu-2").code, 0);
}

TEST_F(TimeTest, AServerThatIsGivenBecomesTheNodesOwn) {
  const std::string drop_in = "/etc/systemd/timesyncd.conf.d/cef.conf";
  on_node("pi-2", "rm /etc/systemd/timesyncd.conf.d/fleet.conf; systemctl restart systemd-timesyncd");
  const auto first = host(run("sync", "pi-2", {"--server", "10.99.0.1"}, 0).json(), "pi-2");
  EXPECT_EQ(first["changed"], true);
  EXPECT_EQ(first["actions"][0], "write " + drop_in + " with NTP=10.99.0.1");
  const std::string made = on_node("pi-2", "stat -c '%i %a' " + drop_in + "; grep ^NTP= " + drop_in).out;
  EXPECT_THAT(made, HasSubstr(" 644\nNTP=\nNTP=10.99.0.1\n"));
  EXPECT_EQ(run("sync", "pi-2", {"--server", "10.99.0.1"}, 0).json()["summary"]["changed"], 0);
  EXPECT_EQ(on_node("pi-2", "stat -c '%i %a' " + drop_in + "; grep ^NTP= " + drop_in).out, made);
  EXPECT_EQ(host(status("pi-2"), "pi-2")["ntp"]["server"], "10.99.0.1");
  ASSERT_EQ(fleet("fresh pi-2").code, 0);
}

TEST_F(TimeTest, AServiceThatIsStoppedIsStartedForGood) {
  on_node("pi-1", "systemctl disable --now systemd-timesyncd");
  set_clock("pi-1", "-30");
  const auto off = host(status("pi-1"), "pi-1");
  EXPECT_EQ(off["service"], (core::Json{{"name", "systemd-timesyncd"}, {"running", false}}));
  expect_offset(off["ntp"], 30 * k_second_us);
  EXPECT_EQ(run("sync", "pi-1", {}, 0).json()["summary"]["changed"], 1);
  EXPECT_EQ(on_node("pi-1", "systemctl is-active systemd-timesyncd; systemctl is-enabled systemd-timesyncd").out,
            "active\nenabled\n");
}

TEST_F(TimeTest, AServerThatDoesNotAnswerFailsTheHostAndChangesNothing) {
  set_clock("pi-1", "-5");
  const auto silent = host(run("sync", "pi-1", {"--server", "10.99.0.77"}, 2).json(), "pi-1");
  EXPECT_EQ(silent["error"]["message"], "no time server answers: 10.99.0.77: no answer");
  EXPECT_EQ(silent["changed"], false);
  EXPECT_EQ(ahead_us("pi-1"), -5 * k_second_us);
  EXPECT_NE(on_node("pi-1", "test -e /etc/systemd/timesyncd.conf.d/cef.conf").code, 0);
  ASSERT_EQ(fleet("ntp off").code, 0);
  const Outcome outcome = run("status", "rpi:gpu-1", {}, 2);
  for (const char* name : {"pi-1", "pi-2", "gpu-1"}) {
    const auto node = host(outcome.json(), name);
    EXPECT_EQ(node["status"], "failed") << name;
    EXPECT_THAT(node["error"]["message"].get<std::string>(), HasSubstr("no time server answers: 10.99.0.1: ")) << name;
    EXPECT_TRUE(node["control"].is_object()) << "what is known without the server is still told";
  }
  EXPECT_EQ(outcome.json()["clocks"]["most_behind"], "pi-1");
}

TEST_F(TimeTest, WrongUse) {
  EXPECT_EQ(daily({"time", "sync", "all", "--tolerance", "soon"}).code, 5);
  const Outcome bad = daily({"time", "status", "all", "--server", "-oProxyCommand=x"});
  EXPECT_EQ(bad.code, 5);
  EXPECT_THAT(bad.err, HasSubstr("is not a host name or address"));
  EXPECT_EQ(daily({"time", "status", "nosuchhost"}).code, 5);
}

}  // namespace
}  // namespace cef::e2e
