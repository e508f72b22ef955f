#include "cef/report/apt.hpp"

#include <gmock/gmock.h>

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::AptHost;
using testing::HasSubstr;
using testing::Not;

operation::FleetResult<AptHost> sample() {
  auto upgraded = made<AptHost>("pi-1");
  upgraded.report.changed = true;
  upgraded.report.packages = {{"bash", "5.2-1", "5.2-2"}, {"new", "", "1:1.0"}, {"old", "3", ""}};
  upgraded.report.held_back = {"docker-ce", "libc6:armhf"};
  upgraded.report.lists_age_seconds = 7'320;
  upgraded.report.reboot_required = true;
  upgraded.report.reboot_packages = {"linux-image-rpi-v8"};
  auto broken = made<AptHost>("pi-2", failure("dpkg: error processing package bad (--configure):"));
  broken.report.broken = {"bad"};
  broken.report.repaired = true;
  broken.report.changed = true;
  auto rebooted = made<AptHost>("pi-3");
  rebooted.report.changed = true;
  rebooted.report.rebooted = true;
  rebooted.report.lists_age_seconds = 0;
  return fleet_of<AptHost>({upgraded, broken, rebooted, gone<AptHost>("pi-4")});
}

TEST(AptReport, JsonIsTheGoldenFile) {
  expect_golden(fleet_json(sample(), "cef.apt/1", &host_json), "apt.json");
}

TEST(AptReport, TextNamesEveryChange) {
  EXPECT_EQ(apt_text(sample(), task::AptAction::upgrade, k_plain),
            R"(HOST  STATUS       PACKAGES  HELD BACK  LISTS READ  REBOOT  NOTE
pi-1  changed             3          2  2h 02m ago  needed
pi-2  failed              0          0           -  no      dpkg was repaired; dpkg: error processing package bad (--configure):
pi-3  changed             0          0         now  done
pi-4  unreachable         -          -           -  -       pi-4: connection refused
pi-1:
  bash 5.2-1 -> 5.2-2
  new 1:1.0 (new)
  old 3 (removed)
  held back: docker-ce libc6:armhf
  a reboot is asked for by: linux-image-rpi-v8
pi-2:
  half installed: bad
4 hosts: 2 ok, 3 changed, 1 failed, 1 unreachable in 2.5 s
)");
}

TEST(AptReport, ACheckSaysWhatWouldChange) {
  auto result = sample();
  result.check = true;
  const std::string text = apt_text(result, task::AptAction::upgrade, k_plain);
  EXPECT_THAT(text, HasSubstr("UPGRADABLE"));
  EXPECT_THAT(text, HasSubstr("would change"));
  EXPECT_THAT(apt_text(sample(), task::AptAction::list, k_plain), HasSubstr("UPGRADABLE"));
}

TEST(AptReport, ManyPackagesAreCutInTextAndWholeInJson) {
  auto host = made<AptHost>("pi-1");
  for (int i = 0; i < 23; ++i) {
    host.report.packages.push_back({"package-" + std::to_string(i), "1", "2"});
  }
  const std::string text = apt_text(fleet_of<AptHost>({host}), task::AptAction::upgrade, k_plain);
  EXPECT_THAT(text, HasSubstr("  package-19 1 -> 2\n  and 3 more; --json has them all\n"));
  EXPECT_THAT(text, Not(HasSubstr("package-20")));
  EXPECT_EQ(host_json(host).at("packages").size(), 23U);
}

TEST(AptReport, WhatAHostSaysCannotWriteToTheTerminal) {
  auto host = made<AptHost>("pi-1", failure("bad \x1b[31mred"));
  host.report.packages = {{"a\x1b[2Jb", "1", "2"}};
  host.report.held_back = {"c\x07"};
  EXPECT_THAT(apt_text(fleet_of<AptHost>({host}), task::AptAction::upgrade, k_plain), Not(HasSubstr("\x1b")));
  EXPECT_THAT(apt_text(fleet_of<AptHost>({host}), task::AptAction::upgrade, k_plain), Not(HasSubstr("\x07")));
}

}  // namespace
}  // namespace cef::report
