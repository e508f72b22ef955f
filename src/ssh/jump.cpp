#include <array>
#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libssh_connection.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<std::unique_ptr<JumpPump>> JumpPump::start(SessionPointer session, const std::string& address, int port,
                                                  const Deadline& deadline, const core::StopToken& stop) {
  std::unique_ptr<JumpPump> pump(new JumpPump);
  pump->session_ = std::move(session);
  pump->channel_ = ssh_channel_new(pump->session_.get());
  while (true) {
    const int rc = ssh_channel_open_forward(pump->channel_, address.c_str(), port, "127.0.0.1", 0);
    if (rc == SSH_OK) {
      break;
    }
    if (rc != SSH_AGAIN) {
      return fail(ErrorCode::unreachable, "the jump host cannot reach " + address + " port " + std::to_string(port) +
                                              ": " + ssh_get_error(pump->session_.get()));
    }
    if (stop.immediate() || deadline.passed()) {
      return fail(ErrorCode::unreachable, "the jump host did not reach " + address + " within the connect deadline");
    }
    wait_for_socket(pump->session_.get(), deadline);
  }
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(ErrorCode::general, "no socket pair can be made for the jump host");
  }
  pump->near_end_ = Socket(pair[0]);
  pump->far_end_ = Socket(pair[1]);
  try {
    pump->thread_ = std::thread([raw = pump.get()] { raw->run(); });
  } catch (const std::system_error&) {
    return fail(
        ErrorCode::general,
        "this machine gives no more threads, each jump to a host needs one; take fewer hosts at once (--forks), "
        "or allow more processes (ulimit -u)");
  }
  return pump;
}

JumpPump::~JumpPump() {
  stop_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
  if (channel_ != nullptr) {
    ssh_channel_free(channel_);
  }
}

void JumpPump::run() {
  std::array<char, 32768> buffer{};
  std::string to_channel;
  std::string to_socket;
  bool socket_open = true;
  while (!stop_) {
    if (to_channel.empty() && socket_open) {
      const ssize_t count = ::read(near_end_.get(), buffer.data(), buffer.size());
      if (count > 0) {
        to_channel.assign(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == 0) {
        socket_open = false;
      }
    }
    if (!to_channel.empty()) {
      const int count = ssh_channel_write(channel_, to_channel.data(), static_cast<std::uint32_t>(to_channel.size()));
      if (count < 0) {
        break;
      }
      to_channel.erase(0, static_cast<std::size_t>(count));
    }
    if (to_socket.empty()) {
      const int count = ssh_channel_read_nonblocking(channel_, buffer.data(), buffer.size(), 0);
      if (count > 0) {
        to_socket.assign(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == SSH_ERROR || ssh_channel_is_eof(channel_) != 0) {
        break;
      }
    }
    if (!to_socket.empty()) {
      const ssize_t count = ::send(near_end_.get(), to_socket.data(), to_socket.size(), MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) {
        break;
      }
      to_socket.erase(0, count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    if (!socket_open && to_channel.empty()) {
      break;
    }
    // What cannot be handed on is not read: poll would say again and again that there is more.
    const bool reads = to_socket.empty() || !to_channel.empty();
    std::array<pollfd, 2> wait{{{reads ? ssh_get_fd(session_.get()) : -1, POLLIN, 0}, {near_end_.get(), 0, 0}}};
    wait[0].events =
        static_cast<short>(POLLIN | ((ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0));
    wait[1].events = static_cast<short>((to_channel.empty() ? POLLIN : 0) | (to_socket.empty() ? 0 : POLLOUT));
    ::poll(wait.data(), wait.size(), to_channel.empty() ? 100 : 5);
  }
  near_end_ = Socket();  // the next hop sees the end
}

}  // namespace cef::ssh
