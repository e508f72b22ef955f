// Ansible's own module wants the list of a kernel's built-in modules, which containers do not have: no recorded cases.
#include <gtest/gtest.h>

#include "case_host.hpp"
#include "sandbox.hpp"

namespace cef::modules {
namespace {

using core::Json;

class Modprobe : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!sandbox.entered()) {
      GTEST_SKIP() << "modules are set in a mount namespace: run as root where unshare is allowed";
    }
    host.fresh(
        "rm -rf /etc/modules-load.d /etc/modprobe.d; mkdir bin /etc/modprobe.d\n"
        "printf '%s\\n' '#!/bin/sh' 'echo \"$*\" >>${0%/*}/../log; [ ! -e ${0%/*}/../no ] || { echo no such module "
        ">&2; "
        "exit 1; }' >bin/modprobe; chmod 755 bin/modprobe\n"
        "printf '# mine\\noptions cef-x a=1\\noptions other a=1\\n' >/etc/modprobe.d/old.conf");
  }
  Json run(const Json& args, bool check = false) {
    return host.run("modprobe", args, check, false, {{"PATH", host.folder() + "/bin:/usr/sbin:/usr/bin:/sbin:/bin"}});
  }
  std::string log() { return host.shell("cat " + host.folder() + "/log 2>/dev/null || true"); }
  Sandbox sandbox;
  CaseHost host;
};

TEST_F(Modprobe, OnlyAsksInACheck) {
  EXPECT_EQ(run({{"name", "cef-x"}, {"params", "a=1 'b=2 3'"}, {"persistent", "present"}}, true),
            Json({{"changed", true}, {"name", "cef-x"}, {"params", "a=1 'b=2 3'"}, {"state", "present"}}));
  EXPECT_EQ(log(), "-n cef-x a=1 b=2 3\n");
  EXPECT_EQ(host.shell("ls /etc/modprobe.d /etc/modules-load.d 2>/dev/null || true"), "/etc/modprobe.d:\nold.conf\n");
}

TEST_F(Modprobe, KeepsAModuleOverReboots) {
  const Json args = {{"name", "cef-x"}, {"params", "a=2"}, {"persistent", "present"}};
  EXPECT_EQ(run(args)["changed"], true);
  EXPECT_EQ(host.shell("cat /etc/modules-load.d/cef-x.conf /etc/modprobe.d/cef-x.conf /etc/modprobe.d/old.conf"),
            "cef-x\noptions cef-x a=2\n# mine\n#options cef-x a=1\noptions other a=1\n");
  EXPECT_EQ(run(args)["changed"], false);
  const Json gone = {{"name", "cef-x"}, {"state", "absent"}, {"persistent", "absent"}};
  EXPECT_EQ(run(gone, true)["changed"], true);
  EXPECT_EQ(run(gone)["changed"], true);
  EXPECT_EQ(host.shell("cat /etc/modules-load.d/cef-x.conf /etc/modprobe.d/cef-x.conf"),
            "#cef-x\n#options cef-x a=2\n");
  EXPECT_EQ(run(gone)["changed"], false);
}

TEST_F(Modprobe, SaysWhyAModuleWasNotLoaded) {
  host.shell("touch " + host.folder() + "/no");
  const Json result = run({{"name", "cef-x"}});
  EXPECT_EQ(result["failed"], true);
  EXPECT_EQ(result["msg"], "no such module\n");
  EXPECT_EQ(result["rc"], 1);
  EXPECT_EQ(result["stderr"], "no such module\n");
  EXPECT_EQ(result["name"], "cef-x");
}

}  // namespace
}  // namespace cef::modules
