#include "cef/task/command.hpp"

#include "become.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("\r\n ");
  return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

Result<ssh::ExecResult> exec_become(ssh::Connection& connection, ssh::ExecRequest request, const core::Become& become,
                                    const core::StopToken& stop) {
  const BecomeCommand command(request.command, become);
  request.command = command.line;
  request.input = command.preamble.reveal() + request.input;
  auto result = connection.exec(request, stop);
  return result ? command.check(std::move(*result)) : result;
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
