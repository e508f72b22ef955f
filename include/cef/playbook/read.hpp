#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

struct ReadOptions {
  /// Opens the text of a vault. Unset: a vault is an error.
  std::function<core::Result<std::string>(const std::string& vault)> open_vault;
  std::vector<std::filesystem::path> roles_path;  ///< beside `roles/` next to the playbook
  std::size_t size_limit = 4U * 1024 * 1024;      ///< of one file
  /// Known when names of imported files are rendered, besides vars and vars_files of the play.
  std::map<std::string, core::Json> extra_vars;
  /// Tasks may make files on the control node whatever they are: a file that is not there is no fault yet.
  bool works_here = false;
  /// Whether a pattern of hosts, without templates, may name this machine by what the inventory says. Unset: no.
  std::function<bool(const std::string& hosts)> is_here;
};

/// Reads a playbook with everything that it imports statically (import_playbook, import_tasks, import_role, roles), and
/// checks all of it: keywords, modules, parameters, syntax of expressions, filters. Errors (usage, or integrity for a
/// damaged vault): "FILE:LINE:COLUMN: what is wrong; what to write instead".
core::Result<Playbook> read_playbook(const std::filesystem::path& file, const ReadOptions& options);

/// A file of tasks or handlers, for include_tasks; `parent` is the frame of the including task: its vars are inherited,
/// of its other keywords only what `apply` (a map of keywords) says.
core::Result<std::vector<Item>> read_tasks(const std::filesystem::path& file,
                                           const std::shared_ptr<const Frame>& parent, const ReadOptions& options,
                                           const Field& apply = {}, bool handlers = false);
/// A role for include_role; `from` names other entry files: {"tasks": "setup"}; `validate`: its arguments, by
/// meta/argument_specs.
core::Result<std::shared_ptr<const Role>> read_role(const std::string& name,
                                                    const std::map<std::string, std::string>& from,
                                                    const std::map<std::string, Field>& params,
                                                    const std::shared_ptr<const Frame>& parent,
                                                    const ReadOptions& options, const Field& apply = {},
                                                    bool validate = true, bool allow_duplicates = true);
/// Where include_tasks and import_tasks in `frame` look for a file, in order.
std::vector<std::filesystem::path> places_of_tasks(const Frame& frame, const std::string& name, bool handlers = false);
/// A map of variables (vars_files, include_vars, -e @FILE).
core::Result<std::map<std::string, Field>> read_vars(const std::filesystem::path& file, const ReadOptions& options);

/// "a=1 b='two words' c={{ d }}". Error: usage.
core::Result<std::map<std::string, std::string>> read_key_values(const std::string& text);

/// The text of a vault.
core::Result<std::string> open_vault(const std::string& vault, const ReadOptions& options);
/// The text of a file, decrypted when it is a vault.
core::Result<std::string> read_text(const std::filesystem::path& file, const ReadOptions& options);

}  // namespace cef::playbook
