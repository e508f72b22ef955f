#include "cef/report/service.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::ServiceHost;

operation::FleetResult<ServiceHost> sample() {
  auto up = made<ServiceHost>("pi-1");
  up.report.changed = true;
  up.report.units = {{"ssh.service", "loaded", "active", "running", "enabled", 812, "Sat 2026-01-31 08:00:01 UTC", ""},
                     {"cron.service", "loaded", "inactive", "dead", "", 0, "", ""}};
  auto down =
      made<ServiceHost>("pi-2", failure("ssh.service is failed (failed); its journal ends with: port 22 is taken"));
  down.report.units = {{"ssh.service", "loaded", "failed", "failed", "enabled", 0, "", "port 22 is taken"}};
  auto result = fleet_of<ServiceHost>({up, down, gone<ServiceHost>("pi-3"), left_out<ServiceHost>("pi-4")});
  result.stopped_by_threshold = true;
  return result;
}

TEST(ServiceReport, JsonIsTheGoldenFile) {
  expect_golden(fleet_json(sample(), "cef.service/1", &host_json), "service.json");
}

TEST(ServiceReport, TextHasALineForEveryService) {
  EXPECT_EQ(service_text(sample(), k_plain),
            R"(HOST  STATUS       SERVICE       STATE             AT BOOT  SINCE                        NOTE
pi-1  changed      ssh.service   active (running)  enabled  Sat 2026-01-31 08:00:01 UTC
pi-1  changed      cron.service  inactive (dead)   -        -
pi-2  failed       ssh.service   failed (failed)   enabled  -                            ssh.service is failed (failed); its journal ends with: port 22 is taken
pi-3  unreachable  -             -                 -        -                            pi-3: connection refused
pi-4  skipped      -             -                 -        -                            not begun
4 hosts: 1 ok, 1 changed, 1 failed, 1 unreachable, 1 skipped in 2.5 s (stopped: too many hosts failed)
)");
}

}  // namespace
}  // namespace cef::report
