#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "cef/core/result.hpp"

namespace cef::registry {

/// A regular file read by place. Not mapped: a file that shrinks while it is read is an error, not a SIGBUS.
class InputFile {
 public:
  static core::Result<InputFile> open(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  InputFile& operator=(InputFile&&) = delete;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] int descriptor() const noexcept { return fd_; }
  /// Exactly `count` bytes from `offset` on; integrity when the file has not so many.
  [[nodiscard]] core::Result<std::string> read(std::uint64_t offset, std::size_t count) const;

 private:
  InputFile() = default;
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace cef::registry
