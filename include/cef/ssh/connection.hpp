#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/core/secret.hpp"
#include "cef/core/stop.hpp"

namespace cef::ssh {

enum class HostKeyChecking { strict, accept_new, off };
enum class Transport { ssh, local };

/// Everything needed to reach one host. Unset fields come from `~/.ssh/config`, then from the defaults of ssh.
struct Target {
  std::string name;                      ///< the inventory's name, for messages
  Transport transport = Transport::ssh;  ///< `local`: commands run on this machine
  std::string address;                   ///< ansible_host, else the name
  std::optional<int> port;
  std::optional<std::string> user;
  std::vector<std::filesystem::path> identity_files;
  std::optional<core::Secret> password;
  std::optional<std::string> proxy_jump;  ///< "user@host:port[,…]"
  std::string ssh_options;  ///< ansible_ssh_common_args: `-o Key=Value`, `-J`, `-i`, `-p`, `-l`; others are refused
  std::optional<std::string> host_key;                 ///< pinned fingerprint, "SHA256:…"
  std::optional<core::Milliseconds> connect_deadline;  ///< ansible_timeout; else ConnectOptions decides
};

struct ConnectOptions {
  core::Milliseconds connect_deadline{10'000};  ///< wall time for name, TCP, key exchange and authentication together
  HostKeyChecking host_key_checking = HostKeyChecking::accept_new;
  std::filesystem::path known_hosts;  ///< empty: ~/.ssh/known_hosts (and the system's, read-only)
  std::filesystem::path config_file;  ///< empty: ~/.ssh/config
  bool use_agent = true;
  int attempts = 3;  ///< tries for MaxStartups refusals and resets before authentication, with back-off and jitter
};

struct ExecRequest {
  std::string command;  ///< goes to the user's shell as it is; quote with core::shell_quote
  std::string input;    ///< sent to stdin, then end of file
  core::Milliseconds deadline{60'000};
  core::Bytes output_cap{8U * 1024U * 1024U};  ///< of stdout and stderr each; the rest is read and thrown away
};

struct ExecResult {
  int exit_status = 0;  ///< 128 + signal when killed by one
  std::string signal;   ///< "KILL" when the program died of a signal
  std::string out;
  std::string err;
  bool out_cut = false;
  bool err_cut = false;
  std::chrono::nanoseconds elapsed{0};
};

/// A running remote program whose stdin and stdout are used as a byte stream. Errors of all: timeout, unreachable (the
/// link broke), interrupted (stop.immediate() of the token that its connection was made with).
class Stream {
 public:
  virtual ~Stream() = default;
  virtual core::Result<void> write(std::string_view data, core::Milliseconds deadline) = 0;
  /// At least one byte, or an empty string at end of file.
  virtual core::Result<std::string> read(core::Milliseconds deadline) = 0;
  /// Closes stdin, waits for the end, gives exit status and what came on stderr (the last 64 KiB).
  virtual core::Result<ExecResult> finish(core::Milliseconds deadline) = 0;
};

/// One host. Belongs to one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  /// A program that ran and failed is a result, not an error. Errors: timeout, unreachable (the link broke),
  /// interrupted (stop.immediate()).
  virtual core::Result<ExecResult> exec(const ExecRequest& request, const core::StopToken& stop) = 0;
  virtual core::Result<std::unique_ptr<Stream>> start(const std::string& command) = 0;
  /// Writes a regular file aside on the host, then renames it. `mode` as in chmod.
  virtual core::Result<void> upload(const std::filesystem::path& from, const std::string& to, unsigned mode,
                                    core::Milliseconds deadline, const core::StopToken& stop) = 0;
  virtual core::Result<void> download(const std::string& from, const std::filesystem::path& to,
                                      core::Milliseconds deadline, const core::StopToken& stop) = 0;
};

/// Shared by all connections of a run: known_hosts read once, agent found once, warnings said once. Thread-safe.
class Connector {
 public:
  virtual ~Connector() = default;
  /// Errors: unreachable (message says which step: resolve, connect, banner, host key, authentication), usage.
  /// `stop` also ends the streams of the connection.
  virtual core::Result<std::unique_ptr<Connection>> connect(const Target& target, const core::StopToken& stop) = 0;
  /// As `connect`. Calls `silent`, once or more, while nothing answers at the host's address: it may be off.
  virtual core::Result<std::unique_ptr<Connection>> connect_telling(const Target& target, const core::StopToken& stop,
                                                                    const std::function<void()>& silent) {
    static_cast<void>(silent);
    return connect(target, stop);
  }
};

std::unique_ptr<Connector> make_connector(ConnectOptions options);

}  // namespace cef::ssh
