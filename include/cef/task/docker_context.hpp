#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::task {

/// A local folder as a tar archive for `docker build -`. All that is in it goes: a .dockerignore is not obeyed. Its
/// Dockerfile comes last, so that an archive that was cut off anywhere builds nothing.
class DockerContext {
 public:
  struct Entry {
    std::string name;  ///< inside the archive
    std::filesystem::path path;
    char type = '0';  ///< as in a tar header: '0' file, '2' symbolic link, '5' folder
    std::uint64_t size = 0;
    unsigned mode = 0;
    std::string link;  ///< where a symbolic link points
  };
  using Sink = std::function<core::Result<void>(std::string_view)>;

  /// Error (usage): no such folder, no Dockerfile in it, or an entry that is neither file, folder nor link.
  static core::Result<DockerContext> scan(const std::filesystem::path& folder);
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Of the archive.
  [[nodiscard]] core::Bytes size() const;
  /// Gives the archive in pieces. Errors: usage when a file cannot be read or its size changed; those of the sink.
  [[nodiscard]] core::Result<void> write(const Sink& sink) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace cef::task
