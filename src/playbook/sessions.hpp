#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/ssh/connection.hpp"
#include "cef/task/shell.hpp"

namespace cef::playbook {

/// A connection that can be made anew while others hold a reference to it.
class Session final : public task::ShellConnection {
 public:
  core::Result<void> open(ssh::Connector& connector, const ssh::Target& target, const core::StopToken& stop);
  void close() noexcept {
    shells().close();
    connection_.reset();
  }
  [[nodiscard]] bool is_open() const noexcept { return connection_ != nullptr; }

  Session() = default;
  ~Session() override { close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  core::Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& stop) override;
  core::Result<std::unique_ptr<ssh::Stream>> start(const std::string& command) override;
  core::Result<void> upload(const std::filesystem::path& from, const std::string& to, unsigned mode,
                            core::Milliseconds deadline, const core::StopToken& stop) override;
  core::Result<void> download(const std::string& from, const std::filesystem::path& to, core::Milliseconds deadline,
                              const core::StopToken& stop) override;

 private:
  /// Repeats a call that found no session free, without the shells that hold some.
  template <class Call>
  auto with_free_session(const Call& call) -> decltype(call());

  std::unique_ptr<ssh::Connection> connection_;
};

/// Connections of a run, one for each host of the play, target and user; a host's own are used by one thread at a time.
class Sessions {
 public:
  Sessions(ssh::Connector& connector, core::StopToken stop) : connector_(connector), stop_(std::move(stop)) {}

  /// Open already, or opened now. `host` is the host of the play, `target` where its task runs. Error: unreachable.
  core::Result<Session*> get(const std::string& host, const ssh::Target& target);
  void close_all(const std::string& host);

 private:
  ssh::Connector& connector_;
  core::StopToken stop_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;
};

}  // namespace cef::playbook
