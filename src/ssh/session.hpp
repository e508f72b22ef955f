#pragma once

#include <memory>
#include <string>

#include <libssh/libssh.h>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "deadline.hpp"
#include "known_hosts.hpp"
#include "settings.hpp"
#include "tcp.hpp"

namespace cef::ssh {

struct FreeSession {
  void operator()(ssh_session session) const noexcept;
};
using SessionPointer = std::unique_ptr<ssh_session_struct, FreeSession>;

struct FreeKey {
  void operator()(ssh_key key) const noexcept { ssh_key_free(key); }
};
using KeyPointer = std::unique_ptr<ssh_key_struct, FreeKey>;

class KeyRing;

/// What every hop of a run shares.
struct SessionContext {
  const ConnectOptions& options;
  KnownHosts& known_hosts;
  KeyRing& keys;
  HostKeyChecking checking = HostKeyChecking::accept_new;
};

/// Whether another try may help: the server hung up before authentication (MaxStartups, a reset).
struct HandshakeError {
  core::Error error;
  bool may_retry = false;
};

/// Key exchange and host key check over a connected socket. The session does not block from here on.
tl::expected<SessionPointer, HandshakeError> handshake(Socket socket, const Settings& settings,
                                                       const SessionContext& context, const Deadline& deadline,
                                                       const core::StopToken& stop);

/// Tries keys, agent, password and keyboard-interactive. Error: unreachable, with what was tried and what is allowed.
core::Result<void> authenticate(ssh_session session, const Settings& settings, const SessionContext& context,
                                const Deadline& deadline, const core::StopToken& stop);

/// Waits until the session's socket can be read (or written, when output is pending), for a moment at most.
void wait_for_socket(ssh_session session, const Deadline& deadline);

}  // namespace cef::ssh
