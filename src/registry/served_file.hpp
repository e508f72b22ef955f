#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace cef::registry {

/// A file of a repository that a client may have, opened.
class ServedFile {
 public:
  /// For "/index.json", "/cef-repository.json" and "/blobs/sha256/DIGEST.tar", spelt just so. None for every other
  /// path, for what is not there, and for links.
  static std::optional<ServedFile> open(const std::filesystem::path& repository, std::string_view path);
  ServedFile(ServedFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        size_(other.size_),
        etag_(std::move(other.etag_)),
        type_(other.type_),
        caching_(other.caching_) {}
  ServedFile& operator=(ServedFile&&) = delete;
  ServedFile(const ServedFile&) = delete;
  ServedFile& operator=(const ServedFile&) = delete;
  ~ServedFile() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] int descriptor() const noexcept { return fd_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::string& etag() const noexcept { return etag_; }  ///< with its quotes; strong
  [[nodiscard]] const char* type() const noexcept { return type_; }
  [[nodiscard]] const char* caching() const noexcept { return caching_; }

 private:
  ServedFile() = default;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string etag_;
  const char* type_ = "";
  const char* caching_ = "";
};

}  // namespace cef::registry
