#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/result.hpp"

namespace cef::registry {

/// Writes a POSIX (ustar) tar whose bytes depend on nothing but names, contents and exec bits. A path that does not fit
/// ustar's header goes before it in a GNU 'L' record, which GNU tar, busybox, bsdtar and Python read. Nothing appears
/// at the target before `finish`.
class TarWriter {
 public:
  static core::Result<TarWriter> create(const std::filesystem::path& target);

  core::Result<void> folder(const std::string& path) { return header(path, '5', 0755, 0); }
  /// Exactly `size` bytes have to follow by `data`.
  core::Result<void> file(const std::string& path, bool executable, std::uint64_t size);
  core::Result<void> data(std::string_view piece);
  /// Ends the tar and puts it in place; gives its digest.
  core::Result<std::string> finish();
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  explicit TarWriter(core::AtomicFile file) : file_(std::move(file)) {}
  core::Result<void> header(const std::string& path, char kind, unsigned mode, std::uint64_t size);
  core::Result<void> put(std::string_view data);
  core::Result<void> pad();

  core::AtomicFile file_;
  core::Sha256 digest_;
  std::uint64_t size_ = 0;
};

}  // namespace cef::registry
