#include "cef/report/runner_install.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::RunnerInstallHost;

operation::FleetResult<RunnerInstallHost> sample() {
  auto installed = made<RunnerInstallHost>("pi-1");
  installed.report = {true, "arm64", "", "0.1.0", "cef_0.1.0_arm64.deb"};
  auto there = made<RunnerInstallHost>("pi-2");
  there.report = {false, "arm64", "0.1.0", "0.1.0", ""};
  return fleet_of<RunnerInstallHost>({installed, there, gone<RunnerInstallHost>("pi-3")});
}

TEST(RunnerInstallReport, JsonIsTheGoldenFile) {
  expect_golden(fleet_json(sample(), "cef.runner-install/1", &host_json), "runner-install.json");
}

TEST(RunnerInstallReport, TextTellsTheVersions) {
  EXPECT_EQ(runner_install_text(sample(), k_plain),
            R"(HOST  STATUS       ARCHITECTURE  BEFORE  NOW    NOTE
pi-1  changed      arm64         -       0.1.0
pi-2  ok           arm64         0.1.0   0.1.0
pi-3  unreachable  -             -       -      pi-3: connection refused
3 hosts: 2 ok, 1 changed, 1 unreachable in 2.5 s
)");
}

}  // namespace
}  // namespace cef::report
