#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "attributes.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "node_file.hpp"

namespace cef::modules {

/// A regular file that gets new content in one step: it is written aside, gets its mode and owner, is validated, and is
/// renamed over the old one.
struct WriteRequest {
  std::string path;                            ///< on the host, as `inspect` told it
  FileState before;                            ///< whose mode and owner stay, unless `attributes` say otherwise
  std::string content;                         ///< when there is no local file
  std::optional<std::filesystem::path> local;  ///< a big one goes in pieces and is taken up again where it broke
  AttributePlan attributes;
  unsigned mode_when_new = 0644;
  bool backup = false;
  std::string prepare{};               ///< shell lines before anything is written
  std::string validate;                ///< "visudo -cf %s"
  std::optional<std::string> only_if;  ///< SHA-1 that the file must still have ("" : it must still not be there)
};

struct WriteResult {
  std::optional<core::Json> failure;  ///< a module's failure; nothing was changed then
  FileState after;
  std::string backup_file;  ///< "" when none was made
};

/// Errors: those of the connection.
core::Result<WriteResult> write_file(const Call& call, const WriteRequest& request);

/// Shell lines for `inspect` (extra) that write at once where nothing is left to decide: there is no file yet, or a
/// regular one that has another SHA-1 than `sha1`, in a folder that can be written. They then print "w" and what
/// read_write_result reads, else nothing. `request.path` and `before` do not count; of the attributes only the mode
/// does. Error (general): a validate that is none.
[[nodiscard]] core::Result<std::string> instant_script(const WriteRequest& request, const std::string& sha1, bool owner,
                                                       bool group);

/// Moves what a script prints ("die", or "ok", the name of a backup, and the state) into a result.
[[nodiscard]] core::Result<WriteResult> read_write_result(const ssh::ExecResult& answer, const std::string& what);

/// Files up to this size go with the script itself.
inline constexpr std::uintmax_t k_inline_limit = std::uintmax_t{512} * 1024;

/// Files up to this size go with the question whether they are there already.
inline constexpr std::size_t k_instant_limit = std::size_t{16} * 1024;

}  // namespace cef::modules
