#include "ssh/tcp.hpp"

#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace cef::ssh
