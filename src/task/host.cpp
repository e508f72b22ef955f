#include "cef/task/host.hpp"

#include <utility>

#include "become.hpp"
#include "cef/core/shell.hpp"
#include "cef/task/command.hpp"
#include "cef/task/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// A script behind sudo or su as a byte stream: what they said is taken from stderr at the end.
class BecomeStream final : public ssh::Stream {
 public:
  BecomeStream(BecomeCommand command, std::unique_ptr<ssh::Stream> stream)
      : command_(std::move(command)), stream_(std::move(stream)) {}
  Result<void> write(std::string_view data, core::Milliseconds deadline) override {
    return stream_->write(data, deadline);
  }
  Result<std::string> read(core::Milliseconds deadline) override { return stream_->read(deadline); }
  Result<ssh::ExecResult> finish(core::Milliseconds deadline) override {
    auto result = stream_->finish(deadline);
    return result ? command_.check(std::move(*result)) : result;
  }

 private:
  BecomeCommand command_;
  std::unique_ptr<ssh::Stream> stream_;
};

Result<ssh::ExecResult> run_as(ssh::Connection& connection, const Become& become, const std::string& script,
                               std::string input, core::Milliseconds deadline, const core::StopToken& stop) {
  auto* staying = dynamic_cast<ShellConnection*>(&connection);
  if (staying != nullptr) {
    if (auto result = staying->shells().run(connection, become, script, input, deadline, stop)) {
      return std::move(*result);
    }
  }
  ssh::ExecRequest request;
  request.deadline = deadline;
  request.input = std::move(input);
  if (become.wanted) {
    request.command = script;
    auto result = exec_become(connection, request, become, stop);
    if (result && staying != nullptr) {
      staying->shells().trust(become);
    }
    return result;
  }
  request.command = "exec sh -c " + core::shell_quote(script);
  return connection.exec(request, stop);
}

}  // namespace

Host::Host(ssh::Connection& connection, Become become, core::Milliseconds deadline, core::StopToken stop)
    : connection_(connection), become_(std::move(become)), deadline_(deadline), stop_(std::move(stop)) {}

Result<ssh::ExecResult> Host::run(const std::string& script, std::string input) const {
  return run_as(connection_, become_, script, std::move(input), deadline_, stop_);
}

Result<ssh::ExecResult> Host::run_as_root(const std::string& script, std::string input) const {
  return run_as(connection_, become_root(), script, std::move(input), deadline_, stop_);
}

Result<std::unique_ptr<ssh::Stream>> Host::start(const std::string& script) const {
  if (!become_.wanted) {
    return connection_.start("exec sh -c " + core::shell_quote(script));
  }
  if (become_.password) {  // one that refuses it would wait for another, and sees no end of input
    if (const auto taken = run(":"); !taken) {
      return fail(taken.error());
    }
  }
  BecomeCommand command(script, become_);
  auto stream = connection_.start(command.line);
  if (!stream) {
    return stream;
  }
  if (auto sent = (*stream)->write(command.preamble.reveal(), deadline_); !sent) {
    return fail(sent.error());
  }
  return std::make_unique<BecomeStream>(std::move(command), std::move(*stream));
}

Result<std::string> read_until(ssh::Stream& stream, std::string_view end, std::size_t most, core::Milliseconds deadline,
                               const std::function<core::Error(const ssh::ExecResult&)>& ended) {
  std::string said;
  while (said.size() < most) {
    const auto data = stream.read(deadline);
    if (!data) {
      return fail(data.error());
    }
    if (data->empty()) {
      const auto result = stream.finish(deadline);
      return fail(result ? ended(*result) : result.error());
    }
    said += *data;
    if (const std::size_t at = said.find(end); at != std::string::npos) {
      return said.substr(0, at);
    }
  }
  return fail(ErrorCode::host_failed, "the transfer failed: the host answered '" + said.substr(0, 80) + "'");
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\r\n ");
  if (end == std::string::npos) {
    return "";
  }
  const std::size_t before = text.rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end - begin + 1);
}

core::Error script_error(const std::string& what, const ssh::ExecResult& result) {
  std::string why = last_line(result.err);
  if (why.empty()) {
    why = last_line(result.out);
  }
  const std::string how =
      result.signal.empty() ? "exit status " + std::to_string(result.exit_status) : "killed by signal " + result.signal;
  return {ErrorCode::host_failed, what + " failed (" + how + ")" + (why.empty() ? "" : ": " + why), {}};
}

}  // namespace cef::task
