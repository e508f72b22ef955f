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

BecomeCommand::BecomeCommand(const std::string& script, const std::string& user,
                             const std::optional<core::Secret>& password, const std::string& unless)
    : mark_(random_word()), with_password_(password.has_value()) {
  // sudo takes the password line only when it asks. So the shell behind it throws lines away until the mark, which it
  // repeats on stderr: what comes before that is sudo's, what comes after is the program's.
  const std::string inner = "while IFS= read -r l; do [ \"$l\" = " + mark_ + " ] && break; done; echo " + mark_ +
                            " >&2; exec sh -c " + core::shell_quote(script);
  line = std::string("sudo ") + (password ? "-S -p ''" : "-n") + " -u " + core::shell_quote(user) + " -- sh -c " +
         core::shell_quote(inner);
  if (user == "root") {
    const std::string choice = "if [ \"$(id -u)\" = 0 ] || { " + unless + "; }; then exec sh -c " +
                               core::shell_quote(inner) + "; else exec " + line + "; fi";
    line = "sh -c " + core::shell_quote(choice);
  }
  preamble = core::Secret((password ? password->reveal() + "\n" : "") + mark_ + "\n");
}

Result<ssh::ExecResult> BecomeCommand::check(ssh::ExecResult result) const {
  const std::size_t at = result.err.find(mark_ + "\n");
  if (at != std::string::npos) {
    result.err.erase(0, at + mark_.size() + 1);
    return result;
  }
  const std::string why = last_line(result.err);
  if (result.err.find("incorrect password") != std::string::npos ||
      result.err.find("Sorry, try again") != std::string::npos) {
    return fail(ErrorCode::host_failed, "sudo refused the password");
  }
  if (!with_password_ && why.find("password is required") != std::string::npos) {
    return fail(ErrorCode::host_failed, "sudo asks for a password; give it with -K or --become-password-file");
  }
  return fail(ErrorCode::host_failed,
              "sudo failed" + (why.empty() ? " with exit status " + std::to_string(result.exit_status) : ": " + why));
}

}  // namespace cef::task
