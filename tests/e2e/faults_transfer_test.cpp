// Transfers that are cut off, find no room, or go over a bad link: never half a file under its name, and the next run
// goes on where the last one ended.
#include "faults.hpp"

namespace cef::e2e {
namespace {

constexpr std::size_t k_large = 8'000'000;  // 3.2 s on a link of 20 Mbit/s

class FaultsTransferTest : public FaultsTest {
 protected:
  /// True on a node once its first megabyte is there.
  static std::string some_of(const std::string& name) {
    return "[ $(stat -c %s /home/edge/." + name + ".*.cef-part) -gt 1000000 ]";
  }
  static std::string parts(const std::string& node, const std::string& name) {
    return on_node(node, "ls -A /home/edge | grep '^[.]" + name + "[.]'").out;
  }
  static bool has(const std::string& node, const std::string& file) {
    return on_node(node, "test -e /home/edge/" + file).code == 0;
  }
};

TEST_F(FaultsTransferTest, KilledSessionInMidUpload) {
  const std::string file = random_file("killed-put", k_large);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  const Outcome outcome = cut({"file", "put", "rpi", file, "killed-put", "--json"}, "pi-1", some_of("killed-put"),
                              fleet_script() + " fault pi-1 killsession");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  expect(outcome, "pi-1", "unreachable", {"the connection broke", "the next run goes on where this one ended"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(digest_there("pi-2", "/home/edge/killed-put"), digest_here(file));
  EXPECT_FALSE(has("pi-1", "killed-put"));
  heal();
  const Outcome again = daily({"file", "put", "rpi", file, "killed-put", "--json"});
  ASSERT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(again.json()["summary"]["changed"], 1) << again.out;
  EXPECT_GT(host(again.json(), "pi-1")["resumed_from_bytes"], 0) << again.out;
  EXPECT_EQ(digest_there("pi-1", "/home/edge/killed-put"), digest_here(file));
  EXPECT_EQ(parts("pi-1", "killed-put"), "");
}

TEST_F(FaultsTransferTest, KilledSessionInMidDownload) {
  on_node("pi-1", "head -c " + std::to_string(k_large) + " /dev/urandom >/home/edge/killed-get");
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  const std::string to = folder() / "got-cut";
  const std::vector<std::string> get = {"file", "get", "pi-1", "/home/edge/killed-get", to, "--json"};
  const Outcome outcome =
      cut(get, "pi-1", "pgrep -u edge -x cat", "sleep 0.5; " + fleet_script() + " fault pi-1 killsession");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  expect(outcome, "pi-1", "unreachable", {"the connection broke"});
  EXPECT_EQ(shell("find '" + to + "' -type f").out, "");
  heal();
  EXPECT_EQ(daily(get).code, 0);
  EXPECT_EQ(digest_here(to + "/pi-1/killed-get"), digest_there("pi-1", "/home/edge/killed-get"));
}

// A node without power and one behind a black hole are given up by the connection itself, half a minute after they fell
// silent, whatever --timeout says.
TEST_F(FaultsTransferTest, SilenceInMidUpload) {
  const std::string file = random_file("silent", k_large);
  for (const char* name : {"pi-1", "pi-2"}) {
    will_be_broken(name);
    ASSERT_EQ(fleet(std::string("link ") + name + " 20 20").code, 0);
  }
  const Outcome outcome =
      cut({"file", "put", "all", file, "silent", "--timeout", "10m", "--json"}, "pi-1", some_of("silent"),
          fleet_script() + " stop pi-1; " + fleet_script() + " fault pi-2 blackhole");
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  for (const char* name : {"pi-1", "pi-2"}) {
    expect(outcome, name, "unreachable", {"the connection broke", "the next run goes on where this one ended"});
  }
  EXPECT_EQ(digest_there("gpu-2", "/home/edge/silent"), digest_here(file));
  heal();
  EXPECT_FALSE(has("pi-1", "silent"));
  EXPECT_FALSE(has("pi-2", "silent"));
  // On pi-2 the receiver of the first run still waits for the rest: it must give way.
  const Outcome again = daily({"file", "put", "all", file, "silent", "--json"});
  ASSERT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(again.json()["summary"]["changed"], 2) << again.out;
  for (const char* name : {"pi-1", "pi-2"}) {
    EXPECT_EQ(digest_there(name, "/home/edge/silent"), digest_here(file)) << name;
    EXPECT_EQ(parts(name, "silent"), "") << name;
  }
  EXPECT_GT(host(again.json(), "pi-2")["resumed_from_bytes"], 0) << again.out;
}

// The node's kernel still answers: only --timeout ends this.
TEST_F(FaultsTransferTest, FrozenSessionInMidUpload) {
  const std::string file = random_file("frozen", k_large);
  will_be_broken("gpu-1");
  ASSERT_EQ(fleet("link gpu-1 20 20").code, 0);
  const std::string freeze = fleet_script() + " node gpu-1 pkill -STOP -f '^sshd: edge@'";
  const Outcome outcome =
      cut({"file", "put", "gpu", file, "frozen", "--timeout", "5s", "--json"}, "gpu-1", some_of("frozen"), freeze);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "gpu-1", "failed", {"the host took nothing for 5", "the next run goes on where this one ended"});
  expect(outcome, "gpu-2", "ok", {});
  EXPECT_FALSE(has("gpu-1", "frozen"));
  heal();
  const Outcome again = daily({"file", "put", "gpu", file, "frozen", "--json"});
  on_node("gpu-1", "pkill -KILL -f '^sshd: edge@'");
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_GT(host(again.json(), "gpu-1")["resumed_from_bytes"], 0) << again.out;
  EXPECT_EQ(digest_there("gpu-1", "/home/edge/frozen"), digest_here(file));
}

TEST_F(FaultsTransferTest, CtrlCTwiceInAStalledUpload) {
  const std::string file = random_file("stalled", k_large);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  const std::string interrupt = "pkill -INT -f '^" CEF_BINARY_DIR "/cef file put pi-1 " + file + "'";
  // Less than the half minute after which the connection gives up.
  const Outcome outcome =
      cut({"file", "put", "pi-1", file, "stalled", "--timeout", "10m", "--json"}, "pi-1", some_of("stalled"),
          fleet_script() + " fault pi-1 blackhole; sleep 1; " + interrupt + "; sleep 0.3; " + interrupt, 25);
  EXPECT_EQ(outcome.code, 130) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["summary"]["interrupted"], true) << outcome.out;
  expect(outcome, "pi-1", "skipped", {"interrupted"});
  EXPECT_FALSE(has("pi-1", "stalled"));
}

TEST_F(FaultsTransferTest, FullDisk) {
  const std::string file = random_file("full", 2'000'000);
  const std::vector<std::string> put = {"file", "put", "rpi", file, "full", "--json"};
  break_node("diskfull");
  Outcome outcome = daily(put);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"/home/edge/full: the host's disk has ", " free, the file has 1.9 MiB"});
  expect(outcome, "pi-2", "ok", {});
  EXPECT_EQ(parts("pi-1", "full"), "");
  outcome = daily({"apt", "install", "pi-1", "edge-hello", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"o space"});
  heal();
  outcome = daily(put);
  EXPECT_EQ(outcome.json()["summary"]["changed"], 1) << outcome.out << outcome.err;
  EXPECT_EQ(digest_there("pi-1", "/home/edge/full"), digest_here(file));
}

