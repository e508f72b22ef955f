#include "cef/report/reboot.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::RebootHost;

const std::string k_before = "11111111-2222-3333-4444-555555555555";
const std::string k_after = "99999999-8888-7777-6666-555555555555";

operation::FleetResult<RebootHost> sample() {
  auto back = made<RebootHost>("pi-1");
  back.report = {true, k_before, k_after, std::chrono::milliseconds(31'500)};
  auto away = made<RebootHost>("pi-2", core::Error{core::ErrorCode::timeout, "the host is not back", {}});
  away.report = {true, k_before, "", std::chrono::nanoseconds(0)};
  return fleet_of<RebootHost>({back, away, left_out<RebootHost>("pi-3")});
}

TEST(RebootReport, JsonIsTheGoldenFile) {
  expect_golden(fleet_json(sample(), "cef.reboot/1", &host_json), "reboot.json");
}

TEST(RebootReport, Text) {
  EXPECT_EQ(reboot_text(sample(), k_plain), R"(HOST  STATUS   BACK AFTER  BOOT ID                               NOTE
pi-1  changed      31.5 s  99999999-8888-7777-6666-555555555555
pi-2  failed            -  -                                     the host is not back
pi-3  skipped           -  -                                     not begun
3 hosts: 1 ok, 2 changed, 1 failed, 1 skipped in 2.5 s
)");
}

}  // namespace
}  // namespace cef::report
