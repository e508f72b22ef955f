#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_command(const Call& call);
core::Result<core::Json> run_shell(const Call& call);
core::Result<core::Json> run_raw(const Call& call);
core::Result<core::Json> run_script(const Call& call);

/// "stdout" and "stdout_lines", the same of stderr.
void add_output(core::Json& result, const std::string& out, const std::string& err);

/// What a program did that ran by `program_script`.
struct Ran {
  std::string refusal;  ///< why it was not started: "chdir", "errno", "exists", "absent", or ""
  std::string reason;
  int status = 0;
  std::string out, err, start, end, delta;
  bool cut = false;
};
struct Program {
  std::string command;  ///< shell words
  std::string name{};   ///< of the program as a word, when it must be there; "" for a shell's text
  std::string chdir{}, creates{}, removes{};
  std::string input{};
  bool only_look = false;  ///< as far as `creates` and `removes`
};
/// The program's output goes by way of files: what it leaves running in the background must not hold the connection.
[[nodiscard]] std::string program_script(const Program& program);
[[nodiscard]] Ran read_run(const ssh::ExecResult& answer);
core::Result<Ran> run_program(const Call& call, const Program& program);

/// A task of `command` or `shell`, taken apart.
struct Prepared {
  core::Json cmd;  ///< as the result shows it
  std::vector<std::string> words{};
  Program program{};
  std::optional<core::Json> failure{};
};
[[nodiscard]] Prepared prepare_command(const Call& call);
[[nodiscard]] Prepared prepare_shell(const Call& call);
[[nodiscard]] core::Json command_result(const Call& call, const Prepared& prepared, Ran& ran);

core::Result<core::Json> run_async_status(const Call& call);

}  // namespace cef::modules
