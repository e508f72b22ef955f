// Real apt and dpkg on the nodes, against the fleet's own repository.
#include <thread>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

class AptTest : public Fleet {
 protected:
  void TearDown() override {
    if (is_up()) {
      fleet("fault pi-1 heal");
    }
  }
  static core::Json package(const core::Json& host, const std::string& name) {
    for (const auto& entry : host["packages"]) {
      if (entry["name"] == name) {
        return entry;
      }
    }
    return nullptr;
  }
  static std::string installed(const std::string& node, const std::string& package) {
    return on_node(node, "dpkg-query -W -f '${Version} ${db:Status-Abbrev}' " + package).out;
  }
  static std::string message(const core::Json& host) { return host["error"]["message"]; }
};

TEST_F(AptTest, ListsUpgradesInstallsAndIsIdempotent) {
  Outcome outcome = daily({"apt", "update", "rpi", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "pi-1")["changed"], true);
  EXPECT_EQ(daily({"apt", "update", "rpi", "--json"}).json()["summary"]["changed"], 0);

  outcome = daily({"apt", "list", "pi-2", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  auto pi = host(outcome.json(), "pi-2");
  EXPECT_EQ(package(pi, "edge-hello")["from"], "1.0") << outcome.out;
  EXPECT_EQ(package(pi, "edge-hello")["to"], "1.1");
  EXPECT_EQ(pi["held_back"], core::Json::array({"edge-held"}));
  EXPECT_EQ(pi["changed"], false);

  outcome = daily({"apt", "install", "pi-2", "edge-hello", "--check", "--json"});
  EXPECT_EQ(host(outcome.json(), "pi-2")["changed"], true) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["summary"]["check"], true);
  EXPECT_EQ(installed("pi-2", "edge-hello"), "1.0 ii ");

  outcome = daily({"apt", "install", "pi-2", "edge-hello", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  pi = host(outcome.json(), "pi-2");
  EXPECT_EQ(pi["packages"], core::Json::parse(R"([{"name":"edge-hello","from":"1.0","to":"1.1"}])"));
  EXPECT_EQ(installed("pi-2", "edge-hello"), "1.1 ii ");
  outcome = daily({"apt", "install", "pi-2", "edge-hello", "--json"});
  EXPECT_EQ(outcome.json()["summary"]["changed"], 0) << outcome.out;
}

TEST_F(AptTest, SudoWithAPasswordAndAPackageThatIsNew) {
  const Outcome outcome = daily({"apt", "install", "gpu-1", "edge-hello=1.0", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto entry = package(host(outcome.json(), "gpu-1"), "edge-hello");
  EXPECT_EQ(entry["from"], nullptr);
  EXPECT_EQ(entry["to"], "1.0");
}

TEST_F(AptTest, AnUnknownPackageIsSaid) {
  const Outcome outcome = daily({"apt", "install", "pi-1", "edge-helo", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(message(host(outcome.json(), "pi-1")), "Unable to locate package edge-helo");
  EXPECT_EQ(daily({"apt", "install", "pi-1", "bad;name"}).code, 5);
}

TEST_F(AptTest, AMirrorThatIsOffIsAFailure) {
  fleet("mirror off");
  const Outcome outcome = daily({"apt", "upgrade", "pi-1", "--json"});
  fleet("mirror on");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(message(host(outcome.json(), "pi-1")).find("a mirror cannot be read"), std::string::npos) << outcome.out;
}

TEST_F(AptTest, WaitsForTheLock) {
  ASSERT_EQ(fleet("fault pi-1 lock 6").code, 0);
  Outcome outcome = daily({"apt", "install", "pi-1", "edge-hello", "--lock-timeout", "1s", "--no-update", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.out;
  EXPECT_NE(message(host(outcome.json(), "pi-1")).find("another package manager is at work"), std::string::npos)
      << outcome.out;
  EXPECT_EQ(installed("pi-1", "edge-hello"), "1.0 ii ");
  outcome = daily({"apt", "install", "pi-1", "edge-hello", "--no-update", "--lock-timeout", "60s"});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
}

TEST_F(AptTest, AFailingPackageThenRepair) {
  ASSERT_EQ(fleet("fault pi-1 brokenpostinst").code, 0);
  Outcome outcome = daily({"apt", "upgrade", "pi-1", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.out;
  auto pi = host(outcome.json(), "pi-1");
  EXPECT_NE(message(pi).find("error processing package edge-broken"), std::string::npos) << outcome.out;
  EXPECT_EQ(pi["broken"], core::Json::array({"edge-broken"})) << outcome.out;
  EXPECT_EQ(package(pi, "edge-broken")["to"], "1.1");
}

TEST_F(AptTest, ABrokenConnectionDoesNotBreakDpkgAndRepairEndsAnInterruptedOne) {
  ASSERT_EQ(daily({"apt", "update", "pi-1"}).code, 0);
  // edge-slow's postinst sleeps: cef is killed while dpkg is at work.
  daily({"apt", "install", "pi-1", "edge-slow", "--no-update", "--timeout", "2s"});
  for (int i = 0; i < 60 && installed("pi-1", "edge-slow") != "1.1 ii "; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
  EXPECT_EQ(installed("pi-1", "edge-slow"), "1.1 ii ");
}

TEST_F(AptTest, ARollOutStopsAtTheThreshold) {
  fleet("mirror off");
  const Outcome outcome = daily({"apt", "upgrade", "all", "--batch", "1", "--max-fail", "1", "--json"});
  fleet("mirror on");
  EXPECT_EQ(outcome.code, 8);
  const auto summary = outcome.json()["summary"];
  EXPECT_EQ(summary["failed"], 1) << outcome.out;  // the whole first batch failed
  EXPECT_EQ(summary["skipped"], 3);
  EXPECT_EQ(summary["stopped_by_threshold"], true);
}

TEST_F(AptTest, RebootsWhatNeedsIt) {
  const Outcome outcome = daily({"apt", "install", "gpu", "edge-kernel", "--reboot", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto node = host(outcome.json(), "gpu-2");
  EXPECT_EQ(node["rebooted"], true);
  EXPECT_EQ(node["reboot_required"], false);
  EXPECT_FALSE(node["reboot_packages"].empty());
  EXPECT_EQ(on_node("gpu-2", "test -e /run/reboot-required").code, 1);
}

}  // namespace
}  // namespace cef::e2e
