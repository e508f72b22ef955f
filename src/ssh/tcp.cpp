#include "tcp.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cef/core/loop.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::chrono::microseconds k_least_patience{50'000};
constexpr std::chrono::microseconds k_most_patience{333'000};
constexpr int k_silence = 8;    // usual handshakes
constexpr int k_smoothing = 8;  // one handshake weighs an eighth

/// Of the TCP handshakes of this process, the recent ones before all, in microseconds. Of two writers one may be lost.
std::atomic<std::int64_t> g_usual_handshake{k_most_patience.count() / k_silence};

core::Milliseconds patience() {
  const std::chrono::microseconds usual(g_usual_handshake.load());
  return std::chrono::duration_cast<core::Milliseconds>(
      std::clamp(usual * k_silence, k_least_patience, k_most_patience));
}

void remember_handshake(core::Clock::time_point begun) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(core::Clock::now() - begun).count();
  const std::int64_t usual = g_usual_handshake.load();
  g_usual_handshake.store(usual + (took - usual) / k_smoothing);
}

struct Resolved {
  int error = 0;
  std::shared_ptr<addrinfo> list;
};

Resolved resolve_now(const std::string& address, int port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &list);
  return {error, std::shared_ptr<addrinfo>(list, [](addrinfo* all) {
            if (all != nullptr) {
              ::freeaddrinfo(all);
            }
          })};
}

/// A name on its way to addresses.
struct Lookup {
  Lookup() : ended(::eventfd(0, EFD_CLOEXEC)) {}
  Resolved result;
  Socket ended;  ///< can be read from when the result is there
};

Result<Resolved> or_error(Resolved named, const std::string& address) {
  if (named.error != 0) {
    return fail(ErrorCode::unreachable,
                "the name '" + address + "' cannot be resolved: " + ::gai_strerror(named.error));
  }
  return named;
}

/// getaddrinfo has no deadline: a name that a dead server should resolve is left to a thread that nobody waits for.
Result<Resolved> resolve(const std::string& address, int port, const Deadline& deadline, const core::StopToken& stop) {
  Resolved numeric = resolve_now(address, port, AI_NUMERICHOST);
  if (numeric.error == 0) {
    return numeric;
  }
  const auto lookup = std::make_shared<Lookup>();
  if (lookup->ended.get() < 0) {
    return fail(ErrorCode::general, std::string("no name can be resolved: ") + std::strerror(errno));
  }
  try {
    std::thread([lookup, address, port] {
      lookup->result = resolve_now(address, port, AI_ADDRCONFIG);
      ::eventfd_write(lookup->ended.get(), 1);
    }).detach();
  } catch (const std::system_error&) {  // the system has no more threads to give
    return or_error(resolve_now(address, port, AI_ADDRCONFIG), address);
  }
  while (core::wait_for(lookup->ended.get(), POLLIN, core::Milliseconds(20)) == 0) {
    if (stop.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    if (deadline.passed()) {
      return fail(ErrorCode::unreachable, "the name '" + address + "' was not resolved within the connect deadline");
    }
  }
  return or_error(lookup->result, address);
}

/// 0, or an errno.
int connect_one(int fd, const addrinfo& address, const Deadline& deadline, const core::StopToken& stop,
                const std::function<void()>& silent) {
  const auto begun = core::Clock::now();
  const Deadline patient(patience());
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) {
    remember_handshake(begun);
    return 0;
  }
  if (errno != EINPROGRESS) {
    return errno;
  }
  while (!deadline.passed() && !stop.immediate()) {
    const int wait_ms = deadline.poll_timeout();
    if (core::wait_for(fd, POLLOUT, core::Milliseconds(patient.passed() ? wait_ms : patient.poll_timeout(wait_ms))) !=
        0) {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) {
        remember_handshake(begun);
      }
      return error;
    }
    if (silent && patient.passed()) {
      silent();
    }
  }
  return ETIMEDOUT;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<Socket> connect_tcp(const std::string& address, int port, const Deadline& deadline, const core::StopToken& stop,
                           const std::function<void()>& silent) {
  const auto resolved = resolve(address, port, deadline, stop);
  if (!resolved) {
    return fail(resolved.error());
  }
  int error = 0;
  long left = 0;
  for (const addrinfo* one = resolved->list.get(); one != nullptr; one = one->ai_next) {
    ++left;
  }
  for (const addrinfo* one = resolved->list.get(); one != nullptr; one = one->ai_next, --left) {
    Socket socket(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol));
    if (socket.get() < 0) {
      error = errno;
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    // A host that lost its power is noticed within half a minute, also while nothing is sent.
    const int idle_s = 10;
    const int interval_s = 5;
    const int unacknowledged_ms = 30'000;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
    error = connect_one(socket.get(), *one, deadline.share(left), stop, silent);
    if (error == 0) {
      return socket;
    }
  }
  if (stop.immediate()) {
    return fail(ErrorCode::interrupted, "interrupted");
  }
  const std::string place = address + " port " + std::to_string(port);
  if (error == ECONNREFUSED) {
    return fail(ErrorCode::unreachable, place + " refused the connection: no SSH server listens there");
  }
  if (error == ETIMEDOUT) {
    return fail(ErrorCode::unreachable, place +
                                            " did not answer within the connect deadline: the host is off or a "
                                            "firewall drops the packets");
  }
  return fail(ErrorCode::unreachable, place + " cannot be reached: " + std::strerror(error));
}

}  // namespace cef::ssh
