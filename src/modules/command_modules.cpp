#include "command.hpp"
#include "families.hpp"
#include "setup.hpp"
#include "waiting.hpp"

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
      {.name = "warn", .type = Type::boolean},  // of Ansible before 2.14; nothing is warned of
  };
  if (std::string(name) == "command") {
    more.push_back({.name = "argv", .type = Type::list});
  }
  return {.name = name, .parameters = command_parameters(more), .run = run, .free_form = "_raw_params"};
}

Parameter whole(const char* name, int fallback) {
  return {.name = name, .type = Type::integer, .fallback = fallback};
}

Module facts_module(const char* name) {
  return {.name = name,
          .parameters = {{.name = "gather_subset", .type = Type::list, .fallback = core::Json::array({"all"})},
                         {.name = "gather_timeout", .type = Type::integer, .fallback = 10},
                         {.name = "filter", .type = Type::list, .fallback = core::Json::array()},
                         {.name = "fact_path", .type = Type::path, .fallback = "/etc/ansible/facts.d"},
                         {.name = "parallel", .type = Type::boolean}},
          .run = run_setup};
}

Module wait_for_module() {
  return {.name = "wait_for",
          .parameters = {{.name = "host", .fallback = "127.0.0.1"},
                         whole("timeout", 300),
                         whole("connect_timeout", 5),
                         whole("delay", 0),
                         {.name = "port", .type = Type::integer},
                         {.name = "active_connection_states",
                          .type = Type::list,
                          .fallback = core::Json::array(
                              {"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"})},
                         {.name = "path", .type = Type::path},
                         {.name = "search_regex"},
                         {.name = "state",
                          .fallback = "started",
                          .choices = {"absent", "drained", "present", "started", "stopped"}},
                         {.name = "exclude_hosts", .type = Type::list},
                         whole("sleep", 1),
                         {.name = "msg"}},
          .run = run_wait_for,
          .checks = false};
}

Module reboot_module() {
  return {.name = "reboot",
          .parameters = {whole("pre_reboot_delay", 0),
                         whole("post_reboot_delay", 0),
                         whole("reboot_timeout", 600),
                         {.name = "connect_timeout", .type = Type::integer},
                         {.name = "test_command", .fallback = "whoami"},
                         {.name = "msg", .fallback = "Reboot initiated by Ansible"},
                         {.name = "search_paths", .type = Type::list},
                         {.name = "boot_time_command", .fallback = "cat /proc/sys/kernel/random/boot_id"},
                         {.name = "reboot_command"}},
          .run = run_reboot};
}

}  // namespace

std::vector<Module> command_modules() {
  return {
      {.name = "ping", .parameters = {{.name = "data", .fallback = "pong"}}, .run = run_ping},
      facts_module("setup"),
      facts_module("gather_facts"),
      wait_for_module(),
      {.name = "wait_for_connection",
       .parameters = {whole("connect_timeout", 5), whole("delay", 0), whole("sleep", 1), whole("timeout", 600)},
       .run = run_wait_for_connection},
      reboot_module(),
      {.name = "async_status",
       .parameters = {{.name = "jid", .required = true},
                      {.name = "mode", .fallback = "status", .choices = {"cleanup", "status"}}},
       .run = run_async_status},
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
