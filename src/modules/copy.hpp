#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "attributes.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

/// One file of the control node, or text, that goes to the host.
struct CopySource {
  std::string content;
  std::optional<std::filesystem::path> local;  ///< the content is in this file
  std::string name;                            ///< below a folder that is the destination; "" when it may be none
  std::string shown;                           ///< in the result and in a diff
  std::string sha1, md5;
  core::Json mode;  ///< of the task, "preserve" resolved
};

/// Reads a local file as it is to be copied: decrypted, with its digests.
core::Result<CopySource> local_source(const Call& call, const std::filesystem::path& file, const core::Json& mode);
[[nodiscard]] CopySource text_source(std::string content, const std::string& name, const core::Json& mode);

core::Result<core::Json> copy_one(const Call& call, const CopySource& source, const std::string& dest);
/// A folder with everything in it. `inside`: what is in it, not the folder itself.
core::Result<core::Json> copy_folder(const Call& call, const std::filesystem::path& folder, bool inside);
/// Both ends on the host.
core::Result<core::Json> copy_remote(const Call& call);

/// {"before": …, "after": …} with headers, or what says that they are binary or too large.
[[nodiscard]] core::Json content_diff(const std::string& path, const std::optional<std::string>& before,
                                      std::uint64_t size_before, const std::string& header,
                                      const std::optional<std::string>& after);

}  // namespace cef::modules
