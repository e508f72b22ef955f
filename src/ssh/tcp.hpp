#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "deadline.hpp"

namespace cef::ssh {

/// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();
  [[nodiscard]] int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Resolves and connects, every address in turn with a share of the deadline, within it; NODELAY is on. Errors:
/// unreachable, interrupted. Calls `silent`, if it is set, now and then once an address has not answered for eight
/// times as long as others did lately, but at least 50 ms and at most a third of a second.
core::Result<Socket> connect_tcp(const std::string& address, int port, const Deadline& deadline,
                                 const core::StopToken& stop, const std::function<void()>& silent = {});

/// What the other end has sent over a TCP socket so far; 0 for another kind of socket.
std::uint64_t bytes_received(int fd);

}  // namespace cef::ssh
