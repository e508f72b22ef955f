// An SSH server that does next to nothing: one key may log in, every command ends at once with exit status 0, without
// having run. A few processes with many sessions each, so that a bench of the control side measures the control side.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int k_accepts_a_turn = 16;
constexpr int k_turn_ms = 100;
constexpr int k_bind_tries = 100;

struct Options {
  int port = 0;
  int processes = 1;
  std::size_t hold = 0;  ///< commands are answered when so many wait; 0: each at once
  const char* host_key = nullptr;
  ssh_key login_key = nullptr;
};

/// One client: its session, its one channel, and whether its command waits for an answer.
class Client {
 public:
  Client(ssh_bind bind, int fd, ssh_key key) : key_(key), session_(ssh_new()) {
    std::memset(&server_, 0, sizeof server_);
    server_.userdata = this;
    server_.auth_pubkey_function = [](ssh_session, const char*, ssh_key_struct* offered, char state, void* self) {
      const bool known = ssh_key_cmp(offered, static_cast<Client*>(self)->key_, SSH_KEY_CMP_PUBLIC) == 0;
      const bool proper = state == SSH_PUBLICKEY_STATE_NONE || state == SSH_PUBLICKEY_STATE_VALID;
      return static_cast<int>(known && proper ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED);
    };
    server_.channel_open_request_session_function = [](ssh_session, void* self) {
      return static_cast<Client*>(self)->open_channel();
    };
    ssh_callbacks_init(&server_);
    std::memset(&commands_, 0, sizeof commands_);
    commands_.userdata = this;
    commands_.channel_exec_request_function = [](ssh_session, ssh_channel, const char*, void* self) {
      static_cast<Client*>(self)->waits_ = true;
      return 0;
    };
    ssh_callbacks_init(&commands_);
    ssh_set_server_callbacks(session_, &server_);
    ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY);
    ssh_set_blocking(session_, 0);
    good_ = ssh_bind_accept_fd(bind, session_, fd) == SSH_OK && ssh_handle_key_exchange(session_) != SSH_ERROR;
  }
  ~Client() { ssh_free(session_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Not by SSH_CLOSED_ERROR: libssh sets it also when there was nothing to read.
  [[nodiscard]] bool good() const { return good_ && ssh_is_connected(session_) != 0; }
  [[nodiscard]] bool waits() const { return waits_; }
  [[nodiscard]] ssh_session session() const { return session_; }
  void answer() {
    waits_ = false;
    ssh_channel_request_send_exit_status(channel_, 0);
    ssh_channel_send_eof(channel_);
    ssh_channel_close(channel_);
  }

 private:
  ssh_channel open_channel() {
    channel_ = ssh_channel_new(session_);
    ssh_set_channel_callbacks(channel_, &commands_);
    return channel_;
  }

  ssh_key key_;
  ssh_session session_;
  ssh_channel channel_ = nullptr;
  ssh_server_callbacks_struct server_{};
  ssh_channel_callbacks_struct commands_{};
  bool waits_ = false;
  bool good_ = false;
};

class Server {
 public:
  Server(const Options& options, int listener)
      : options_(options), listener_(listener), bind_(ssh_bind_new()), event_(ssh_event_new()) {
    const bool no_configuration = false;
    ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_configuration);
    ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_HOSTKEY, options.host_key);
    ssh_event_add_fd(
        event_, listener_, POLLIN, [](socket_t, int, void*) { return 0; }, nullptr);
  }

  [[noreturn]] void run() {
    while (true) {
      ssh_event_dopoll(event_, k_turn_ms);
      answer_those_who_wait();
      remove_those_who_left();
      accept_some();
    }
  }

 private:
  void answer_those_who_wait() {
    const auto waiting = static_cast<std::size_t>(
        std::count_if(clients_.begin(), clients_.end(), [](const auto& client) { return client->waits(); }));
    if (waiting == 0 || waiting < options_.hold) {
      return;
    }
    for (const auto& client : clients_) {
      if (client->waits()) {
        client->answer();
      }
    }
  }

  void remove_those_who_left() {
    std::erase_if(clients_, [this](const auto& client) {
      if (!client->good()) {
        ssh_event_remove_session(event_, client->session());
        return true;
      }
      return false;
    });
  }

  void accept_some() {
    for (int i = 0; i < k_accepts_a_turn; ++i) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) {
        return;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto client = std::make_unique<Client>(bind_, fd, options_.login_key);
      if (client->good()) {
        ssh_event_add_session(event_, client->session());
        clients_.push_back(std::move(client));
      }
    }
  }

  const Options& options_;
  int listener_;
  ssh_bind bind_;
  ssh_event event_;
  std::vector<std::unique_ptr<Client>> clients_;
};

int listen_on(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
  const auto bind = [&] { return ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0; };
  bool bound = bind();
  for (int i = 0; i < k_bind_tries && !bound; ++i) {  // the processes of the one before may be ending
    ::usleep(50'000);
    bound = bind();
  }
  return bound && ::listen(listener, 4096) == 0 ? listener : -1;
}

int serve(const Options& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const int listener = listen_on(options.port);
  if (listener < 0) {
    std::perror("speed_light_sshd: listen");
    return 1;
  }
  for (int i = 0; i < options.processes; ++i) {
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      Server(options, listener).run();
    }
  }
  std::puts("ready");
  std::fflush(stdout);
  ::wait(nullptr);  // none of them ends by itself
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: speed_light_sshd PORT PROCESSES HOLD HOST_KEY LOGIN_KEY.pub\n", stderr);
    return 5;
  }
  Options options;
  options.port = std::atoi(argv[1]);
  options.processes = std::max(1, std::atoi(argv[2]));
  options.hold = std::strtoul(argv[3], nullptr, 10);
  options.host_key = argv[4];
  ssh_init();
  if (ssh_pki_import_pubkey_file(argv[5], &options.login_key) != SSH_OK) {
    std::fprintf(stderr, "speed_light_sshd: %s is not a public key\n", argv[5]);
    return 1;
  }
  return serve(options);
}
