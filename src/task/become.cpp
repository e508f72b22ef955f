#include "become.hpp"

#include <array>
#include <cstdio>
#include <random>

#include "cef/core/shell.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

std::string random_word() {
  thread_local std::random_device random;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "cef-%08x%08x", random(), random());
  return text.data();
}

BecomeCommand::BecomeCommand(const std::string& script, const core::Become& become, const std::string& unless)
    : mark_(random_word()),
      with_password_(become.password.has_value()),
      no_password_(become.no_password),
      method_(core::to_string(become.method)) {
  // sudo and su take the password line only when they ask. So the shell behind it throws lines away until the mark,
  // which it repeats on stderr: what comes before that is theirs, what comes after is the program's.
  const std::string inner = "while IFS= read -r l; do [ \"$l\" = " + mark_ + " ] && break; done; echo " + mark_ +
                            " >&2; exec sh -c " + core::shell_quote(script);
  const std::string user = core::shell_quote(become.user);
  line = become.method == core::BecomeMethod::su ? "su -s /bin/sh " + user + " -c " + core::shell_quote(inner)
                                                 : std::string("sudo ") + (become.password ? "-S -p ''" : "-n") +
                                                       " -u " + user + " -- sh -c " + core::shell_quote(inner);
  if (become.user == "root") {
    const std::string choice = "if [ \"$(id -u)\" = 0 ] || { " + unless + "; }; then exec sh -c " +
                               core::shell_quote(inner) + "; else exec " + line + "; fi";
    line = "sh -c " + core::shell_quote(choice);
  }
  preamble = core::Secret((become.password ? become.password->reveal() + "\n" : "") + mark_ + "\n");
}

Result<ssh::ExecResult> BecomeCommand::check(ssh::ExecResult result) const {
  const std::size_t at = result.err.find(mark_ + "\n");
  if (at != std::string::npos) {
    result.err.erase(0, at + mark_.size() + 1);
    return result;
  }
  const std::string why = last_line(result.err);
  const auto said = [&](const char* words) { return result.err.find(words) != std::string::npos; };
  const bool refused = said("incorrect password") || said("Sorry, try again") || said("Authentication failure");
  if (refused && with_password_) {
    return fail(ErrorCode::host_failed, method_ + " refused the password");
  }
  if (refused || (!with_password_ && said("password is required"))) {
    return fail(ErrorCode::host_failed,
                method_ + " asks for a password; " +
                    (no_password_.empty() ? "give it with -K or --become-password-file" : no_password_));
  }
  return fail(
      ErrorCode::host_failed,
      method_ + " failed" + (why.empty() ? " with exit status " + std::to_string(result.exit_status) : ": " + why));
}

}  // namespace cef::task
