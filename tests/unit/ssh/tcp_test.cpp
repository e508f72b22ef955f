#include "ssh/tcp.hpp"

#include <cstdlib>
#include <system_error>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "unit/few_threads.hpp"

namespace cef::ssh {
namespace {

/// A port of this machine; with `places` 0 one connection fills its queue, and the kernel answers no more.
struct Port {
  explicit Port(int places) : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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
