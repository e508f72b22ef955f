#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "cef/ssh/connection.hpp"
#include "text.hpp"

namespace cef::modules {

/// What lstat says of a path of the host.
struct FileState {
  std::string path;
  bool exists = false;
  unsigned mode = 0;  ///< with the type, as st_mode
  std::uint64_t uid = 0, gid = 0, size = 0, links = 0, inode = 0, device = 0, special = 0;
  std::uint64_t blocks = 0, block_size = 0;
  double atime = 0, mtime = 0, ctime = 0;
  std::string user{}, group{};  ///< "" when the id has no name
  std::string target{};         ///< of a link

  [[nodiscard]] unsigned permissions() const noexcept { return mode & 07777U; }
  [[nodiscard]] bool is(unsigned type) const noexcept { return exists && (mode & 0170000U) == type; }
  [[nodiscard]] bool is_file() const noexcept { return is(0100000U); }
  [[nodiscard]] bool is_directory() const noexcept { return is(0040000U); }
  [[nodiscard]] bool is_link() const noexcept { return is(0120000U); }
  /// "absent", "link", "directory", "hard", "file"
  [[nodiscard]] const char* state() const noexcept;
};

/// Shell functions: `look PATH` prints what read_state reads; `real PATH` where links lead to; `die MESSAGE` ends the
/// script with a message, `because MESSAGE PATH` with what $m says of the error added in Python's words.
extern const char* const k_functions;
[[nodiscard]] FileState read_state(Fields& fields);

struct InspectOptions {
  std::string path;
  std::string name_in_folder{};  ///< the path may be a folder (or end in '/'): then look at this name in it
  std::string owner{}, group{};  ///< names to look up, or numbers
  bool follow = false;           ///< checksum and content of what a link leads to
  bool content = false;
  /// More shell. It may use $p (the path), $t (the same with a link followed), $d (its folder), $w (set where that can
  /// be written), $s (its SHA-1 and more), $c (set where that is known), $i and $j (the ids of who asks), $o and $g
  /// (those of `owner` and `group`).
  std::string extra{};
  std::string input{};  ///< for `extra`
  std::uint64_t content_limit = std::uint64_t{7} * 1024 * 1024;
};

/// All that a module of files wants to know before it decides, in one round trip.
struct Inspection {
  FileState file;
  FileState target;  ///< where a link leads to in the end; else the same as `file`
  std::string sha1;  ///< "" when it is no regular file that can be read
  unsigned umask = 022;
  std::uint64_t uid = 0, gid = 0;  ///< of the user who asks
  std::optional<std::uint64_t> owner, group;
  bool parent_exists = false, parent_writable = false;
  bool folder = false;  ///< the path given was a folder
  std::optional<std::string> content;
  std::string extra;       ///< what `extra` printed
  ssh::ExecResult answer;  ///< without what it printed
};
core::Result<Inspection> inspect(const Call& call, const InspectOptions& options);

/// uid, gid, owner, group, mode, state and size, as Ansible adds them to results that have a path.
void add_path_info(core::Json& result, const FileState& state);
/// "0644"
[[nodiscard]] std::string mode_text(unsigned permissions);

}  // namespace cef::modules
