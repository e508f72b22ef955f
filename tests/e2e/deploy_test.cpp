// Models on real nodes: pushed over SSH, pulled over HTTP, cut off at every step.
#include <thread>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

namespace fs = std::filesystem;
using core::shell_quote;

class DeployTest : public Fleet {
 protected:
  void SetUp() override {
    Fleet::SetUp();
    if (is_up() && !fs::exists(folder())) {
      fs::create_directories(folder());
      for (const char* version : {"1.0", "1.1", "1.2", "1.3"}) {
        // 2 MB take 0.8 s on a link of 20 Mbit/s.
        ASSERT_EQ(
            shell("d=$(mktemp -d) && cd $d && mkdir net && head -c 2000000 /dev/urandom >net/weights.bin && echo " +
                  std::string(version) +
                  " >net/version && printf '#!/bin/sh\\ntest -s weights.bin\\n' >net/selftest && "
                  "chmod +x net/selftest && tar -C net -czf " +
                  archive(version) + " . && rm -rf $d")
                .code,
            0);
      }
    }
  }
  void TearDown() override {
    if (is_up()) {
      fleet("link pi-1 0 0");
      on_node("pi-1", "rm -rf /home/edge/models");
    }
  }
  static fs::path folder() { return state() / "bundles"; }
  static std::string archive(const std::string& version) { return folder() / ("net-" + version + ".tar.gz"); }
  static std::string message(const Outcome& outcome, const std::string& name = "pi-1") {
    return host(outcome.json(), name)["error"]["message"];
  }
  /// The version that is current on pi-1, when every file of it is as it was packed; else what is wrong.
  static std::string current(const std::string& node = "pi-1") {
    const Outcome outcome =
        on_node(node,
                "cd /home/edge/models/net 2>/dev/null || { echo none; exit; }\n"
                "[ -L current ] || { echo none; exit; }\n"
                "r=$(readlink current); cd current/ || { echo dangling; exit; }\n"
                "sha256sum --quiet -c \"../../.cef/${r#releases/}.sums\" >/dev/null 2>&1 || { echo damaged; exit; }\n"
                "cat version");
    return outcome.out.substr(0, outcome.out.find('\n'));
  }
  /// A line that runs cef in the fleet's network.
  static std::string line(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {std::string(CEF_SOURCE_DIR) + "/tests/fleet/fleet", "exec",
                                      CEF_BINARY_DIR "/cef"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.insert(words.end(), {"-i", state() / "inventory.yaml"});
    return core::shell_join(words);
  }
};

TEST_F(DeployTest, PushIsIdempotentVerifiedAndRolledBack) {
  Outcome outcome = daily({"deploy", archive("1.0"), "all", "--check", "--json"});
  EXPECT_EQ(outcome.json()["summary"]["changed"], 4) << outcome.out << outcome.err;
  EXPECT_EQ(current(), "none");
  outcome = daily({"deploy", archive("1.0"), "all", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "gpu-2")["via"], "push");
  EXPECT_EQ(current("gpu-2"), "1.0");
  outcome = daily({"deploy", archive("1.0"), "all", "--json"});
  EXPECT_EQ(outcome.json()["summary"]["changed"], 0);
  EXPECT_EQ(host(outcome.json(), "pi-1")["transferred_bytes"], 0);

  // The switch happens only after the verify command succeeded.
  outcome = daily(
      {"deploy", archive("1.1"), "pi-1", "--verify-cmd", "./selftest && echo wrong shape >&2 && false", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(message(outcome).find("--verify-cmd exited with status 1 (wrong shape)"), std::string::npos) << outcome.out;
  EXPECT_EQ(current(), "1.0");
  EXPECT_EQ(on_node("pi-1", "ls /home/edge/models/net/releases | wc -l").out, "1\n");
  EXPECT_EQ(daily({"deploy", archive("1.1"), "pi-1", "--verify-cmd", "./selftest"}).code, 0);
  EXPECT_EQ(current(), "1.1");

  outcome = daily({"deploy", "rollback", "pi-1", "net", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out;
  EXPECT_EQ(current(), "1.0");
  EXPECT_EQ(daily({"deploy", "rollback", "pi-1", "net", "--to", "1.1"}).code, 0);
  EXPECT_EQ(current(), "1.1");
  EXPECT_EQ(daily({"deploy", "rollback", "pi-1", "net", "--to", "7"}).code, 2);

  for (const char* version : {"1.2", "1.3"}) {
    EXPECT_EQ(daily({"deploy", archive(version), "pi-1"}).code, 0);
  }
  const auto model = host(daily({"deploy", "status", "pi-1", "--verify", "--json"}).json(), "pi-1")["models"][0];
  EXPECT_EQ(model["releases"].size(), 3) << model;  // the last three stay
  on_node("pi-1", "echo changed >>/home/edge/models/net/current/weights.bin");
  outcome = daily({"deploy", "status", "pi-1", "--verify", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(message(outcome), "net: ./weights.bin is not as it was deployed");
  EXPECT_EQ(daily({"deploy", "prune", "pi-1", "--keep", "1", "--json"}).json()["summary"]["changed"], 1);
  EXPECT_EQ(on_node("pi-1", "ls /home/edge/models/net/releases | wc -l").out, "1\n");
}

TEST_F(DeployTest, NodesPullFromARepository) {
  const std::string repo = folder() / "repo";
  for (const char* version : {"1.0", "1.1"}) {
    ASSERT_EQ(shell(core::shell_join({CEF_BINARY_DIR "/cef", "repo", "add", archive(version), "--repo", repo, "--task",
                                      "image-classification"}))
                  .code,
              0);
  }
  ASSERT_EQ(shell("cd '" + folder().string() + "' && " + CEF_SOURCE_DIR + "/tests/fleet/fleet exec timeout 100 " +
                  CEF_BINARY_DIR + "/cef repo serve --repo '" + repo +
                  "' --address 10.99.0.1 --port 8091 >serve.log 2>&1 & "
                  "for i in $(seq 100); do grep -q Serving '" +
                  folder().string() + "/serve.log' && exit 0; sleep 0.1; done; exit 1")
                .code,
            0);
  const std::string url = "http://10.99.0.1:8091";
  Outcome outcome = daily({"deploy", "model", "all", "net", "--repo", url, "--batch", "50%", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "gpu-1")["via"], "pull");
  EXPECT_EQ(host(outcome.json(), "gpu-1")["version"], "1.1");
  EXPECT_EQ(current("gpu-1"), "1.1");
  EXPECT_EQ(current("pi-1"), "1.1");

  EXPECT_EQ(daily({"deploy", "model", "pi-1", "nett", "--repo", url}).code, 5);
  EXPECT_EQ(daily({"deploy", "model", "pi-1", "net", "--repo", url, "--task", "speech"}).code, 5);

  // A blob that is not what the index says never becomes current.
  shell("for f in '" + repo + "'/blobs/sha256/*; do printf x | dd of=$f bs=1 seek=5000 conv=notrunc 2>/dev/null; done");
  on_node("pi-1", "rm -rf /home/edge/models/net/releases/1.0* /home/edge/models/net/.cef/1.0*");
  outcome = daily({"deploy", "model", "pi-1", "net@1.0", "--repo", url, "--json"});
  EXPECT_EQ(outcome.code, 10) << outcome.out;
  EXPECT_NE(message(outcome).find("another SHA-256"), std::string::npos) << outcome.out;
  EXPECT_EQ(current(), "1.1");
  EXPECT_EQ(shell(core::shell_join({CEF_BINARY_DIR "/cef", "repo", "verify", "--repo", repo})).code, 10);
  shell("pkill -f '^" CEF_BINARY_DIR "/cef repo serve'");
}

TEST_F(DeployTest, ABrokenPullGoesOnWhereItEnded) {
  const std::string repo = folder() / "repo2";
  ASSERT_EQ(shell(core::shell_join({CEF_BINARY_DIR "/cef", "repo", "add", archive("1.2"), "--repo", repo})).code, 0);
  const std::string digest = on_node("pi-1", "true").code == 0
                                 ? shell("basename '" + repo + "'/blobs/sha256/*.tar .tar").out.substr(0, 64)
                                 : "";
  // What a first try left: half of the file.
  on_node("pi-1",
          "cd /home/edge && install -d -o edge -g edge models models/net models/net/.cef models/net/.cef/incoming");
  ASSERT_EQ(shell("head -c 1000000 '" + repo + "'/blobs/sha256/*.tar | " + CEF_SOURCE_DIR +
                  "/tests/fleet/fleet node pi-1 sh -c 'f=/home/edge/models/net/.cef/incoming/" + digest +
                  ".part; cat >$f; chown edge: $f'")
                .code,
            0);
  const Outcome outcome = daily({"deploy", "model", "pi-1", "net", "--repo", repo, "--push", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "pi-1")["resumed_from_bytes"], 1000000);
  EXPECT_EQ(current(), "1.2");
}

TEST_F(DeployTest, KilledAtEveryStepTheOldOrTheNewReleaseIsCurrent) {
  ASSERT_EQ(daily({"deploy", archive("1.0"), "pi-1"}).code, 0);
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  bool switched = false;
  int kept_old = 0;
  for (int milliseconds = 50; milliseconds < 3'000 && !switched; milliseconds += 120) {
    const std::string seconds =
        std::to_string(milliseconds / 1000) + "." + std::to_string(1000 + milliseconds % 1000).substr(1);
    const Outcome cut = shell("timeout -s KILL " + seconds + " " +
                              line({"deploy", archive("1.1"), "pi-1", "--verify-cmd", "./selftest"}));
    const std::string now = current();
    ASSERT_TRUE(now == "1.0" || now == "1.1") << now << " after a kill at " << seconds << " s" << cut.err;
    kept_old += now == "1.0" ? 1 : 0;
    switched = now == "1.1";
    if (!switched && milliseconds % 3 == 0) {  // so that not every try goes on from the one before
      on_node("pi-1", "rm -f /home/edge/models/net/.cef/incoming/*");
    }
  }
  EXPECT_GT(kept_old, 3);
  fleet("link pi-1 0 0");
  const Outcome last = daily({"deploy", archive("1.1"), "pi-1", "--json"});
  EXPECT_EQ(last.code, 0) << last.out;
  EXPECT_EQ(current(), "1.1");
  EXPECT_EQ(on_node("pi-1", "ls /home/edge/models/net/.cef/incoming").out, "");
}

TEST_F(DeployTest, APowerCutInMidUpload) {
  ASSERT_EQ(daily({"deploy", archive("1.0"), "pi-1"}).code, 0);
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  const std::string fleet_script = std::string(CEF_SOURCE_DIR) + "/tests/fleet/fleet";
  const Outcome cut =
      shell("(sleep 0.6; " + fleet_script + " stop pi-1) & " +
            line({"deploy", archive("1.1"), "pi-1", "--timeout", "5s", "--json"}) + "; rc=$?; wait; exit $rc");
  EXPECT_TRUE(cut.code == 2 || cut.code == 4) << cut.out << cut.err;
  ASSERT_EQ(fleet("start pi-1").code, 0);
  EXPECT_EQ(current(), "1.0");
  fleet("link pi-1 0 0");
  const Outcome again = daily({"deploy", archive("1.1"), "pi-1", "--json"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(current(), "1.1");
}

TEST_F(DeployTest, WhatDoesNotFitIsNotBegun) {
  Outcome outcome = daily({"deploy", "file", archive("1.0"), "pi-1", "--architecture", "arm64", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(message(outcome), "net@1.0 is for arm64, this host is amd64");
  on_node("pi-1", "mkdir -p /mnt/small && mount -t tmpfs -o size=3m,uid=1000 small /mnt/small");
  outcome = daily({"deploy", archive("1.0"), "pi-1", "--dest", "/mnt/small", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(message(outcome).find("MiB free, the model needs"), std::string::npos) << outcome.out;
  EXPECT_EQ(on_node("pi-1", "ls -A /mnt/small").out, "");
  on_node("pi-1", "mount -o remount,ro /mnt/small");
  outcome = daily({"deploy", archive("1.0"), "pi-1", "--dest", "/mnt/small", "--json"});
  on_node("pi-1", "umount /mnt/small");
  EXPECT_EQ(outcome.code, 2) << outcome.out;
}

TEST_F(DeployTest, AHostileArchiveIsRefusedBeforeAnythingIsSent) {
  const std::string evil = folder() / "evil.tar";
  ASSERT_EQ(shell("cd '" + folder().string() +
                  "' && echo x >payload && tar -P -cf evil.tar --transform 's,payload,../../etc/cron.d/x,' payload")
                .code,
            0);
  const Outcome outcome = daily({"deploy", evil, "all"});
  EXPECT_EQ(outcome.code, 10) << outcome.out;
  EXPECT_NE(outcome.err.find("../../etc/cron.d/x"), std::string::npos) << outcome.err;
  EXPECT_EQ(on_node("pi-1", "test -e /home/edge/models").code, 1);
}

}  // namespace
}  // namespace cef::e2e
