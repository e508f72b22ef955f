#include "command.hpp"
#include "families.hpp"

namespace cef::modules {
namespace {

core::Result<core::Json> run_ping(const Call& call) {
  const auto answer = call.run("echo pong");
  if (!answer) {
    return core::fail(answer.error());
  }
  if (answer->out != "pong\n") {
    return failure(task::script_error("ping", *answer).message);
  }
  if (call.text("data") == "crash") {
    return failure("boom");
  }
  return core::Json{{"changed", false}, {"ping", call.text("data")}};
}

std::vector<Parameter> command_parameters(std::vector<Parameter> more) {
  std::vector<Parameter> parameters = {
      {.name = "_raw_params", .aliases = {"cmd"}},
      {.name = "chdir", .type = Type::path},
      {.name = "creates", .type = Type::path},
      {.name = "removes", .type = Type::path},
      {.name = "executable"},
  };
  parameters.insert(parameters.end(), more.begin(), more.end());
  return parameters;
}

Module program_module(const char* name, core::Result<core::Json> (*run)(const Call&)) {
  std::vector<Parameter> more = {
      {.name = "stdin"},
      {.name = "stdin_add_newline", .type = Type::boolean, .fallback = true},
      {.name = "strip_empty_ends", .type = Type::boolean, .fallback = true},
  };
  if (std::string(name) == "command") {
    more.push_back({.name = "argv", .type = Type::list});
  }
  return {.name = name, .parameters = command_parameters(more), .run = run, .free_form = "_raw_params"};
}

}  // namespace

std::vector<Module> command_modules() {
  return {
      {.name = "ping", .parameters = {{.name = "data", .fallback = "pong"}}, .run = run_ping},
      program_module("command", run_command),
      program_module("shell", run_shell),
      {.name = "raw",
       .parameters = {{.name = "_raw_params", .aliases = {"cmd"}}, {.name = "executable"}},
       .run = run_raw,
       .free_form = "_raw_params"},
      {.name = "script",
       .parameters = command_parameters({{.name = "decrypt", .type = Type::boolean, .fallback = true}}),
       .run = run_script,
       .free_form = "_raw_params"},
  };
}

}  // namespace cef::modules
