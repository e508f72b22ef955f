#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "cef/ssh/connection.hpp"

namespace cef::task {

inline ssh::ExecResult answer(int status, const std::string& out, const std::string& err = "") {
  ssh::ExecResult result;
  result.exit_status = status;
  result.out = out;
  result.err = err;
  return result;
}

/// A host that gives prepared answers, one a command, and keeps what was asked. Beyond them it is unreachable.
class Scripted : public ssh::Connection {
 public:
  using Answer = std::function<core::Result<ssh::ExecResult>(const ssh::ExecRequest&)>;

  Scripted() = default;
  explicit Scripted(std::vector<ssh::ExecResult> answers) {
    for (auto& one : answers) {
      add([one = std::move(one)](const ssh::ExecRequest&) { return one; });
    }
  }
  void add(Answer one) { answers_.push_back(std::move(one)); }

  core::Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken&) override {
    asked.push_back(request);
    if (answers_.empty()) {
      return core::fail(core::ErrorCode::unreachable, "the connection broke");
    }
    const Answer next = std::move(answers_.front());
    answers_.pop_front();
    return next(request);
  }
  core::Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override {
    return core::fail(core::ErrorCode::internal, "none");
  }
  core::Result<void> upload(const std::filesystem::path&, const std::string&, unsigned, core::Milliseconds,
                            const core::StopToken&) override {
    return {};
  }
  core::Result<void> download(const std::string&, const std::filesystem::path&, core::Milliseconds,
                              const core::StopToken&) override {
    return {};
  }

  std::vector<ssh::ExecRequest> asked;

 private:
  std::deque<Answer> answers_;
};

/// What sudo's shell repeats before the program's own stderr: the last line of what came on stdin.
inline std::string mark_of(const ssh::ExecRequest& request) {
  const std::size_t end = request.input.rfind("cef-");
  return request.input.substr(end, request.input.find('\n', end) - end);
}

/// The answer of a program behind sudo.
inline Scripted::Answer as_root(ssh::ExecResult result) {
  return [result = std::move(result)](const ssh::ExecRequest& request) mutable {
    result.err = mark_of(request) + "\n" + result.err;
    return core::Result<ssh::ExecResult>(result);
  };
}

}  // namespace cef::task
