#include "session.hpp"

#include <algorithm>
#include <array>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "cef/core/loop.hpp"

namespace cef::ssh {

using core::ErrorCode;

namespace {

// curve25519 first: OpenSSH's default sntrup761 alone costs the client tens of milliseconds of CPU a connection.
constexpr const char* k_key_exchange =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
constexpr const char* k_ciphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr";
const std::vector<std::string> k_host_keys = {"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                              "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};

/// Algorithms of the keys that are known come first, so that a host is not taken for changed because it showed another.
std::string host_key_algorithms(const std::vector<std::string>& known_types) {
  std::vector<std::string> order = k_host_keys;
  std::stable_partition(order.begin(), order.end(), [&](const std::string& algorithm) {
    const std::string type = algorithm.rfind("rsa-", 0) == 0 ? "ssh-rsa" : algorithm;
    return std::find(known_types.begin(), known_types.end(), type) != known_types.end();
  });
  std::string list;
  for (const auto& algorithm : order) {
    list += (list.empty() ? "" : ",") + algorithm;
  }
  return list;
}

tl::unexpected<HandshakeError> give_up(std::string message) {
  return tl::unexpected(HandshakeError{{ErrorCode::unreachable, std::move(message), {}}, false});
}

std::string not_in_time(ssh_session session, int port) {
  if (ssh_get_serverbanner(session) != nullptr) {
    return "the SSH handshake did not end within the connect deadline";
  }
  const std::string place = "port " + std::to_string(port) + " took the connection and never sent an SSH banner";
  return place + (bytes_received(ssh_get_fd(session)) > 0 ? ", but something else: no SSH server listens there"
                                                          : ": its SSH server hangs, or something else listens there");
}

struct ServerKey {
  std::string type;
  std::string base64;
};

std::optional<ServerKey> server_key(ssh_session session) {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session, &raw) != SSH_OK) {
    return std::nullopt;
  }
  const KeyPointer key(raw);
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(raw, &text) != SSH_OK) {
    return std::nullopt;
  }
  const char* ecdsa = ssh_pki_key_ecdsa_name(raw);
  const enum ssh_keytypes_e type = ssh_key_type(raw);
  const bool is_ecdsa =
      type == SSH_KEYTYPE_ECDSA_P256 || type == SSH_KEYTYPE_ECDSA_P384 || type == SSH_KEYTYPE_ECDSA_P521;
  ServerKey result{is_ecdsa ? ecdsa : ssh_key_type_to_char(type), text};
  ssh_string_free_char(text);
  return result;
}

tl::expected<void, HandshakeError> check_host_key(ssh_session session, const Settings& settings,
                                                  const SessionContext& context) {
  const auto key = server_key(session);
  if (!key) {
    return give_up("the host's key cannot be read");
  }
  const std::string shown = fingerprint(key->base64);
  const KeyCheck check = context.known_hosts.check(settings.address, settings.port, key->type, key->base64);
  if (check.state == KeyState::revoked) {
    return give_up("host key verification failed: the key " + shown + " is revoked in " + check.where);
  }
  if (settings.host_key) {
    return *settings.host_key == shown ? tl::expected<void, HandshakeError>{}
                                       : give_up("host key verification failed: host_key in the inventory is " +
                                                 *settings.host_key + ", the host showed " + shown);
  }
  if (check.state == KeyState::known) {
    return {};
  }
  const auto types = context.known_hosts.types(settings.address, settings.port);
  if (check.state == KeyState::changed || !types.empty()) {
    const std::string old = check.old_key.empty() ? "a key of type " + types.front() : fingerprint(check.old_key);
    return give_up("host key verification failed: the key changed from " + old +
                   (check.where.empty() ? "" : " (" + check.where + ")") + " to " + shown +
                   "; if the host was installed anew: ssh-keygen -R '" +
                   known_hosts_name(settings.address, settings.port) + "'");
  }
  if (context.checking == HostKeyChecking::off) {
    return {};
  }
  if (context.checking == HostKeyChecking::strict) {
    return give_up(
        "host key verification failed: the host is not in known_hosts and --host-key-checking is strict; it "
        "showed " +
        shown);
  }
  if (auto added = context.known_hosts.add(settings.address, settings.port, key->type, key->base64); !added) {
    return tl::unexpected(HandshakeError{added.error(), false});
  }
  return {};
}

}  // namespace

