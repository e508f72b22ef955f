#pragma once

#include <filesystem>
#include <utility>

#include <unistd.h>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"

namespace cef::registry {

/// The lock of a repository's folder, held until it is destroyed or the process ends, in whatever way.
class RepositoryLock {
 public:
  enum class Kind {
    read,   ///< many at once; none held where the folder cannot be written
    write,  ///< alone
  };
  /// Waits until it is free. Errors: general (cannot be written), interrupted.
  static core::Result<RepositoryLock> take(const std::filesystem::path& repository, Kind kind,
                                           const core::StopToken& stop);
  RepositoryLock(RepositoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RepositoryLock& operator=(RepositoryLock&&) = delete;
  RepositoryLock(const RepositoryLock&) = delete;
  RepositoryLock& operator=(const RepositoryLock&) = delete;
  ~RepositoryLock() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

 private:
  RepositoryLock() = default;
  int fd_ = -1;
};

}  // namespace cef::registry
