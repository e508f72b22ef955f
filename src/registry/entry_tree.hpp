#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"

namespace cef::registry {

/// A file or folder of an archive, after its name was found harmless.
struct Entry {
  bool folder = false;
  bool executable = false;
  std::uint64_t size = 0;
  std::size_t index = 0;  ///< its number in the archive: what its reader finds it by
};

/// "a/b" for the name as it stands in an archive ("./a/b", or "a/b/" of a folder); "" for the archive's own top ("./").
/// Refused: whatever could lie outside the folder it is unpacked in, or mean another thing on another system.
core::Result<std::string> harmless_path(const std::filesystem::path& archive, std::string_view name);

/// The files and folders of one archive by path, in the order of the bytes of their names.
class EntryTree {
 public:
  explicit EntryTree(std::filesystem::path archive) : archive_(std::move(archive)) {}

  /// Adds an entry and the folders above it. Refused: a name twice, two names that differ only by case, a file where a
  /// folder is needed.
  core::Result<void> add(const std::string& path, const Entry& entry);
  [[nodiscard]] const std::map<std::string, Entry>& entries() const noexcept { return entries_; }

 private:
  core::Result<void> claim(const std::string& path);
  core::Result<void> need_folder(const std::string& path, const std::string& for_path);

  std::filesystem::path archive_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> folded_;  ///< name without case → the name that has it
  std::set<std::string> named_;                ///< folders that have an entry of their own
};

}  // namespace cef::registry
