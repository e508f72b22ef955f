#include "ssh/tcp.hpp"

#include <cstdlib>
#include <system_error>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "unit/few_threads.hpp"

namespace cef::ssh {
namespace {

/// A port of this machine; with `places` 0 one connection fills its queue, and the kernel answers no more.
struct Port {
  explicit Port(int places, in_addr_t host = INADDR_LOOPBACK, int wanted = 0)
      : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(host);
    address.sin_port = htons(static_cast<std::uint16_t>(wanted));
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket.get(), any, size), 0);
    EXPECT_EQ(::listen(socket.get(), places), 0);
    EXPECT_EQ(::getsockname(socket.get(), any, &size), 0);
    number = ntohs(address.sin_port);
  }
  Socket socket;
  int number = 0;
};

TEST(ConnectTcp, WhereOthersAnswerAtOnceAnAddressIsSilentSoon) {
  const core::StopToken stop;
  const Port answering(100);
  const Port deaf(0);
  auto connect = [&stop](int port, int& calls) {
    return connect_tcp("127.0.0.1", port, Deadline(core::Milliseconds(200)), stop, [&calls] { ++calls; });
  };
  int calls = 0;
  const auto first = connect(deaf.number, calls);
  ASSERT_TRUE(first);

  EXPECT_FALSE(connect(deaf.number, calls));
  EXPECT_EQ(calls, 0) << "200 ms are no silence before anything is known of the network";

  std::vector<Socket> kept;
  for (int i = 0; i < 50; ++i) {
    auto socket = connect(answering.number, calls);
    ASSERT_TRUE(socket) << socket.error().message;
    kept.push_back(std::move(*socket));
  }
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(connect(deaf.number, calls));
  EXPECT_GT(calls, 0);
}

TEST(ConnectTcp, AnAddressThatIsSilentLeavesTimeForTheNext) {
  const auto connected = [](in_addr_t deaf, in_addr_t answering) {
    const pid_t child = ::fork();
    if (child != 0) {
      int status = 0;
      ::waitpid(child, &status, 0);
      return WEXITSTATUS(status);
    }
    char file[] = "/tmp/cef-hosts.XXXXXX";
    const std::string text = "127.0.0.2 twofold\n127.0.0.1 twofold\n";
    const int fd = ::mkstemp(file);
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool bound = ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       ::mount(file, "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
    ::unlink(file);
    if (!written || !bound) {
      std::_Exit(2);
    }
    const Port silent(0, deaf);
    const auto fills = connect_tcp(deaf == INADDR_LOOPBACK ? "127.0.0.1" : "127.0.0.2", silent.number,
                                   Deadline(std::chrono::seconds(5)), {});
    const Port open(100, answering, silent.number);
    std::_Exit(fills && connect_tcp("twofold", silent.number, Deadline(std::chrono::seconds(2)), {}) ? 0 : 1);
  };
  constexpr in_addr_t k_second = INADDR_LOOPBACK + 1;
  const int first = connected(INADDR_LOOPBACK, k_second);
  if (first == 2) {
    GTEST_SKIP() << "a name gets two addresses in a mount namespace: run as root where unshare is allowed";
  }
  EXPECT_EQ(first, 0);
  EXPECT_EQ(connected(k_second, INADDR_LOOPBACK), 0) << "whichever is tried first";
}

TEST(ConnectTcp, ANameIsResolvedWhereTheSystemGivesNoMoreThreads) {
  if (!k_memory_can_be_limited) {
    GTEST_SKIP() << "a sanitizer takes all addresses";
  }
  const auto resolved = [] {
    allow_few_threads();
    std::vector<std::thread> all;
    try {
      while (true) {
        all.emplace_back([] { ::pause(); });
      }
    } catch (const std::system_error&) {
    }
    const auto socket = connect_tcp("localhost", 1, Deadline(std::chrono::seconds(5)), {});
    std::_Exit(!socket && socket.error().message.rfind("localhost port 1", 0) == 0 ? 0 : 1);
  };
  EXPECT_EXIT(resolved(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cef::ssh
