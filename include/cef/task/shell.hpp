#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cef/core/become.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/ssh/both_outputs.hpp"

namespace cef::task {

using core::Become;

/// A shell that stays on the host and runs one script after another, each in a process of its own: no new channel, no
/// new login shell and no sudo or su for each. Scripts reach it by stdin, so that sudo's log does not show them; `ps`
/// does while they run: secrets belong into their input.
class Shell {
 public:
  /// Errors as of Host::run: sudo or su that refuses, a broken link. "" in place of a shell: the host cannot have one,
  /// its scripts are to be run one by one.
  static core::Result<std::unique_ptr<Shell>> start(ssh::Connection& connection, const Become& become,
                                                    core::Milliseconds deadline);
  /// Nothing: the shell ended before the script began, as it does where accounts or the environment of logins changed;
  /// a new one is to be started. The shell is of no more use after an error, or when `alive` is false.
  core::Result<std::optional<ssh::ExecResult>> run(const std::string& script, const std::string& input,
                                                   core::Milliseconds deadline, const core::StopToken& stop);
  [[nodiscard]] bool alive() const noexcept { return stream_ != nullptr; }

 private:
  explicit Shell(std::unique_ptr<ssh::BothOutputs> stream);
  core::Result<std::optional<ssh::ExecResult>> ended_early(ssh::ExecResult so_far);

  std::unique_ptr<ssh::BothOutputs> stream_;
  std::string word_;
  unsigned count_ = 0;
};

/// The shells of one connection, by user. Belongs to the thread of the connection.
class Shells {
 public:
  /// Nothing: this script is to be run without a shell that stays.
  std::optional<core::Result<ssh::ExecResult>> run(ssh::Connection& connection, const Become& become,
                                                   const std::string& script, const std::string& input,
                                                   core::Milliseconds deadline, const core::StopToken& stop);
  /// The password of `become` was taken for a script that was run by itself. Until then nobody gets a shell by a
  /// password: sudo would wait for another where the first is wrong, and see no end of input.
  void trust(const Become& become);
  /// Before the connection goes.
  void close() noexcept { shells_.clear(); }
  [[nodiscard]] bool empty() const noexcept { return shells_.empty(); }
  /// Closes them for good: the host takes no more sessions.
  void give_up() noexcept;
  void allow(bool wanted) noexcept { wanted_ = wanted; }

 private:
  std::map<std::string, std::unique_ptr<Shell>> shells_;  ///< by method and user
  std::set<std::string> trusted_;                         ///< those whose password was taken
  bool wanted_ = false;
};

/// A connection by which Host runs its scripts in shells that stay.
class ShellConnection : public ssh::Connection {
 public:
  [[nodiscard]] Shells& shells() noexcept { return shells_; }

 private:
  Shells shells_;
};

}  // namespace cef::task
