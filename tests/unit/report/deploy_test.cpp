#include "cef/report/deploy.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::DeployHost;
using operation::DeployStatusHost;
using operation::PruneHost;
using operation::RollbackHost;

const std::string k_new = "1.2-9f86d081884c";
const std::string k_old = "1.1-0123456789ab";

operation::FleetResult<DeployHost> deployed() {
  auto pushed = made<DeployHost>("pi-1");
  pushed.report = {true,  "resnet18", "1.2", k_sha256, "/home/edge/models/resnet18/releases/" + k_new,
                   k_old, "push",     3000,  1000,     {"resnet18/1.0-ba9876543210"}};
  auto there = made<DeployHost>("pi-2");
  there.report = {false, "resnet18", "1.2", k_sha256, "/home/edge/models/resnet18/releases/" + k_new,
                  k_new, "none",     0,     0,        {}};
  auto first = made<DeployHost>("pi-3", failure("--verify-cmd exited with status 1; current stays unset"));
  first.report = {false, "resnet18", "1.2", k_sha256, "/home/edge/models/resnet18/releases/" + k_new,
                  "",    "pull",     4000,  0,        {}};
  return fleet_of<DeployHost>({pushed, there, first, gone<DeployHost>("pi-4"), left_out<DeployHost>("pi-5")});
}

operation::FleetResult<DeployStatusHost> status() {
  auto two = made<DeployStatusHost>("pi-1");
  two.report = {{{"detector", "", {}, {}}, {"resnet18", k_new, {k_old, k_new}, {}}}, "/home/edge/models"};
  auto damaged = made<DeployStatusHost>("pi-2", failure("resnet18: ./weights.bin is not as it was deployed"));
  damaged.report = {{{"resnet18", k_new, {k_new}, {"./weights.bin"}}}, "/home/edge/models"};
  auto none = made<DeployStatusHost>("pi-3");
  none.report.path = "/home/edge/models";
  return fleet_of<DeployStatusHost>({two, damaged, none, gone<DeployStatusHost>("pi-4")});
}

operation::FleetResult<RollbackHost> rolled_back() {
  auto back = made<RollbackHost>("pi-1");
  back.report = {true, "resnet18", k_new, k_old};
  auto there = made<RollbackHost>("pi-2");
  there.report = {false, "resnet18", k_old, k_old};
  auto none = made<RollbackHost>("pi-3", failure("there is no release to go back to"));
  none.report.model = "resnet18";
  auto result = fleet_of<RollbackHost>({back, there, none});
  result.check = true;
  return result;
}

operation::FleetResult<PruneHost> pruned() {
  auto some = made<PruneHost>("pi-1");
  some.report = {true, {"resnet18/" + k_old, "resnet18/" + k_sha256 + ".part"}};
  return fleet_of<PruneHost>({some, made<PruneHost>("pi-2")});
}

TEST(DeployReport, JsonIsTheGoldenFile) {
  expect_golden(fleet_json<DeployHost>(deployed(), "cef.deploy/1", &host_json), "deploy.json");
  expect_golden(fleet_json<DeployStatusHost>(status(), "cef.deploy-status/1", &host_json), "deploy-status.json");
  expect_golden(fleet_json<RollbackHost>(rolled_back(), "cef.deploy-rollback/1", &host_json), "deploy-rollback.json");
  expect_golden(fleet_json<PruneHost>(pruned(), "cef.deploy-prune/1", &host_json), "deploy-prune.json");
}

TEST(DeployReport, TextOfADeploy) {
  EXPECT_EQ(deploy_text(deployed(), k_plain), R"(HOST  STATUS       MODEL         BEFORE              MOVED  VIA   NOTE
pi-1  changed      resnet18@1.2  1.1-0123456789ab  2.9 KiB  push  went on at 1000 B
pi-2  ok           resnet18@1.2  1.2-9f86d081884c      0 B  none
pi-3  failed       resnet18@1.2  -                 3.9 KiB  pull  --verify-cmd exited with status 1; current stays unset
pi-4  unreachable  -             -                       -  -     pi-4: connection refused
pi-5  skipped      -             -                       -  -     not begun
5 hosts: 2 ok, 1 changed, 1 failed, 1 unreachable, 1 skipped in 2.5 s
)");
}

TEST(DeployReport, TextOfAStatus) {
  EXPECT_EQ(deploy_text(status(), k_plain), R"(HOST  STATUS       MODEL     CURRENT           OTHER RELEASES    NOTE
pi-1  ok           detector  -                 -
pi-1  ok           resnet18  1.2-9f86d081884c  1.1-0123456789ab
pi-2  failed       resnet18  1.2-9f86d081884c  -                 resnet18: ./weights.bin is not as it was deployed
pi-3  ok           -         -                 -
pi-4  unreachable  -         -                 -                 pi-4: connection refused
4 hosts: 2 ok, 1 failed, 1 unreachable in 2.5 s
)");
}

TEST(DeployReport, TextOfARollback) {
  EXPECT_EQ(deploy_text(rolled_back(), k_plain), R"(HOST  STATUS        FROM              TO                NOTE
pi-1  would change  1.2-9f86d081884c  1.1-0123456789ab
pi-2  ok            1.1-0123456789ab  1.1-0123456789ab
pi-3  failed        -                 -                 there is no release to go back to
3 hosts: 2 ok, 1 would change, 1 failed in 2.5 s
)");
}

TEST(DeployReport, TextOfAPrune) {
  EXPECT_EQ(deploy_text(pruned(), k_plain), R"(HOST  STATUS   REMOVED  NOTE
pi-1  changed        2
pi-2  ok             0
pi-1: resnet18/1.1-0123456789ab
pi-1: resnet18/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.part
2 hosts: 2 ok, 1 changed in 2.5 s
)");
}

}  // namespace
}  // namespace cef::report
