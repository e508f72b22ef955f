#include "input_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "refusal.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<InputFile> InputFile::open(const std::filesystem::path& path) {
  InputFile file;
  file.path_ = path;
  file.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) {
    return fail(ErrorCode::usage, path.string() + ": cannot be read: " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::usage, path.string() + ": is not a regular file");
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Result<std::string> InputFile::read(std::uint64_t offset, std::size_t count) const {
  if (offset > size_ || count > size_ - offset) {
    return refuse(path_,
                  "is truncated: it has no bytes " + std::to_string(offset) + " and " + std::to_string(count) + " on");
  }
  std::string data(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd_, data.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(ErrorCode::general, path_.string() + ": cannot be read: " + std::strerror(errno));
    }
    if (got == 0) {
      return refuse(path_, "became shorter while it was read");
    }
    done += static_cast<std::size_t>(got);
  }
  return data;
}

}  // namespace cef::registry
