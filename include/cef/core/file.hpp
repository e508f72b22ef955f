#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::core {

/// Reads a whole regular file; refuses one larger than `limit` before reading it.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, Bytes limit);

/// A read-only map of a whole file. An empty file maps to an empty span.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Writes beside the target and renames over it on `commit()`. Without a commit nothing appears. A device, a pipe or
/// /dev/stdout as a target is written to at once.
class AtomicFile {
 public:
  /// Error: usage (a folder, none of that name above it, no permission), general.
  static Result<AtomicFile> create(const std::filesystem::path& target, unsigned mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  [[nodiscard]] Result<void> write(std::string_view data);
  /// Flushes to the disk and renames.
  [[nodiscard]] Result<void> commit();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary, int fd);
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

/// Creates parents and begins; nothing for an empty name. For what is written after long work: a name that cannot be
/// written is told before it.
[[nodiscard]] Result<std::optional<AtomicFile>> begin_file(const std::filesystem::path& target);
/// Creates parents, writes, commits.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& target, std::string_view data,
                                                 unsigned mode = 0644);

}  // namespace cef::core
