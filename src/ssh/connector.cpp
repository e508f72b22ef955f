#include <map>
#include <mutex>
#include <random>

#include <libssh/callbacks.h>

#include "cef/core/log.hpp"
#include "cef/core/loop.hpp"
#include "cef/core/paths.hpp"
#include "key_ring.hpp"
#include "libssh_connection.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "tcp.hpp"

namespace cef::ssh {

using core::fail;
using core::Result;

namespace {

void initialise_libssh_once() {
  static const bool done = [] {
    ssh_threads_set_callbacks(ssh_threads_get_pthread());
    ssh_init();
    ssh_set_log_level(SSH_LOG_NOLOG);
    return true;
  }();
  static_cast<void>(done);
}

/// A quarter more or less, so that hosts that were refused together do not come back together.
core::Milliseconds with_jitter(core::Milliseconds delay) {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::duration_cast<core::Milliseconds>(delay * std::uniform_real_distribution<>(0.75, 1.25)(random));
}

class LibsshConnector final : public Connector {
 public:
  explicit LibsshConnector(ConnectOptions options) : options_(std::move(options)) {
    if (options_.host_key_checking == HostKeyChecking::off) {
      core::log_warning(
          "host keys are not checked (--host-key-checking=off): anybody on the way can read and change all");
    }
  }

  Result<std::unique_ptr<Connection>> connect(const Target& target, const core::StopToken& stop) override {
    return connect_telling(target, stop, {});
  }

  Result<std::unique_ptr<Connection>> connect_telling(const Target& target, const core::StopToken& stop,
                                                      const std::function<void()>& silent) override {
    if (target.transport == Transport::local) {
      return make_local_connection(stop);
    }
    initialise_libssh_once();
    const ConfigFile* config = nullptr;
    if (auto read = config_file(); read) {
      config = *read;
    } else {
      return fail(read.error());
    }
    auto settings = settle(target, *config);
    if (!settings) {
      return fail(settings.error());
    }
    const Deadline deadline(target.connect_deadline.value_or(options_.connect_deadline));
    Pumps pumps;
    auto session = open(target, *settings, *config, pumps, {deadline, stop, silent});
    if (!session) {
      return fail(session.error());
    }
    return make_libssh_connection(target.name, std::move(*session), std::move(pumps), stop);
  }

 private:
  /// How long to wait, and whom to tell.
  struct Waiting {
    const Deadline& deadline;
    const core::StopToken& stop;
    const std::function<void()>& silent;
  };

  Result<const ConfigFile*> config_file() {
    const std::lock_guard lock(mutex_);
    if (!config_) {
      config_ =
          ConfigFile::read(options_.config_file.empty() ? core::home_dir() / ".ssh" / "config" : options_.config_file);
    }
    if (!*config_) {
      return fail(config_->error());
    }
    return &**config_;
  }

  Result<std::shared_ptr<KnownHosts>> known_hosts(const Settings& settings) {
    std::filesystem::path file = options_.known_hosts;
    if (file.empty()) {
      file = settings.known_hosts.empty() ? core::home_dir() / ".ssh" / "known_hosts" : settings.known_hosts;
    }
    const std::lock_guard lock(mutex_);
    auto& slot = known_hosts_[file];
    if (!slot) {
      auto opened = KnownHosts::open(file, "/etc/ssh/ssh_known_hosts");
      if (!opened) {
        return opened;
      }
      slot = std::move(*opened);
    }
    return slot;
  }

  /// Goes through the jump hosts, if any, to an authenticated session with the last hop.
  Result<SessionPointer> open(const Target& target, const Settings& settings, const ConfigFile& config, Pumps& pumps,
                              const Waiting& waiting) {
    std::vector<Settings> hops;
    for (const auto& jump : settings.jumps) {
      auto hop = settle_jump(jump, target, config);
      if (!hop) {
        return fail(hop.error());
      }
      hops.push_back(std::move(*hop));
    }
    hops.push_back(settings);
    for (std::size_t i = 0;; ++i) {
      auto session = open_hop(hops[i], pumps, waiting);
      if (!session) {
        return i + 1 == hops.size() ? std::move(session)
                                    : fail(core::Error{session.error()}.in("jump host " + hops[i].name));
      }
      if (i + 1 == hops.size()) {
        return session;
      }
      auto pump =
          JumpPump::start(std::move(*session), hops[i + 1].address, hops[i + 1].port, waiting.deadline, waiting.stop);
      if (!pump) {
        return fail(pump.error());
      }
      pumps.push_back(std::move(*pump));
    }
  }

  Result<SessionPointer> open_hop(const Settings& hop, Pumps& pumps, const Waiting& waiting) {
    const auto& [deadline, stop, silent] = waiting;
    auto hosts = known_hosts(hop);
    if (!hosts) {
      return fail(hosts.error());
    }
    // The command line over ssh_config; there the default is weaker than what ssh_config may ask for.
    HostKeyChecking checking = options_.host_key_checking;
    if (checking == HostKeyChecking::accept_new && hop.host_key_checking == HostKeyChecking::strict) {
      checking = HostKeyChecking::strict;
    }
    const SessionContext context{options_, **hosts, keys_, checking};
    for (int attempt = 1;; ++attempt) {
      auto socket = pumps.empty() ? connect_tcp(hop.address, hop.port, deadline, stop, silent)
                                  : Result<Socket>(pumps.back()->take_far_end());
      if (!socket) {
        return fail(socket.error());
      }
      auto session = handshake(std::move(*socket), hop, context, deadline, stop);
      if (session) {
        if (auto done = authenticate(session->get(), hop, context, deadline, stop); !done) {
          return fail(done.error());
        }
        return std::move(*session);
      }
      const core::Milliseconds delay = with_jitter(core::Milliseconds(100) * (1 << std::min(attempt - 1, 5)));
      const bool again = session.error().may_retry && attempt < options_.attempts && pumps.empty() &&
                         core::Clock::now() + delay < deadline.end() && !stop.draining();
      if (!again) {
        std::string tries = attempt > 1 ? " (" + std::to_string(attempt) + " tries)" : "";
        core::Error error = session.error().error;
        error.message += tries;
        return fail(std::move(error));
      }
      core::pause(delay);
    }
  }

  ConnectOptions options_;
  KeyRing keys_;
  std::mutex mutex_;
  std::optional<Result<ConfigFile>> config_;
  std::map<std::filesystem::path, std::shared_ptr<KnownHosts>> known_hosts_;
};

}  // namespace

std::unique_ptr<Connector> make_connector(ConnectOptions options) {
  return std::make_unique<LibsshConnector>(std::move(options));
}

}  // namespace cef::ssh
