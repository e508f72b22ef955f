#include "cef/task/service.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

std::string unit(const std::string& id, const std::string& active, const std::string& sub,
                 const std::string& load = "loaded", const std::string& enabled = "enabled") {
  return "MainPID=" + std::string(active == "active" ? "812" : "0") + "\nId=" + id + "\nLoadState=" + load +
         "\nActiveState=" + active + "\nSubState=" + sub + "\nUnitFileState=" + enabled +
         "\nStateChangeTimestamp=Tue 2026-03-31 08:00:01 UTC\n";
}
const std::string k_up = unit("ssh.service", "active", "running");
const std::string k_down = unit("ssh.service", "inactive", "dead");

class Service : public testing::Test {
 protected:
  core::Result<void> service_it(Scripted& systemd, ServiceAction action, const std::vector<std::string>& units,
                                bool check = false) {
    report_ = {};
    return service(Host(systemd, {}, std::chrono::seconds(5), stop_), action, units, check, report_);
  }
  const core::StopToken stop_;
  ServiceReport report_;
};

TEST(Units, AreBlocksOfWhatSystemctlShows) {
  const auto units =
      parse_units("\n" + k_up + "\n\n" + unit("getty@tty1.service", "activating", "auto-restart", "loaded", "") + "\n" +
                  unit("nosuch.service", "inactive", "dead", "not-found", "") + "Odd=a=b\nnoise\n");
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units[0].name, "ssh.service");
  EXPECT_EQ(units[0].load, "loaded");
  EXPECT_EQ(units[0].active, "active");
  EXPECT_EQ(units[0].sub, "running");
  EXPECT_EQ(units[0].enabled, "enabled");
  EXPECT_EQ(units[0].main_pid, 812U);
  EXPECT_EQ(units[0].since, "2026-03-31T08:00:01Z");
  EXPECT_EQ(units[1].name, "getty@tty1.service");
  EXPECT_EQ(units[1].active, "activating");
  EXPECT_EQ(units[1].enabled, "");
  EXPECT_EQ(units[2].load, "not-found");
  EXPECT_EQ(units[2].main_pid, 0U);
  EXPECT_TRUE(parse_units("").empty());
}

TEST_F(Service, StatusOfWhatRunsIsWell) {
  Scripted systemd({answer(0, k_up)});
  ASSERT_TRUE(service_it(systemd, ServiceAction::status, {"ssh"}));
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(report_.units.at(0).main_pid, 812U);
  EXPECT_EQ(systemd.asked.size(), 1U);
}

TEST_F(Service, StatusOfWhatDoesNotRunIsAFailure) {
  Scripted systemd({answer(0, k_down)});
  const auto down = service_it(systemd, ServiceAction::status, {"ssh"});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, ErrorCode::host_failed);
  EXPECT_EQ(down.error().message, "ssh.service is inactive (dead)");
  EXPECT_EQ(report_.units.size(), 1U);
}

TEST_F(Service, AnUnknownUnitIsNotTouched) {
  Scripted systemd({answer(0, k_down + "\n" + unit("nosuch.service", "inactive", "dead", "not-found", ""))});
  const auto unknown = service_it(systemd, ServiceAction::restart, {"ssh", "nosuch"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "nosuch.service: there is no such service");
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(systemd.asked.size(), 1U);
  Scripted masked({answer(0, unit("x.service", "inactive", "dead", "masked", "masked"))});
  EXPECT_EQ(service_it(masked, ServiceAction::start, {"x"}).error().message, "x.service is masked");
}

TEST_F(Service, StartStartsOnlyWhatDoesNotRun) {
  const std::string other = unit("cron.service", "active", "running");
  Scripted systemd({answer(0, k_down + "\n" + other)});
  systemd.add(as_root(answer(0, "")));
  systemd.add([&](const auto&) { return answer(0, k_up + "\n" + other); });
  ASSERT_TRUE(service_it(systemd, ServiceAction::start, {"ssh", "cron"}));
  EXPECT_TRUE(report_.changed);
  EXPECT_NE(systemd.asked.at(1).command.find("systemctl start -- ssh.service"), std::string::npos);
  EXPECT_EQ(systemd.asked.at(1).command.find("cron"), std::string::npos);
  Scripted again({answer(0, k_up)});
  ASSERT_TRUE(service_it(again, ServiceAction::start, {"ssh"}));
  EXPECT_FALSE(report_.changed);
}

TEST_F(Service, EachActionKnowsWhenThereIsNothingToDo) {
  for (const auto& [action, is] :
       {std::pair{ServiceAction::stop, k_down},
        {ServiceAction::enable, k_up},
        {ServiceAction::disable, unit("ssh.service", "active", "running", "loaded", "disabled")}}) {
    Scripted systemd({answer(0, is)});
    EXPECT_TRUE(service_it(systemd, action, {"ssh"})) << to_string(action);
    EXPECT_FALSE(report_.changed) << to_string(action);
    EXPECT_EQ(systemd.asked.size(), 1U);
  }
  for (const auto& [action, is] :
       {std::pair{ServiceAction::stop, k_up},
        {ServiceAction::restart, k_up},
        {ServiceAction::enable, unit("a.service", "active", "running", "loaded", "disabled")},
        {ServiceAction::disable, k_up}}) {
    Scripted systemd({answer(0, is)});
    EXPECT_TRUE(service_it(systemd, action, {"ssh"}, true)) << to_string(action);
    EXPECT_TRUE(report_.changed) << to_string(action);
    EXPECT_EQ(systemd.asked.size(), 1U) << "a check changes nothing";
  }
}

TEST_F(Service, ARestartThatFailsTellsTheJournal) {
  Scripted systemd({answer(0, k_up)});
  systemd.add(as_root(answer(1, "", "Job for ssh.service failed.\n")));
  systemd.add([](const auto&) { return answer(0, unit("ssh.service", "failed", "failed")); });
  systemd.add(as_root(answer(0, "starting\nport 22 is taken\n\n")));
  const auto failed = service_it(systemd, ServiceAction::restart, {"ssh"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "ssh.service is failed (failed); its journal ends with: port 22 is taken");
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.units.at(0).last_logs, "starting\nport 22 is taken\n\n");
}

TEST_F(Service, WhatSystemctlRefusesIsSaid) {
  Scripted systemd({answer(0, k_up)});
  systemd.add(as_root(answer(1, "", "Failed to stop ssh.service: Access denied\n")));
  systemd.add([](const auto&) { return answer(0, k_up); });
  const auto refused = service_it(systemd, ServiceAction::stop, {"ssh"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "systemctl stop failed (exit status 1): Failed to stop ssh.service: Access denied");
}

TEST_F(Service, AHostWithoutSystemdIsTold) {
  Scripted systemd({answer(3, "", "this host does not run systemd\n")});
  EXPECT_EQ(service_it(systemd, ServiceAction::status, {"ssh"}).error().message,
            "asking systemd failed (exit status 3): this host does not run systemd");
  Scripted odd({answer(0, "")});
  EXPECT_EQ(service_it(odd, ServiceAction::status, {"ssh"}).error().message, "systemd told of 0 units, asked for 1");
}

TEST_F(Service, NamesThatCouldBeOptionsAreNotAsked) {
  for (const char* bad : {"", "-H", "a b", "a;b", "a/b", "a\nb"}) {
    Scripted systemd;
    const auto refused = service_it(systemd, ServiceAction::status, {"ssh", bad});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::usage) << bad;
    EXPECT_TRUE(systemd.asked.empty());
  }
}

}  // namespace
}  // namespace cef::task
