#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/regex.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "node_file.hpp"

namespace cef::modules {

/// A text file of the host that is read in one round trip, edited here, and written back in a second if it is still the
/// same then.
struct TextFile {
  Inspection seen;
  bool exists = false;
  std::string text;
  [[nodiscard]] const FileState& state() const { return seen.target.exists ? seen.target : seen.file; }
};

/// Reads `path`; a failure when it is a folder or cannot be read.
struct ReadText {
  TextFile file;
  std::optional<core::Json> failure;
};
core::Result<ReadText> read_text(const Call& call);

struct Edited {
  std::string text;
  bool changed = false;
  std::string message;
  std::string backup_file{};   ///< that was made
  core::Json attributes = {};  ///< diff of mode and owner
  std::optional<core::Json> failure{};
};
/// Writes `edited.text` if it changed, and mode and owner if they are to change; says both in `edited`.
core::Result<void> write_text(const Call& call, const TextFile& file, Edited& edited);

/// [content, attributes] as Ansible's modules of lines give their diff; the texts only where a diff is asked for.
[[nodiscard]] core::Json text_diff(const Call& call, const TextFile& file, const Edited& edited);

/// Lines with their ends; `carriage_returns` end a line too.
[[nodiscard]] std::vector<std::string> lines_with_ends(const std::string& text, bool carriage_returns);
[[nodiscard]] std::string join(const std::vector<std::string>& lines);

}  // namespace cef::modules
