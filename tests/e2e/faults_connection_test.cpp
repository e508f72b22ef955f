// A node that cannot be logged in to: the others get the work, it gets nothing, and the next run after it is healed
// gives it the rest.
#include "faults.hpp"

namespace cef::e2e {
namespace {

class FaultsConnectionTest : public FaultsTest {
 protected:
  /// Puts a new file on all nodes while pi-1 has the fault, then heals it and runs again.
  void expect_only_pi_1_left_out(std::initializer_list<const char*> message, const std::string& status = "unreachable",
                                 int code = 4) {
    const std::string file = random_file("note", 1000);
    const std::vector<std::string> put = {"file", "put", "all", file, "/tmp/note", "--connect-timeout", "3s", "--json"};
    const Outcome outcome = daily(put);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    expect(outcome, "pi-1", status, message);
    EXPECT_EQ(outcome.json()["summary"]["ok"], 3) << outcome.out;
    EXPECT_EQ(outcome.json()["summary"]["changed"], 3) << outcome.out;
    for (const char* name : {"pi-2", "gpu-1", "gpu-2"}) {
      EXPECT_EQ(digest_there(name, "/tmp/note"), digest_here(file)) << name;
    }
    heal();
    EXPECT_NE(digest_there("pi-1", "/tmp/note"), digest_here(file));
    EXPECT_EQ(on_node("pi-1", "ls -A /tmp | grep cef-part").out, "");
    const Outcome again = daily(put);
    EXPECT_EQ(again.code, 0) << again.out << again.err;
    EXPECT_EQ(again.json()["summary"]["changed"], 1) << again.out;
    EXPECT_EQ(digest_there("pi-1", "/tmp/note"), digest_here(file));
  }
  /// The fault does not keep cef from its work.
  void expect_all_served() {
    const std::string file = random_file("note", 1000);
    const Outcome outcome = daily({"file", "put", "all", file, "/tmp/note", "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.json()["summary"]["changed"], 4) << outcome.out;
    EXPECT_EQ(digest_there("pi-1", "/tmp/note"), digest_here(file));
  }
};

TEST_F(FaultsConnectionTest, Off) {
  break_node("off");
  expect_only_pi_1_left_out({"10.99.0.11 port 22 ", "the host is off"});
}

TEST_F(FaultsConnectionTest, Refuse) {
  break_node("refuse");
  expect_only_pi_1_left_out({"10.99.0.11 port 22 refused the connection: no SSH server listens there"});
}

TEST_F(FaultsConnectionTest, BlackHole) {
  break_node("blackhole");
  expect_only_pi_1_left_out({"did not answer within the connect deadline", "a firewall drops the packets"});
}

TEST_F(FaultsConnectionTest, FrozenSshd) {
  break_node("nobanner");
  expect_only_pi_1_left_out({"port 22 took the connection and never sent an SSH banner: its SSH server hangs"});
}

TEST_F(FaultsConnectionTest, Tarpit) {
  break_node("tarpit");
  expect_only_pi_1_left_out({"port 22 took the connection and never sent an SSH banner: its SSH server hangs"});
}

TEST_F(FaultsConnectionTest, JunkBanner) {
  break_node("junkbanner");
  expect_only_pi_1_left_out({"port 22 ", "never sent an SSH banner, but something else"});
}

TEST_F(FaultsConnectionTest, MaxStartups) {
  break_node("maxstartups");
  expect_only_pi_1_left_out({"closed the connection before it sent an SSH banner", "MaxStartups", "(3 tries)"});
}

TEST_F(FaultsConnectionTest, MaxSessionsOne) {
  break_node("maxsessions1");
  expect_all_served();
  const Outcome get = daily({"file", "get", "pi-1", "/tmp/note", folder() / "got"});
  EXPECT_EQ(get.code, 0) << get.out << get.err;
}

TEST_F(FaultsConnectionTest, ChangedHostKey) {
  ASSERT_EQ(daily({"ping", "pi-1"}).code, 0);  // its key is known now
  break_node("hostkey");
  expect_only_pi_1_left_out({"host key verification failed: the key changed from SHA256:", "known_hosts:",
                             "if the host was installed anew: ssh-keygen -R"});
}

TEST_F(FaultsConnectionTest, ExpiredAccount) {
  break_node("expired");
  expect_only_pi_1_left_out({"user 'edge' and said: Your account has expired"});
}

TEST_F(FaultsConnectionTest, Nologin) {
  break_node("nologin");
  expect_only_pi_1_left_out({"user 'edge' and said: This node is down for maintenance."});
}

TEST_F(FaultsConnectionTest, MustChangePassword) {
  break_node("mustchange");
  expect_only_pi_1_left_out({"password has expired and must be changed", "ssh -t"});
}

TEST_F(FaultsConnectionTest, LockedPassword) {
  break_node("locked");
  expect_all_served();
}

}  // namespace
}  // namespace cef::e2e
