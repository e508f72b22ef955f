// Nodes that can be logged in to and cannot do what is asked of them.
#include "faults.hpp"

namespace cef::e2e {
namespace {

class FaultsNodeTest : public FaultsTest {
 protected:
  static std::string installed(const std::string& package, const std::string& node = "pi-1") {
    return on_node(node, "dpkg-query -W -f '${Version} ${db:Status-Abbrev}' " + package).out;
  }
};

TEST_F(FaultsNodeTest, PowerCutInMidDpkg) {
  ASSERT_EQ(daily({"apt", "update", "rpi"}).code, 0);
  will_be_broken("pi-1");
  const Outcome outcome = cut({"apt", "install", "rpi", "edge-slow", "--no-update", "--timeout", "10m", "--json"},
                              "pi-1", "pgrep -f edge-slow.postinst", fleet_script() + " stop pi-1");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  expect(outcome, "pi-1", "unreachable", {"the connection broke", "what apt had begun goes on"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(installed("edge-slow", "pi-2"), "1.1 ii ");
  ASSERT_EQ(fleet("start pi-1").code, 0);
  EXPECT_NE(installed("edge-slow"), "1.1 ii ");
  const std::vector<std::string> install = {"apt", "install", "pi-1", "edge-slow", "--no-update", "--json"};
  const Outcome refused = daily(install);
  if (refused.code != 0) {  // as dpkg was caught: apt ends what it can by itself
    EXPECT_EQ(refused.code, 2) << refused.out;
    expect(refused, "pi-1", "failed", {"dpkg was interrupted on this host earlier; run again with --repair"});
  }
  const Outcome repaired = daily({"apt", "install", "pi-1", "edge-slow", "--no-update", "--repair", "--json"});
  EXPECT_EQ(repaired.code, 0) << repaired.out << repaired.err;
  EXPECT_EQ(installed("edge-slow"), "1.1 ii ");
  EXPECT_EQ(on_node("pi-1", "dpkg --audit").out, "");
}

TEST_F(FaultsNodeTest, ClockInThePast) {
  break_node("clockpast");
  Outcome outcome = daily({"apt", "update", "rpi", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"is not valid yet", "The clock of this host is behind: cef time sync"});
  expect(outcome, "pi-2", "ok", {});
  outcome = daily({"time", "sync", "pi-1", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  outcome = daily({"apt", "update", "pi-1", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

TEST_F(FaultsNodeTest, PackageMissingInTheRepository) {
  break_node("repo404");
  const std::vector<std::string> install = {"apt", "install", "rpi", "edge-hello", "--json"};
  const Outcome outcome = daily(install);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"a mirror cannot be read: ", "edge-hello_1.1_all.deb", "404"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(installed("edge-hello"), "1.0 ii ");
  heal();
  const Outcome again = daily(install);
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(again.json()["summary"]["changed"], 1) << again.out;
  EXPECT_EQ(installed("edge-hello"), "1.1 ii ");
}

TEST_F(FaultsNodeTest, FailingPostinst) {
  break_node("brokenpostinst");
  const Outcome outcome = daily({"apt", "install", "rpi", "edge-broken", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"error processing package edge-broken"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(host(outcome.json(), "pi-1")["broken"], core::Json::array({"edge-broken"})) << outcome.out;
  EXPECT_EQ(installed("edge-broken"), "1.1 iF ");
  const Outcome repair = daily({"apt", "upgrade", "pi-1", "--repair", "--json"});
  EXPECT_EQ(repair.code, 2) << repair.out;  // it fails as long as the package is broken
  expect(repair, "pi-1", "failed", {"edge-broken"});
  heal();
  const Outcome again = daily({"apt", "install", "rpi", "edge-broken", "--json"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(installed("edge-broken"), "1.0 ii ");
}

TEST_F(FaultsNodeTest, LockHeld) {
  break_node("lock 60");
  const std::vector<std::string> install = {"apt", "install", "rpi", "edge-kernel", "--json"};
  std::vector<std::string> impatient = install;
  impatient.insert(impatient.end(), {"--lock-timeout", "1s"});
  const Outcome outcome = daily(impatient);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed",
         {"another package manager is at work", "unattended-upgr", "wait longer with --lock-timeout"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(installed("edge-kernel"), "");
  heal();
  EXPECT_EQ(daily(install).json()["summary"]["changed"], 1);
  EXPECT_EQ(installed("edge-kernel").substr(4), "ii ");
}

TEST_F(FaultsNodeTest, DockerDown) {
  const Outcome ready = daily({"docker", "install", "pi-1", "--json"});
  ASSERT_EQ(ready.code, 0) << ready.out << ready.err;
  break_node("dockerdown");
  for (const char* command : {"status", "ps"}) {
    const Outcome outcome = daily({"docker", command, "rpi", "--json"});
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    expect(outcome, "pi-1", "failed", {"the docker daemon does not run; 'cef service start PATTERN docker' starts it"});
  }
  EXPECT_EQ(daily({"service", "start", "pi-1", "docker"}).code, 0);
  EXPECT_EQ(daily({"docker", "ps", "pi-1", "--json"}).code, 0);
}

TEST_F(FaultsNodeTest, BrokenNvidiaSmi) {
  const Outcome outcome = daily({"monitor", "gpu", "gpu", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "gpu-1")["gpu"]["state"], "ok") << outcome.out;
  const auto broken = host(outcome.json(), "gpu-2");
  EXPECT_EQ(broken["status"], "ok");
  EXPECT_EQ(broken["gpu"]["state"], "broken") << outcome.out;
  EXPECT_NE(broken["gpu"]["note"].get<std::string>().find("Failed to initialize NVML: Driver/library version mismatch"),
            std::string::npos)
      << outcome.out;
}

}  // namespace
}  // namespace cef::e2e