void FreeSession::operator()(ssh_session session) const noexcept {
  if (ssh_is_connected(session) != 0) {
    ssh_disconnect(session);
  }
  ssh_free(session);
}

void wait_for_socket(ssh_session session, const Deadline& deadline) {
  pollfd wait{ssh_get_fd(session), POLLIN, 0};
  // After each packet libssh wants to hear that the socket can be written, whether anything is left to write or not.
  if ((ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0) {
    wait.events |= POLLOUT;
    if (::poll(&wait, 1, 0) != 0) {
      return;
    }
  }
  // The kernel goes back to delaying acknowledgements by itself; delayed, each step of a handshake waits 40 ms for
  // them.
  const int on = 1;
  ::setsockopt(wait.fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  core::wait_for(wait.fd, wait.events, core::Milliseconds(deadline.poll_timeout()));
}

tl::expected<SessionPointer, HandshakeError> handshake(Socket socket, const Settings& settings,
                                                       const SessionContext& context, const Deadline& deadline,
                                                       const core::StopToken& stop) {
  SessionPointer session(ssh_new());
  const int port = settings.port;
  int fd = socket.get();
  const int no = 0;
  const std::string algorithms = host_key_algorithms(context.known_hosts.types(settings.address, settings.port));
  ssh_options_set(session.get(), SSH_OPTIONS_HOST, settings.address.c_str());
  ssh_options_set(session.get(), SSH_OPTIONS_PORT, &port);
  ssh_options_set(session.get(), SSH_OPTIONS_USER, settings.user.c_str());
  ssh_options_set(session.get(), SSH_OPTIONS_PROCESS_CONFIG, &no);
  // Keys are checked below. Left unset, libssh would look for the user's home and read all known_hosts for each
  // session.
  ssh_options_set(session.get(), SSH_OPTIONS_SSH_DIR, "/nonexistent");
  ssh_options_set(session.get(), SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts");
  ssh_options_set(session.get(), SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts");
  ssh_options_set(session.get(), SSH_OPTIONS_KEY_EXCHANGE, k_key_exchange);
  ssh_options_set(session.get(), SSH_OPTIONS_CIPHERS_C_S, k_ciphers);
  ssh_options_set(session.get(), SSH_OPTIONS_CIPHERS_S_C, k_ciphers);
  ssh_options_set(session.get(), SSH_OPTIONS_HOSTKEYS, algorithms.c_str());
  ssh_options_set(session.get(), SSH_OPTIONS_FD, &fd);
  ssh_set_blocking(session.get(), 0);
  socket.release();  // the session closes it
  while (true) {
    const int rc = ssh_connect(session.get());
    if (rc == SSH_OK) {
      break;
    }
    if (rc == SSH_ERROR) {
      const bool banner = ssh_get_serverbanner(session.get()) != nullptr;
      return tl::unexpected(HandshakeError{
          {ErrorCode::unreachable,
           banner ? "the SSH handshake failed: " + std::string(ssh_get_error(session.get()))
                  : "the server closed the connection before it sent an SSH banner: too many connections at once "
                    "(MaxStartups), or no SSH server",
           {}},
          true});
    }
    if (stop.immediate()) {
      return tl::unexpected(HandshakeError{{ErrorCode::interrupted, "interrupted", {}}, false});
    }
    if (deadline.passed()) {
      return give_up(not_in_time(session.get(), port));
    }
    wait_for_socket(session.get(), deadline);
  }
  if (auto checked = check_host_key(session.get(), settings, context); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  return session;
}

}  // namespace cef::ssh
