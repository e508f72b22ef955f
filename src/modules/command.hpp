#pragma once

#include <string>

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
core::Result<Ran> run_program(const Call& call, const Program& program);

}  // namespace cef::modules
