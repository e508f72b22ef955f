#include <gtest/gtest.h>

#include "case_host.hpp"
#include "sandbox.hpp"

namespace cef::modules {
namespace {

using core::Json;

// Ansible reloads twice for this: `systemctl enable` does, too.
TEST(Systemd, EnablesBeforeItReloads) {
  Sandbox sandbox;
  if (!sandbox.entered()) {
    GTEST_SKIP() << "units are set in a mount namespace: run as root where unshare is allowed";
  }
  CaseHost host;
  host.fresh(
      "mkdir bin; echo disabled >enabled; cat >bin/systemctl <<'END'\n#!/bin/sh\ncd ${0%/*}/..\ncase $1 in\n"
      "  show) printf 'LoadState=loaded\\nActiveState=inactive\\nUnitFileState=%s\\n' \"$(cat enabled)\" ;;\n"
      "  is-enabled) cat enabled; grep -q enabled enabled ;;\n"
      "  *) echo \"$*\" >>log; [ $1 != enable ] || echo enabled >enabled ;;\nesac\nEND\nchmod 755 bin/systemctl");
  const Json environment = {{"PATH", host.folder() + "/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  const Json args = {{"name", "x"}, {"state", "started"}, {"enabled", true}, {"daemon_reload", true}};
  const auto log = [&] { return host.shell("cd " + host.folder() + "; cat log 2>/dev/null; rm -f log"); };

  EXPECT_EQ(host.run("systemd", args, true, false, environment)["changed"], true);
  EXPECT_EQ(log(), "");
  const Json first = host.run("systemd", args, false, false, environment);
  EXPECT_EQ(first["changed"], true);
  EXPECT_EQ(first["enabled"], true);
  EXPECT_EQ(first["status"]["UnitFileState"], "disabled") << "as it was";
  EXPECT_EQ(log(), "enable --no-reload x\ndaemon-reload\nstart x\n");
  EXPECT_EQ(host.run("systemd", args, false, false, environment)["status"]["UnitFileState"], "enabled");
  EXPECT_EQ(log(), "daemon-reload\nstart x\n");
}

}  // namespace
}  // namespace cef::modules
