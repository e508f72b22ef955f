#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/ssh/connection.hpp"
#include "cef/task/host.hpp"

namespace cef::modules {

enum class Type { text, path, boolean, integer, number, list, map, raw };

/// The value of the variable `omit`: a parameter (or a key, an item below it) that is this text is taken away.
inline constexpr std::string_view k_omit = "__omit_place_holder__";

/// A parameter of a module; names, types, defaults and choices are Ansible's.
struct Parameter {
  std::string name;
  Type type = Type::text;
  bool required = false;
  core::Json fallback = nullptr;  ///< null: absent unless given
  std::vector<std::string> choices{};
  std::vector<std::string> aliases{};
  Type elements = Type::text;  ///< of a list
  bool no_log = false;
};

/// Files of the control node, as the playbook finds them.
struct LocalFiles {
  /// A file named in a task: absolute, or below `folder` ("files", "templates", "vars", …) of the role, or beside the
  /// playbook. Error (usage) lists where it was looked for.
  std::function<core::Result<std::filesystem::path>(const std::string& folder, const std::string& name)> find;
  /// The content, decrypted when it is a vault.
  std::function<core::Result<std::string>(const std::filesystem::path&)> read;
  std::filesystem::path folder{};  ///< of the playbook: where what is fetched goes to
};

/// One task on one host.
struct Call {
  const core::Json& args;  ///< every parameter by its own name; null when it is not given and has no default
  const task::Host& host;  ///< `run` is as the user that the task asked for
  bool check = false;      ///< nothing may change; say what would
  bool diff = false;
  std::map<std::string, std::string> environment{};
  const core::Json& facts;  ///< ansible_facts known so far, without the prefix "ansible_"
  const LocalFiles& files;
  /// Renders a template's text with the variables of this task and host; the arguments are those of the module.
  std::function<core::Result<std::string>(const std::string& text, const core::Json& args)> render;
  /// Ends the connection and makes a new one within the deadline.
  std::function<core::Result<void>(core::Milliseconds deadline)> reconnect;
  std::string host_name{};  ///< inventory_hostname
  bool local = false;       ///< the host is this machine

  /// A POSIX shell script as the task's user, with its environment.
  [[nodiscard]] core::Result<ssh::ExecResult> run(const std::string& script, std::string input = {}) const;

  [[nodiscard]] bool given(const char* name) const { return !args.at(name).is_null(); }
  [[nodiscard]] std::string text(const char* name) const;  ///< "" when it is not given
  [[nodiscard]] bool flag(const char* name) const;         ///< false when it is not given
};

/// A module: what Ansible returns, as JSON with "changed" at least, and "failed" with "msg" when it failed. Errors are
/// for the connection only (unreachable, timeout, interrupted).
struct Module {
  std::string name;
  std::vector<Parameter> parameters;
  core::Result<core::Json> (*run)(const Call&);
  /// Takes text without key= as its command ("command: ls -l"), in this parameter.
  std::string free_form{};
  /// Knows what it would change; others are skipped in check mode.
  bool checks = true;
  /// Takes parameters that are not listed (set_fact, …).
  bool any_parameter = false;
  /// Exactly one of each set must be given; at most one of each.
  std::vector<std::vector<std::string>> one_of{};
  std::vector<std::vector<std::string>> at_most_one_of{};
};

/// By its short or its full name (ansible.builtin., ansible.legacy., ansible.posix., community.general.,
/// community.docker.); nullptr when cef does not have it.
[[nodiscard]] const Module* find(std::string_view name);
[[nodiscard]] std::vector<std::string> names();

/// Names of parameters before anything runs: unknown ones, missing ones, those that exclude each other, choices and
/// types of values that hold no template. A key "_variable_params" stands for parameters that a template gives. Error
/// (usage): "lineinfile has no parameter 'lin'; did you mean 'line'?".
[[nodiscard]] core::Result<void> check_arguments(const Module& module, const core::Json& raw);
/// Rendered arguments as the module wants them: what was omitted taken away, the map under "_variable_params" laid
/// below the others, aliases and types resolved as Ansible does, defaults filled in, absent ones null. Error (general)
/// in Ansible's words.
[[nodiscard]] core::Result<core::Json> complete_arguments(const Module& module, const core::Json& rendered);

/// Runs a task without waiting for its end (`async` with `poll: 0`): gives "ansible_job_id" for async_status. Commands
/// go on by themselves on the host, for `limit` at most; other modules are done at once, and only their result waits.
core::Result<core::Json> start_job(const Module& module, const Call& call, std::chrono::seconds limit);

/// {"failed": true, "changed": false, "msg": …}
[[nodiscard]] core::Json failure(std::string message);

}  // namespace cef::modules
