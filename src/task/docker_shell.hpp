#pragma once

#include <map>
#include <string>

#include "become.hpp"
#include "cef/task/docker.hpp"

namespace cef::task {

/// A script that uses docker: one round trip, as the login user where the socket lets it, else by sudo. It may use
///   cef_no TEXT        ends the script: the host failed, and TEXT (or what docker means by it) says why
///   cef_note KEY TEXT  for the C++ side, beside the output
///   cef_ask ARGS       docker's answer, its warnings left out; when it refuses, cef_no. In $( ), add `|| exit`
class DockerScript {
 public:
  DockerScript(const Host& host, const std::string& body);

  struct Answer {
    ssh::ExecResult result;
    std::map<std::string, std::string> notes;
  };
  [[nodiscard]] core::Result<Answer> run(std::string input = {}) const;

  /// The script with its stdin open; `finish` reads the rest of its output and its notes.
  [[nodiscard]] core::Result<std::unique_ptr<ssh::Stream>> start() const;
  [[nodiscard]] core::Result<Answer> finish(ssh::Stream& stream, core::Milliseconds deadline) const;

 private:
  DockerScript(const Host& host, const std::string& body, const std::string& mark);
  [[nodiscard]] core::Result<Answer> judge(core::Result<ssh::ExecResult> result) const;

  const Host& host_;
  std::string mark_;
  BecomeCommand command_;
};

/// The value of a note; empty without.
[[nodiscard]] std::string note(const DockerScript::Answer& answer, const std::string& key);
/// Error (host_failed) when the program did not exit with 0.
[[nodiscard]] core::Result<void> judge_program(const DockerProgram& program);
/// Ends a script early when the daemon does not answer.
inline constexpr const char* k_daemon_answers = "cef_ask version --format '{{.Server.Version}}' >/dev/null || exit\n";

}  // namespace cef::task
