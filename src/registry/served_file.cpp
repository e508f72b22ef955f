#include "served_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "cef/registry/repository.hpp"

namespace cef::registry {

namespace {

constexpr std::string_view k_blobs = "blobs/sha256/";
constexpr std::string_view k_blob_ending = ".tar";
constexpr std::size_t k_digest_size = 64;

/// The digest of a blob's path; empty for another path.
std::string_view digest_of(std::string_view path) {
  if (path.size() != k_blobs.size() + k_digest_size + k_blob_ending.size() || !path.starts_with(k_blobs) ||
      !path.ends_with(k_blob_ending)) {
    return {};
  }
  const std::string_view digest = path.substr(k_blobs.size(), k_digest_size);
  return digest.find_first_not_of("0123456789abcdef") == std::string_view::npos ? digest : std::string_view{};
}

/// Opens part after part, so that no link on the way is followed.
int open_below(const std::filesystem::path& folder, std::string_view path) {
  int at = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0 && !path.empty()) {
    const std::string part(path.substr(0, path.find('/')));
    const bool last = part.size() == path.size();
    path.remove_prefix(last ? part.size() : part.size() + 1);
    const int next = ::openat(at, part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY));
    ::close(at);
    at = next;
  }
  return at;
}

}  // namespace

std::optional<ServedFile> ServedFile::open(const std::filesystem::path& repository, std::string_view path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const std::string_view digest = digest_of(path);
  if (digest.empty() && path != k_index_file && path != k_repository_file) {
    return std::nullopt;
  }
  ServedFile file;
  file.fd_ = open_below(repository, path);
  struct stat status {};
  if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  if (!digest.empty()) {
    file.etag_ = "\"" + std::string(digest) + "\"";
    file.type_ = "application/x-tar";
    file.caching_ = "public, max-age=31536000, immutable";
  } else {  // replaced by rename only: another content is another file
    file.etag_ = "\"" + std::to_string(status.st_ino) + "-" + std::to_string(status.st_mtim.tv_sec) + "-" +
                 std::to_string(status.st_mtim.tv_nsec) + "\"";
    file.type_ = "application/json";
    file.caching_ = "no-cache";
  }
  return file;
}

}  // namespace cef::registry
