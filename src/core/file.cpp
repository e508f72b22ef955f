#include "cef/core/file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::core {

namespace {

tl::unexpected<Error> system_failure(const std::filesystem::path& path, const char* what) {
  const ErrorCode code = errno == ENOENT || errno == EACCES || errno == ENOTDIR ? ErrorCode::usage : ErrorCode::general;
  return fail(code, path.string() + ": " + what + ": " + std::strerror(errno));
}

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int f) : fd(f) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
};

Result<std::size_t> size_of_regular_file(const Descriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) {
    return system_failure(path, "cannot be read");
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::usage, path.string() + ": is not a regular file");
  }
  return static_cast<std::size_t>(status.st_size);
}

/// Not a device or a pipe, nor /dev/stdout wherever it leads: renaming over them would take them from everybody.
bool is_to_be_replaced(const std::filesystem::path& target, const struct stat& status) {
  std::error_code no_link;
  return S_ISREG(status.st_mode) && !std::filesystem::read_symlink(target, no_link).string().starts_with("/proc/");
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, Bytes limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    return system_failure(path, "cannot be read");
  }
  const auto size = size_of_regular_file(file, path);
  if (!size) {
    return fail(size.error());
  }
  if (*size > limit.count) {
    return fail(ErrorCode::usage,
                path.string() + ": is " + to_human(Bytes{*size}) + ", larger than the limit of " + to_human(limit));
  }
  // Files of /proc and /sys say 0: read to the end whatever the size says.
  std::string text;
  text.resize(*size + 4096);
  std::size_t used = 0;
  while (true) {
    const ssize_t count = ::read(file.fd, text.data() + used, text.size() - used);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return system_failure(path, "read error");
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
    if (used > limit.count) {
      return fail(ErrorCode::usage, path.string() + ": is larger than the limit of " + to_human(limit));
    }
    if (used == text.size()) {
      text.resize(text.size() * 2);
    }
  }
  text.resize(used);
  return text;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    return system_failure(path, "cannot be read");
  }
  const auto size = size_of_regular_file(file, path);
  if (!size) {
    return fail(size.error());
  }
  MappedFile mapped;
  if (*size > 0) {
    void* address = ::mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, file.fd, 0);
    if (address == MAP_FAILED) {
      return system_failure(path, "cannot be mapped");
    }
    mapped.data_ = static_cast<const std::byte*>(address);
    mapped.size_ = *size;
  }
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    ::munmap(const_cast<std::byte*>(data_), size_);
  }
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& target, unsigned mode) {
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::usage, target.string() + ": is a folder; give the name of a file");
  }
  if (exists && !is_to_be_replaced(target, status)) {
    const int fd = ::open(target.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    return fd < 0 ? Result<AtomicFile>(system_failure(target, "cannot be written")) : AtomicFile(target, "", fd);
  }
  std::string temporary = target.string() + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) {
    return system_failure(target, "cannot be written");
  }
  ::fchmod(fd, mode);
  return AtomicFile(target, temporary, fd);
}

AtomicFile::AtomicFile(std::filesystem::path target, std::filesystem::path temporary, int fd)
    : target_(std::move(target)), temporary_(std::move(temporary)), fd_(fd) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)), temporary_(std::move(other.temporary_)), fd_(std::exchange(other.fd_, -1)) {}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) {
    ::close(fd_);
    ::unlink(temporary_.c_str());
  }
}

Result<void> AtomicFile::write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd_, data.data(), data.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return system_failure(target_, "cannot be written");
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> AtomicFile::commit() {
  if (!temporary_.empty() && (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0)) {
    return system_failure(target_, "cannot be written");
  }
  ::close(std::exchange(fd_, -1));
  return {};
}

Result<std::optional<AtomicFile>> begin_file(const std::filesystem::path& target) {
  if (target.empty()) {
    return std::optional<AtomicFile>();
  }
  std::error_code ignored;
  std::filesystem::create_directories(target.parent_path(), ignored);
  auto begun = AtomicFile::create(target);
  return begun ? Result<std::optional<AtomicFile>>(std::move(*begun)) : fail(begun.error());
}

Result<void> write_file_atomically(const std::filesystem::path& target, std::string_view data, unsigned mode) {
  std::error_code error;
  if (target.has_parent_path()) {
    std::filesystem::create_directories(target.parent_path(), error);
  }
  auto file = AtomicFile::create(target, mode);
  if (!file) {
    return fail(file.error());
  }
  if (auto written = file->write(data); !written) {
    return written;
  }
  return file->commit();
}

}  // namespace cef::core
