#include "modules/waiting.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

/// Listens on a port of its own; closes it at its end.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void close() {
    if (socket_ >= 0) {
      ::close(std::exchange(socket_, -1));
    }
  }
  int port = 0;

 private:
  int socket_;
};

TEST(WaitFor, APort) {
  CaseHost host;
  Listener listener;
  const Json there = host.run("wait_for", {{"port", listener.port}, {"timeout", 20}});
  EXPECT_FALSE(there.contains("failed")) << there.dump();
  EXPECT_EQ(there["state"], "started");
  EXPECT_EQ(there["port"], listener.port);
  EXPECT_EQ(there["changed"], false);
  listener.close();
  EXPECT_FALSE(
      host.run("wait_for", {{"port", listener.port}, {"state", "stopped"}, {"timeout", 20}}).contains("failed"));
  const Json never = host.run("wait_for", {{"port", listener.port}, {"timeout", 1}});
  EXPECT_EQ(never["msg"], "Timeout when waiting for 127.0.0.1:" + std::to_string(listener.port));
  EXPECT_TRUE(never["elapsed"].is_number_integer());
  EXPECT_FALSE(
      host.run("wait_for", {{"port", listener.port}, {"state", "drained"}, {"timeout", 20}}).contains("failed"));
}

TEST(WaitFor, AFileAndWhatIsInIt) {
  CaseHost host;
  host.fresh("printf 'a\\nport=80 up\\n' >f");
  const std::string file = host.folder() + "/f";
  EXPECT_FALSE(host.run("wait_for", {{"path", file}, {"timeout", 20}}).contains("failed"));
  const Json found =
      host.run("wait_for", {{"path", file}, {"search_regex", "^port=(\\d+) (?P<how>\\w+)$"}, {"timeout", 20}});
  EXPECT_EQ(found["match_groups"], Json::array({"80", "up"})) << found.dump();
  EXPECT_EQ(found["match_groupdict"], Json({{"how", "up"}}));
  EXPECT_EQ(host.run("wait_for", {{"path", file}, {"search_regex", "none"}, {"timeout", 1}})["msg"],
            "Timeout when waiting for search string none in " + file);
  EXPECT_EQ(host.run("wait_for", {{"path", file}, {"state", "absent"}, {"timeout", 1}})["msg"],
            "Timeout when waiting for " + file + " to be absent.");
  EXPECT_EQ(host.run("wait_for", {{"path", file + "x"}, {"timeout", 1}, {"msg", "mine"}})["msg"], "mine");
  EXPECT_FALSE(host.run("wait_for", {{"path", file + "x"}, {"state", "absent"}}).contains("failed"));
}

TEST(WaitFor, RefusesWhatMakesNoSense) {
  CaseHost host;
  EXPECT_EQ(host.run("wait_for", {{"path", "/x"}, {"port", 1}})["msg"],
            "port and path parameter can not both be passed to wait_for");
  EXPECT_EQ(host.run("wait_for", {{"path", "/x"}, {"state", "drained"}})["msg"],
            "state=drained should only be used for checking a port in the wait_for module");
  EXPECT_EQ(host.run("wait_for", {{"port", 1}, {"active_connection_states", {"OPEN"}}})["msg"],
            "unknown active_connection_state (OPEN) defined");
  EXPECT_EQ(host.run("wait_for", {{"port", 1}, {"search_regex", "("}})["msg"].get<std::string>().substr(0, 26),
            "Invalid regular expression");
}

TEST(WaitForConnection, AnswersWhenTheHostDoes) {
  CaseHost host;
  EXPECT_EQ(host.run("wait_for_connection", Json::object())["elapsed"], 0);
  EXPECT_EQ(host.run("wait_for_connection", Json::object(), true)["skipped"], true);
}

TEST(Reboot, IsNotDoneInACheckNorToThisMachine) {
  CaseHost host;
  EXPECT_EQ(host.run("reboot", Json::object())["msg"],
            "Running reboot with local connection would reboot the control node.");
  EXPECT_EQ(host.run("reboot", Json::object())["rebooted"], false);
}

}  // namespace
}  // namespace cef::modules
