#pragma once

#include <string>

#include "attributes.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "node_file.hpp"

namespace cef::modules {

struct WantedTime {
  enum class Kind { keep, now, at };
  Kind kind = Kind::keep;
  std::string stamp;  ///< as `touch -t` has it
  double epoch = 0;   ///< of the stamp, on the host's clock
};

/// One run of the module `file` on one path.
struct FileTask {
  const Call& call;
  const Inspection& seen;
  std::string state;
  WantedAttributes wanted;
  WantedTime modification{}, access{};
  std::string path{};
  std::string src{}, absolute_src{}, src_inode{};
  bool src_exists = false;
  std::string first_entry{};  ///< of a folder; "" when it is empty
  double now = 0;
  std::string listing{};
  core::Json result = core::Json::object();

  /// A failure that has the path.
  [[nodiscard]] core::Json failed(const std::string& message) const { return with_path(failure(message)); }
  [[nodiscard]] core::Json with_path(core::Json failed) const;
  /// {"before": {"path": …}, "after": {"path": …}} and the states when they differ.
  [[nodiscard]] core::Json diff(const std::string& after) const;
  /// Times that are to be set on a file that is there: shell lines for the word `target`, "" when there are none.
  [[nodiscard]] std::string time_script(const FileState& file, const std::string& target, core::Json& diff) const;
  /// Runs `script` with `look` of the path after it, unless nothing is to be done or this is a check; ends the result.
  core::Result<core::Json> finish(const std::string& script, const FileState& state);
  /// Attributes and times of `file`, which is there; `script` may make it first.
  core::Result<core::Json> settle(const FileState& file, std::string script, core::Json diff);
};

core::Result<core::Json> file_absent(FileTask& task);
core::Result<core::Json> file_directory(FileTask& task);
core::Result<core::Json> file_link(FileTask& task);
core::Result<core::Json> file_hard(FileTask& task);
core::Result<core::Json> file_touch(FileTask& task);
core::Result<core::Json> file_plain(FileTask& task);

}  // namespace cef::modules
