#include "cef/task/command.hpp"

#include <array>
#include <cstdio>
#include <random>

#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

std::string random_word() {
  std::random_device random;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "cef-%08x%08x", random(), random());
  return text.data();
}

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("\r\n ");
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\r\n ");
  if (end == std::string::npos) {
    return "";
  }
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

}  // namespace

Result<ssh::ExecResult> exec_become(ssh::Connection& connection, ssh::ExecRequest request, const std::string& user,
                                    const std::optional<core::Secret>& password, const core::StopToken& stop) {
  const std::string mark = random_word();
  // sudo takes the password line only when it asks. So the shell behind it throws lines away until the mark, which it
  // repeats on stderr: what comes before that is sudo's, what comes after is the program's.
  const std::string inner = "while IFS= read -r l; do [ \"$l\" = " + mark + " ] && break; done; echo " + mark +
                            " >&2; exec sh -c " + core::shell_quote(request.command);
  request.command = std::string("sudo ") + (password ? "-S -p ''" : "-n") + " -u " + core::shell_quote(user) +
                    " -- sh -c " + core::shell_quote(inner);
  request.input = (password ? password->reveal() + "\n" : "") + mark + "\n" + request.input;
  auto result = connection.exec(request, stop);
  if (!result) {
    return result;
  }
  const std::size_t at = result->err.find(mark + "\n");
  if (at == std::string::npos) {
    const std::string why = last_line(result->err);
    const bool wrong = result->err.find("incorrect password") != std::string::npos ||
                       result->err.find("Sorry, try again") != std::string::npos;
    return fail(
        ErrorCode::host_failed,
        wrong ? "sudo refused the password"
        : !password && why.find("password is required") != std::string::npos
            ? "sudo asks for a password; give it with -K or --become-password-file"
            : "sudo failed" + (why.empty() ? " with exit status " + std::to_string(result->exit_status) : ": " + why));
  }
  result->err.erase(0, at + mark.size() + 1);
  return result;
}

Result<std::chrono::nanoseconds> ping(ssh::Connection& connection, core::Milliseconds deadline,
                                      const core::StopToken& stop) {
  const std::string word = random_word();
  ssh::ExecRequest request;
  request.command = "echo " + word;
  request.deadline = deadline;
  const auto result = connection.exec(request, stop);
  if (!result) {
    return fail(result.error());
  }
  if (result->out.find(word) == std::string::npos) {
    const std::string said = first_line(result->out.empty() ? result->err : result->out);
    return fail(ErrorCode::host_failed, "its shell does not run commands (exit status " +
                                            std::to_string(result->exit_status) + ")" +
                                            (said.empty() ? "" : ": " + said));
  }
  return result->elapsed;
}

}  // namespace cef::task
