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

namespace {

/// Without -n, for sudo shall ask: of -Hn -H is left.
std::vector<std::string> that_ask(const std::vector<std::string>& flags) {
  std::vector<std::string> kept;
  for (std::string flag : flags) {
    const bool letters = flag.size() > 1 && flag[0] == '-' &&
                         flag.find_first_not_of("AbBEeHiKklNnPSsv", 1) == std::string::npos;  // that take no value
    if (letters) {
      std::erase(flag, 'n');
    }
    if (flag != "-" && flag != "--non-interactive") {
      kept.push_back(std::move(flag));
    }
  }
  return kept;
}

/// What sudo's or su's command line is for `inner`, a script.
std::string line_of(const core::Become& become, const std::string& inner) {
  std::vector<std::string> words = become.program;
  if (words.empty()) {
    words.emplace_back(core::to_string(become.method));
  }
  const auto add = [&](const std::vector<std::string>& more) { words.insert(words.end(), more.begin(), more.end()); };
  if (become.method == core::BecomeMethod::su) {
    add({"-s", "/bin/sh"});
    add(become.flags);
    add({become.user, "-c", inner});
    return core::shell_join(words);
  }
  if (become.password) {
    add(that_ask(become.flags));
    add({"-S", "-p", ""});
  } else {
    add(become.flags);
    add({"-n"});
  }
  add({"-u", become.user, "--", "sh", "-c", inner});
  return core::shell_join(words);
}

}  // namespace

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
  line = line_of(become, inner);
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
