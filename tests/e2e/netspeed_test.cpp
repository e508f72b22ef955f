#include <chrono>
#include <cmath>
#include <csignal>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

/// The figures are those of a link that tc shapes, not of the machine; yet a machine that was busy elsewhere may have
/// starved the link, so there is a second try.
class NetspeedTest : public Fleet {
 protected:
  void TearDown() override {
    if (in_namespaces()) {
      fleet("link pi-1 0 0");
      fleet("link pi-2 0 0");
    }
  }
  static bool within(const core::Json& speed, double expected) {
    return speed.is_object() && std::abs(speed["mbit_per_s"].get<double>() - expected) <= expected / 10;
  }
  /// A document of the command in which `good` holds, else that of the second try.
  template <class Good>
  static core::Json measure(const std::vector<std::string>& arguments, const Good& good) {
    core::Json json = daily(arguments).json();
    return good(json) ? json : daily(arguments).json();
  }
  /// What still runs on a node for the login user, once it had the time to end; the manager of its sessions stays.
  static std::string left_on(const std::string& node) {
    std::string left;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    do {
      left =
          on_node(node, "ps -u edge -o args= | grep -vE '^([^ ]*systemd --user|[(]sd-pam[)]|[^ ]*dbus-daemon )'").out;
    } while (!left.empty() && std::chrono::steady_clock::now() < end);
    return left;
  }
  /// The exit code of a measurement to which these signals are sent while it moves bytes.
  static int ended_by(const std::string& signals) {
    const std::string fleet = CEF_SOURCE_DIR "/tests/fleet/fleet";
    const std::string pid = state() / "netspeed.pid";
    const std::string measure = "echo $$ >" + pid +
                                "; exec " CEF_BINARY_DIR "/cef monitor netspeed pi-1 --seconds 60 -i " +
                                (state() / "inventory.yaml").string();
    // Two signals that come at once are one.
    return shell(fleet + " exec sh -c " + core::shell_quote(measure) + " & run=$!; for i in $(seq 300); do " + fleet +
                 " node pi-1 pgrep -u edge dd >/dev/null && break; sleep 0.1; done; for signal in " + signals +
                 "; do " + fleet + " exec kill -$signal $(cat " + pid + "); sleep 0.5; done; wait $run")
        .code;
  }
};

TEST_F(NetspeedTest, EveryNodeHasARoundTripAndBothDirections) {
  const Outcome outcome =
      cef({"monitor", "netspeed", "all", "--parallel", "--max-bytes", "4M", "--seconds", "1", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto json = outcome.json();
  EXPECT_EQ(json["schema"], "cef.netspeed/1");
  for (const char* name : {"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
    const auto entry = host(json, name);
    EXPECT_EQ(entry["status"], "ok");
    EXPECT_EQ(entry["means"], "ssh");
    EXPECT_GT(entry["round_trip_seconds"]["min"], 0);
    EXPECT_GE(entry["round_trip_seconds"]["median"], entry["round_trip_seconds"]["min"]);
    for (const char* way : {"downlink", "uplink"}) {
      EXPECT_GT(entry[way]["mbit_per_s"], entry[way]["payload_mbit_per_s"]) << way;
      EXPECT_LE(entry[way]["moved_bytes"], 4 << 20) << way;
    }
  }
}

TEST_F(NetspeedTest, ALinkSetTo20And100ReadsWithinTenPerCent) {
  CEF_NEEDS_NAMESPACES();
  fleet("link pi-1 20 100");
  fleet("link pi-2 100 20");
  const auto good = [](const core::Json& json) {
    return within(host(json, "pi-1")["downlink"], 20) && within(host(json, "pi-1")["uplink"], 100) &&
           within(host(json, "pi-2")["downlink"], 100) && within(host(json, "pi-2")["uplink"], 20);
  };
  const auto json = measure({"monitor", "netspeed", "rpi", "--json"}, good);
  EXPECT_TRUE(good(json)) << core::dump_line(json);
}

TEST_F(NetspeedTest, ASlowLinkIsMeasuredInItsTime) {
  CEF_NEEDS_NAMESPACES();
  fleet("link pi-1 1 2");
  const auto good = [](const core::Json& json) {
    return within(host(json, "pi-1")["downlink"], 1) && within(host(json, "pi-1")["uplink"], 2);
  };
  const auto json = measure({"monitor", "netspeed", "pi-1", "--json"}, good);
  EXPECT_TRUE(good(json)) << core::dump_line(json);
  // 5 s of it, the queue that it may have, and what a burst lets through: more would not end in time.
  EXPECT_LT(host(json, "pi-1")["downlink"]["moved_bytes"], 1'000'000);
  EXPECT_LT(host(json, "pi-1")["uplink"]["moved_bytes"], 2'000'000);
}

TEST_F(NetspeedTest, NothingStaysOnTheNodeHoweverItEnds) {
  CEF_NEEDS_NAMESPACES();
  fleet("link pi-1 5 5");
  EXPECT_EQ(daily({"monitor", "netspeed", "pi-1", "--max-bytes", "64K"}).code, 0);
  EXPECT_EQ(left_on("pi-1"), "");
  EXPECT_EQ(ended_by("KILL"), 128 + SIGKILL);
  EXPECT_EQ(left_on("pi-1"), "");
  EXPECT_EQ(ended_by("INT INT"), 130) << "the first lets the host finish";
  EXPECT_EQ(left_on("pi-1"), "");
}

TEST_F(NetspeedTest, Iperf3MeasuresTheSameAndSaysWhatItLacks) {
  CEF_NEEDS_NAMESPACES();
  // BBR, where the machine has it, takes the burst of the shaper for the speed of the link and then loses most packets.
  const std::string reno = "echo reno >/proc/sys/net/ipv4/tcp_congestion_control";
  ASSERT_EQ(fleet("exec sh -c '" + reno + "'").code, 0);
  ASSERT_EQ(on_node("pi-1", reno).code, 0);
  fleet("link pi-1 20 100");
  const auto good = [](const core::Json& json) {
    return within(host(json, "pi-1")["downlink"], 20) && within(host(json, "pi-1")["uplink"], 100);
  };
  const auto json = measure({"monitor", "netspeed", "pi-1", "--iperf3", "10.99.0.1", "--json"}, good);
  EXPECT_TRUE(good(json)) << core::dump_line(json);
  EXPECT_EQ(host(json, "pi-1")["means"], "iperf3");

  on_node("pi-2", "chmod 0 /usr/bin/iperf3");
  const Outcome lacking = daily({"monitor", "netspeed", "rpi", "--iperf3", "10.99.0.1:1", "--json"});
  on_node("pi-2", "chmod 755 /usr/bin/iperf3");
  EXPECT_EQ(lacking.code, 2);
  const auto refused = lacking.json();
  EXPECT_EQ(host(refused, "pi-1")["error"]["message"], "iperf3: unable to connect to server: Connection refused");
  EXPECT_EQ(host(refused, "pi-2")["error"]["message"],
            "iperf3 is not installed on this host; install it, or measure without --iperf3, which needs nothing");
  EXPECT_TRUE(host(refused, "pi-2")["round_trip_seconds"].is_object());
  EXPECT_TRUE(host(refused, "pi-2")["uplink"].is_null());
}

}  // namespace
}  // namespace cef::e2e
