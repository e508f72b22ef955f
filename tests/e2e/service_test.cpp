// Services under a real systemd, and real reboots.
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

class ServiceTest : public Fleet {};

TEST_F(ServiceTest, StatusTellsWhatSystemdSays) {
  Outcome outcome = daily({"service", "status", "all", "ssh", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto unit = host(outcome.json(), "gpu-1")["units"][0];
  EXPECT_EQ(unit["name"], "ssh.service");
  EXPECT_EQ(unit["active"], "active");
  EXPECT_EQ(unit["enabled"], "enabled");
  outcome = daily({"service", "status", "pi-1", "nosuch", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(host(outcome.json(), "pi-1")["error"]["message"], "nosuch.service: there is no such service");
}

TEST_F(ServiceTest, StopsStartsRestartsAndIsIdempotent) {
  EXPECT_EQ(daily({"service", "stop", "rpi", "systemd-timesyncd", "--json"}).json()["summary"]["changed"], 2);
  EXPECT_EQ(daily({"service", "stop", "rpi", "systemd-timesyncd", "--json"}).json()["summary"]["changed"], 0);
  EXPECT_EQ(daily({"service", "status", "rpi", "systemd-timesyncd"}).code, 2);
  EXPECT_EQ(daily({"service", "start", "rpi", "systemd-timesyncd", "--check", "--json"}).json()["summary"]["changed"],
            2);
  EXPECT_EQ(on_node("pi-1", "systemctl is-active systemd-timesyncd").code, 3);
  EXPECT_EQ(daily({"service", "start", "rpi", "systemd-timesyncd", "--json"}).json()["summary"]["changed"], 2);
  const Outcome restart = daily({"service", "restart", "rpi", "systemd-timesyncd", "--json"});
  EXPECT_EQ(restart.code, 0) << restart.out;
  EXPECT_EQ(restart.json()["summary"]["changed"], 2);
}

TEST_F(ServiceTest, AServiceThatFailsSaysWhatItSaid) {
  on_node("gpu-1",
          "printf '[Service]\\nExecStart=/bin/sh -c \"echo no model found; exit 3\"\\nType=exec\\n' "
          ">/etc/systemd/system/inference.service; systemctl daemon-reload");
  const Outcome outcome = daily({"service", "restart", "gpu-1", "inference", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.out;
}

TEST_F(ServiceTest, RebootWaitsForTheNewBoot) {
  const std::string before = on_node("pi-2", "cat /proc/sys/kernel/random/boot_id").out;
  EXPECT_EQ(daily({"reboot", "pi-2", "--check", "--json"}).json()["summary"]["changed"], 1);
  EXPECT_EQ(on_node("pi-2", "cat /proc/sys/kernel/random/boot_id").out, before);
  const Outcome outcome = daily({"reboot", "pi-2", "gpu-2", "--json"});
  EXPECT_EQ(outcome.code, 5);  // one pattern
  const Outcome done = daily({"reboot", "pi-2:gpu-2", "--json"});
  ASSERT_EQ(done.code, 0) << done.out << done.err;
  for (const char* name : {"pi-2", "gpu-2"}) {
    const auto node = host(done.json(), name);
    EXPECT_NE(node["boot_id_before"], node["boot_id_after"]);
  }
  EXPECT_EQ(host(done.json(), "pi-2")["boot_id_before"].get<std::string>() + "\n", before);
}

TEST_F(ServiceTest, AHostThatDoesNotComeBackIsATimeout) {
  on_node("gpu-1", "systemctl disable ssh.service ssh.socket");
  const Outcome outcome = daily({"reboot", "gpu-1", "--wait", "8s", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(host(outcome.json(), "gpu-1")["error"]["code"], "timeout") << outcome.out;
  on_node("gpu-1", "systemctl enable --now ssh.service");
}

}  // namespace
}  // namespace cef::e2e
