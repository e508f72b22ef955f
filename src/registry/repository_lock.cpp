#include "repository_lock.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<RepositoryLock> RepositoryLock::take(const std::filesystem::path& repository, Kind kind,
                                            const core::StopToken& stop) {
  constexpr std::chrono::milliseconds k_pause{50};
  const std::filesystem::path path = repository / ".lock";
  RepositoryLock lock;
  lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (lock.fd_ < 0) {
    if (kind == Kind::read) {
      return lock;
    }
    return fail(ErrorCode::general, path.string() + ": cannot be written: " + std::strerror(errno));
  }
  const int operation = (kind == Kind::read ? LOCK_SH : LOCK_EX) | LOCK_NB;
  while (::flock(lock.fd_, operation) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail(ErrorCode::general, path.string() + ": cannot be locked: " + std::strerror(errno));
    }
    if (stop.draining()) {
      return fail(ErrorCode::interrupted, repository.string() + ": stopped while another cef worked on it");
    }
    std::this_thread::sleep_for(k_pause);
  }
  return lock;
}

}  // namespace cef::registry
