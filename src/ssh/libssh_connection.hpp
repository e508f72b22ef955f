#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cef/ssh/connection.hpp"
#include "session.hpp"

namespace cef::ssh {

/// Carries bytes between a channel of a jump host's session and a socket whose other end is the next hop's. The session
/// belongs to the pump's thread from its start to its end.
class JumpPump {
 public:
  /// Opens a channel to address:port through `session` and starts. `far_end` is for the next hop.
  static core::Result<std::unique_ptr<JumpPump>> start(SessionPointer session, const std::string& address, int port,
                                                       const Deadline& deadline, const core::StopToken& stop);
  ~JumpPump();
  JumpPump(const JumpPump&) = delete;
  JumpPump& operator=(const JumpPump&) = delete;
  Socket take_far_end() { return std::move(far_end_); }

 private:
  JumpPump() = default;
  void run();
  SessionPointer session_;
  ssh_channel channel_ = nullptr;
  Socket near_end_;
  Socket far_end_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

using Pumps = std::vector<std::unique_ptr<JumpPump>>;

/// A connection over an authenticated session; the pumps live as long as it. Its streams end at `stop`.
std::unique_ptr<Connection> make_libssh_connection(std::string host, SessionPointer session, Pumps pumps,
                                                   core::StopToken stop);

/// Commands on this machine by /bin/sh, each in a process group of its own.
std::unique_ptr<Connection> make_local_connection(core::StopToken stop);

}  // namespace cef::ssh
