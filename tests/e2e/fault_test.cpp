// One node with a fault changes nothing for the others.
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

class FaultTest : public Fleet {
 protected:
  void TearDown() override {
    if (in_namespaces()) {
      const Outcome healed = fleet("fault pi-1 heal");
      EXPECT_EQ(healed.code, 0) << healed.err;
    }
  }

  static void break_pi_1(const std::string& fault) {
    const Outcome done = fleet("fault pi-1 " + fault);
    ASSERT_EQ(done.code, 0) << done.err;
  }

  /// Pings all; the others answer, pi-1 does not, and the message says what the user has to know.
  static void expect_unreachable(const std::string& message_part, const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {"ping", "all", "--json", "--connect-timeout", "3s"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = cef(arguments);
    EXPECT_EQ(outcome.code, 4);
    const auto json = outcome.json();
    EXPECT_EQ(json["summary"]["ok"], 3) << outcome.out;
    EXPECT_EQ(host(json, "pi-1")["status"], "unreachable");
    const auto message = host(json, "pi-1")["error"]["message"].get<std::string>();
    EXPECT_NE(message.find(message_part), std::string::npos) << message;
  }
};

TEST_F(FaultTest, ANodeThatIsOff) {
  CEF_NEEDS_NAMESPACES();
  break_pi_1("off");
  expect_unreachable("did not answer within the connect deadline");
}

TEST_F(FaultTest, ANodeThatRefuses) {
  CEF_NEEDS_NAMESPACES();
  break_pi_1("refuse");
  expect_unreachable("refused the connection");
}

TEST_F(FaultTest, ANodeThatNeverSendsABanner) {
  CEF_NEEDS_NAMESPACES();
  break_pi_1("nobanner");
  expect_unreachable("never sent an SSH banner");
}

TEST_F(FaultTest, ANodeWithAChangedHostKey) {
  CEF_NEEDS_NAMESPACES();
  EXPECT_EQ(cef({"ping", "pi-1"}).code, 0);  // its key is known now
  break_pi_1("hostkey");
  expect_unreachable("host key verification failed: the key changed from SHA256:");
  expect_unreachable((state() / "known_hosts").string() + ":");
  expect_unreachable("host key verification failed", {"--host-key-checking", "off"});
  shell("ssh-keygen -R 10.99.0.11 -f " + (state() / "known_hosts").string());
}

TEST_F(FaultTest, ALockedAccount) {
  CEF_NEEDS_NAMESPACES();
  break_pi_1("locked");
  expect_unreachable("Your account has expired");
}

TEST_F(FaultTest, TooManyConnectionsBeforeLogin) {
  CEF_NEEDS_NAMESPACES();
  break_pi_1("maxstartups");
  expect_unreachable("MaxStartups");
}

TEST_F(FaultTest, AnUnknownHostUnderStrictChecking) {
  CEF_NEEDS_NAMESPACES();
  shell("ssh-keygen -R 10.99.0.11 -f " + (state() / "known_hosts").string());
  EXPECT_EQ(cef({"ping", "gpu"}).code, 0);
  EXPECT_EQ(cef({"ping", "pi-2"}).code, 0);
  expect_unreachable("is not in known_hosts and --host-key-checking is strict", {"--host-key-checking", "strict"});
}

TEST_F(FaultTest, CtrlCFinishesWhatRunsAndPrintsWhatIsKnown) {
  const std::string command = std::string(CEF_SOURCE_DIR) +
                              "/tests/fleet/fleet exec timeout --foreground -s INT 1 " CEF_BINARY_DIR
                              "/cef exec all -f 1 --json -i " +
                              (state() / "inventory.yaml").string() + " -- 'sleep 2; echo done'";
  const Outcome outcome = shell(command);
  const auto json = outcome.json();
  EXPECT_EQ(json["summary"]["interrupted"], true);
  EXPECT_EQ(json["summary"]["ok"], 1);
  EXPECT_EQ(json["summary"]["skipped"], 3);
}

}  // namespace
}  // namespace cef::e2e
