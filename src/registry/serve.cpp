// A server for these few files rather than Debian's cpp-httplib 0.11: that one answers "bytes=100-" of ten bytes with
// 206 and reads beyond the file, and keeps a request line of any length in memory (measured: 400 MB for one client).
#include "cef/registry/serve.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cef/registry/repository.hpp"
#include "http_connection.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_most_clients = 64;  ///< each has a thread
constexpr int k_backlog = 128;

/// Of the calling thread, and of those it starts: sendfile to a client that left raises SIGPIPE, and what asks cef to
/// end is for the main thread.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::string printed(const sockaddr_storage& address, socklen_t length) {
  std::array<char, NI_MAXHOST> host{};
  const int code = ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host.data(), host.size(), nullptr,
                                 0, NI_NUMERICHOST);
  return code == 0 ? host.data() : "unknown";
}

/// Listens at the first address of the name that can be had.
Result<int> listen_at(const std::string& address, int port) {
  const auto failed = [&](const std::string& why) {
    return fail(ErrorCode::usage, "cannot listen at " + address + " port " + std::to_string(port) + ": " + why);
  };
  if (port < 0 || port > 65535) {
    return failed("a port is 1 to 65535, or 0 for any that is free");
  }
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    return failed(::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::string why;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int fd = ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (fd >= 0 && ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(fd, each->ai_addr, each->ai_addrlen) == 0 && ::listen(fd, k_backlog) == 0) {
      return fd;
    }
    why = errno == EADDRINUSE ? "another program has this port; name another with --port" : std::strerror(errno);
    if (fd >= 0) {
      ::close(fd);
    }
  }
  return failed(why);
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), length, nullptr, 0, port.data(), port.size(),
                    NI_NUMERICSERV) != 0) {
    return 0;
  }
  return std::atoi(port.data());
}

}  // namespace

/// One thread accepts, and joins what has ended; each client has one more.
struct RepositoryServer::State {
  struct Client {
    int socket = -1;
    std::atomic<bool> ended{false};
    std::thread thread;
  };

  explicit State(ServeOptions given) : options(std::move(given)) {}

  void accept_all();
  void take(int socket, std::string name);
  void reap(bool all);
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(event, &one, sizeof one);
  }

  ServeOptions options;
  int listener = -1;
  int event = -1;  ///< a client ended, or the server is to stop
  std::atomic<bool> stopping{false};
  std::thread acceptor;
  std::list<Client> clients;  ///< of the acceptor alone
  std::mutex log_mutex;
  HttpConnection::Log log;
};

void RepositoryServer::State::take(int socket, std::string name) {
  if (clients.size() >= k_most_clients) {
    constexpr std::string_view k_busy =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    [[maybe_unused]] const ssize_t sent = ::send(socket, k_busy.data(), k_busy.size(), MSG_NOSIGNAL);
    ::close(socket);
    return;
  }
  Client& client = clients.emplace_back();
  client.socket = socket;
  const auto serve_client = [this, &client, called = std::move(name)] {
    try {
      HttpConnection(client.socket, called, options.dir, log).run();
    } catch (const std::exception&) {  // out of memory: this client is given up
    }
    ::shutdown(client.socket, SHUT_WR);
    client.ended = true;
    wake();
  };
  try {
    client.thread = std::thread(serve_client);
  } catch (const std::system_error&) {  // no more threads
    ::close(socket);
    clients.pop_back();
  }
}

void RepositoryServer::State::reap(bool all) {
  for (auto client = clients.begin(); client != clients.end();) {
    if (all) {
      ::shutdown(client->socket, SHUT_RDWR);
    }
    if (!all && !client->ended) {
      ++client;
      continue;
    }
    client->thread.join();
    ::close(client->socket);
    client = clients.erase(client);
  }
}

void RepositoryServer::State::accept_all() {
  while (!stopping) {
    std::array<pollfd, 2> waiting{{{event, POLLIN, 0}, {listener, POLLIN, 0}}};
    ::poll(waiting.data(), waiting.size(), -1);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(event, &count, sizeof count);
    reap(false);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int socket =
        stopping ? -1
                 : ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) {
      take(socket, printed(address, length));
    } else if (errno == EMFILE || errno == ENFILE) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the listener stays ready: do not spin
    }
  }
  reap(true);
}

RepositoryServer::RepositoryServer(ServeOptions options) : state_(std::make_unique<State>(std::move(options))) {}
RepositoryServer::RepositoryServer(RepositoryServer&&) noexcept = default;
RepositoryServer& RepositoryServer::operator=(RepositoryServer&& other) noexcept {
  stop();
  state_ = std::move(other.state_);
  return *this;
}
RepositoryServer::~RepositoryServer() {
  stop();
}

Result<int> RepositoryServer::start() {
  if (auto repository = ModelRepository::open(state_->options.dir); !repository) {
    return fail(repository.error());
  }
  const auto listener = listen_at(state_->options.address, state_->options.port);
  if (!listener) {
    return listener;
  }
  stop();
  state_->listener = *listener;
  state_->event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  state_->stopping = false;
  if (state_->options.on_request) {
    state_->log = [state = state_.get()](const ServedRequest& request) {
      const std::lock_guard lock(state->log_mutex);
      state->options.on_request(request);
    };
  }
  const BlockedSignals blocked;
  state_->acceptor = std::thread([state = state_.get()] { state->accept_all(); });
  return port_of(*listener);
}

void RepositoryServer::stop() {
  if (!state_ || !state_->acceptor.joinable()) {
    return;
  }
  state_->stopping = true;
  state_->wake();
  state_->acceptor.join();
  ::close(std::exchange(state_->listener, -1));
  ::close(std::exchange(state_->event, -1));
}

}  // namespace cef::registry