TEST_F(FaultsTransferTest, DiskThatFillsInMidUpload) {
  const std::string file = random_file("filled", k_large);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  const std::vector<std::string> put = {"file", "put", "pi-1", file, "filled", "--json"};
  const Outcome outcome = cut(put, "pi-1", some_of("filled"), fleet_script() + " disk pi-1 0");
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"No space left on device"});
  EXPECT_EQ(parts("pi-1", "filled"), "");  // it must not keep the disk full
  EXPECT_FALSE(has("pi-1", "filled"));
  heal();
  EXPECT_EQ(daily(put).code, 0);
  EXPECT_EQ(digest_there("pi-1", "/home/edge/filled"), digest_here(file));
}

TEST_F(FaultsTransferTest, ReadOnlyTarget) {
  const std::string file = random_file("forbidden", 1000);
  const std::vector<std::string> put = {"file", "put", "rpi", file, "forbidden", "--json"};
  break_node("readonly");
  const Outcome outcome = daily(put);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  expect(outcome, "pi-1", "failed", {"Read-only file system"});
  expect(outcome, "pi-2", "ok", {});
  heal();
  EXPECT_EQ(daily(put).json()["summary"]["changed"], 1);
  EXPECT_EQ(digest_there("pi-1", "/home/edge/forbidden"), digest_here(file));
}

// The deadline is for silence, not for the whole of a transfer.
TEST_F(FaultsTransferTest, SlowLink) {
  const std::string file = random_file("slow", 2'500'000);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("link pi-1 4 4").code, 0);
  Outcome outcome = daily({"file", "put", "pi-1", file, "slow", "--timeout", "3s", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(digest_there("pi-1", "/home/edge/slow"), digest_here(file));
  outcome = daily({"file", "get", "pi-1", "slow", folder() / "slow-got", "--timeout", "3s", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(digest_here(folder() / "slow-got/pi-1/slow"), digest_here(file));
}

TEST_F(FaultsTransferTest, LongRoundTrip) {
  const std::string file = random_file("far", 1'000'000);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("delay pi-1 200").code, 0);
  const Outcome outcome = daily({"file", "put", "rpi", file, "far", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(digest_there("pi-1", "/home/edge/far"), digest_here(file));
}

TEST_F(FaultsTransferTest, Loss) {
  const std::string file = random_file("lossy", 1'000'000);
  will_be_broken("pi-1");
  ASSERT_EQ(fleet("delay pi-1 20 1").code, 0);
  const Outcome outcome = daily({"file", "put", "rpi", file, "lossy", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(digest_there("pi-1", "/home/edge/lossy"), digest_here(file));
}

}  // namespace
}  // namespace cef::e2e
