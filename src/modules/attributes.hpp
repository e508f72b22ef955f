#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "node_file.hpp"

namespace cef::modules {

/// `parameters` and those that all modules of files have: mode, owner, group, attributes, unsafe_writes, se*.
[[nodiscard]] std::vector<Parameter> with_attributes(std::vector<Parameter> parameters);

/// A mode as Ansible reads it: a number, octal text, or symbols as chmod has them, applied to `before`. Error
/// (general): "mode must be in octal or symbolic form".
[[nodiscard]] core::Result<unsigned> parse_mode(const core::Json& mode, unsigned before, unsigned umask);

/// What is to be done to mode, owner and group of one file.
struct AttributePlan {
  std::optional<unsigned> mode;
  std::optional<std::uint64_t> uid, gid;
  core::Json before = core::Json::object(), after = core::Json::object();  ///< for a diff
  [[nodiscard]] bool changes() const noexcept { return mode || uid || gid; }
};

struct WantedAttributes {
  core::Json mode;  ///< null: as it is
  std::string owner, group;
};
/// Those of a call; of names that parameters do not have nothing is wanted.
[[nodiscard]] WantedAttributes wanted_attributes(const Call& call);

/// Error (general): a mode that is none, "chown failed: failed to look up user X".
[[nodiscard]] core::Result<AttributePlan> plan_attributes(const WantedAttributes& wanted, const FileState& state,
                                                          const Inspection& seen);
/// The failure of a module for an error of plan_attributes.
[[nodiscard]] core::Json attribute_failure(const core::Error& error);
/// Shell lines that do it to the quoted word `target`, with `die` where it fails.
[[nodiscard]] std::string attribute_script(const AttributePlan& plan, const std::string& target);

/// A shell function: `make PATH` makes a folder and those above it that are not there, each with these attributes.
[[nodiscard]] std::string make_function(const AttributePlan& plan);
/// What a folder or file (by the type's bits) would be if it were made now.
[[nodiscard]] FileState new_state(const Inspection& seen, unsigned type, const std::string& path);

}  // namespace cef::modules
