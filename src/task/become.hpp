#pragma once

#include <string>

#include "cef/core/become.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::task {

/// A word that nobody could have known.
[[nodiscard]] std::string random_word();

/// A script run by sudo or su, or as it is when the wanted user is root and the login user is root already.
struct BecomeCommand {
  /// `unless`: a condition of the login user's shell; where it holds, a script for root runs as the login user instead.
  BecomeCommand(const std::string& script, const core::Become& become, const std::string& unless = "false");

  std::string line;       ///< for the login shell
  core::Secret preamble;  ///< goes to stdin before the script's own input

  /// Takes what sudo or su said from the result. Error (host_failed): it refused, with its reason.
  [[nodiscard]] core::Result<ssh::ExecResult> check(ssh::ExecResult result) const;

 private:
  std::string mark_;
  bool with_password_;
  std::string no_password_;
  std::string method_;
};

}  // namespace cef::task
