// What the recorded cases cannot hold: secrets that must not be seen, and keys that are new each time.
#include <gtest/gtest.h>

#include "case_host.hpp"
#include "sandbox.hpp"

namespace cef::modules {
namespace {

using core::Json;

class User : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!sandbox.entered()) {
      GTEST_SKIP() << "users are made in a mount namespace: run as root where unshare is allowed";
    }
    host.fresh("sh " CEF_SOURCE_DIR "/tests/unit/modules/cases/system-before.sh");
  }
  Sandbox sandbox;
  CaseHost host;
};

TEST_F(User, NoSecretIsSeenInAProcessList) {
  host.shell(
      "cd " + host.folder() +
      "\nmkdir bin; printf '%s\\n' '#!/bin/sh' 'cat >${0%/*}/../input; for f in /proc/[0-9]*/cmdline; do case $(tr "
      "\"\\0\" \" \" <$f 2>/dev/null) in *hush*) echo $f >>${0%/*}/../leak ;; esac; done' >bin/chpasswd\n"
      "cp bin/chpasswd bin/ssh-keygen; chmod 755 bin/*");
  host.run("user",
           {{"name", "bob"}, {"password", "$6$hush$a"}, {"generate_ssh_key", true}, {"ssh_key_passphrase", "hush"}},
           false, false, {{"PATH", host.folder() + "/bin:/usr/sbin:/usr/bin:/sbin:/bin"}});
  EXPECT_EQ(host.shell("cd " + host.folder() + "; ls; cat input"), "bin\ninput\n");
}

TEST_F(User, APasswordIsKeptAsItIs) {
  const Json args = {{"name", "bob"}, {"password", "$6$a b$it's\\n"}, {"password_lock", true}};
  EXPECT_EQ(host.run("user", args)["changed"], true);
  EXPECT_EQ(host.shell("grep ^bob: /etc/shadow | cut -d: -f2"), "!$6$a b$it's\\n\n");
  EXPECT_EQ(host.run("user", args)["changed"], false);
  EXPECT_EQ(host.run("user", {{"name", "bob"}, {"password", "a\nb"}})["msg"], "password must be one line");
}

TEST_F(User, AKeyIsMadeOnceWithItsPassphrase) {
  const Json args = {
      {"name", "ann"}, {"generate_ssh_key", true}, {"ssh_key_type", "ed25519"}, {"ssh_key_passphrase", "open sesame"}};
  const Json made = host.run("user", args);
  EXPECT_EQ(made["changed"], true);
  EXPECT_EQ(made["ssh_key_file"], "/home/ann/.ssh/id_ed25519");
  EXPECT_EQ(made["ssh_public_key"].get<std::string>() + "\n", host.shell("cat /home/ann/.ssh/id_ed25519.pub"));
  EXPECT_NE(made["ssh_fingerprint"].get<std::string>().find("SHA256:"), std::string::npos);
  EXPECT_EQ(host.shell("ssh-keygen -y -P 'open sesame' -f /home/ann/.ssh/id_ed25519 >/dev/null; stat -c '%a %U' "
                       "/home/ann/.ssh /home/ann/.ssh/id_ed25519"),
            "700 ann\n600 ann\n");
  const Json again = host.run("user", args);
  EXPECT_EQ(again["changed"], false);
  EXPECT_EQ(again["ssh_fingerprint"], made["ssh_fingerprint"]);
  Json forced = args;
  forced["force"] = true;
  EXPECT_NE(host.run("user", forced)["ssh_fingerprint"], made["ssh_fingerprint"]);
}

}  // namespace
}  // namespace cef::modules
