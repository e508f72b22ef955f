#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cef/core/become.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::task {

using core::Become;

/// One connected host as a task sees it. Scripts are POSIX shell, whatever the login shell is.
class Host {
 public:
  Host(ssh::Connection& connection, Become become, core::Milliseconds deadline, core::StopToken stop);

  /// As the login user, or as the user that was asked for with become. A script that fails is a result, not an error.
  [[nodiscard]] core::Result<ssh::ExecResult> run(const std::string& script, std::string input = {}) const;
  /// As root: by sudo or su unless the login user is root already.
  [[nodiscard]] core::Result<ssh::ExecResult> run_as_root(const std::string& script, std::string input = {}) const;
  /// Starts a script as `run` does, once a password was tried; its stdin and stdout are a byte stream.
  [[nodiscard]] core::Result<std::unique_ptr<ssh::Stream>> start(const std::string& script) const;

  [[nodiscard]] ssh::Connection& connection() const noexcept { return connection_; }
  [[nodiscard]] core::Milliseconds deadline() const noexcept { return deadline_; }
  [[nodiscard]] const core::StopToken& stop() const noexcept { return stop_; }
  [[nodiscard]] const Become& become() const noexcept { return become_; }
  [[nodiscard]] Become become_root() const {
    return {true, "root", become_.password, become_.method, {}, become_.flags, become_.program};
  }

 private:
  ssh::Connection& connection_;
  Become become_;
  core::Milliseconds deadline_;
  core::StopToken stop_;
};

/// The error of a script that exited with another status than 0: `what` and the last line it said.
[[nodiscard]] core::Error script_error(const std::string& what, const ssh::ExecResult& result);
/// What a script that goes on says, up to `end`. `ended` makes the error where the script ended before; host_failed
/// where it said more than `most` bytes without it.
[[nodiscard]] core::Result<std::string> read_until(ssh::Stream& stream, std::string_view end, std::size_t most,
                                                   core::Milliseconds deadline,
                                                   const std::function<core::Error(const ssh::ExecResult&)>& ended);
/// The last line that is not blank, without its end.
[[nodiscard]] std::string last_line(const std::string& text);

}  // namespace cef::task
