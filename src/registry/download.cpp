#include "cef/registry/download.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "transfer.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

fs::path with_suffix(const fs::path& path, const char* suffix) {
  fs::path longer = path;
  longer += suffix;
  return longer;
}

tl::unexpected<core::Error> system_failure(const fs::path& path, const char* what) {
  return fail(ErrorCode::general, path.string() + ": " + what + ": " + std::strerror(errno));
}

Result<void> check_url(const std::string& url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const std::string authority = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (scheme == 0 || authority.empty() || url.find_first_of(" \r\n\t") != std::string::npos) {
    return fail(ErrorCode::usage, "'" + url + "': is not an http:// or https:// URL");
  }
  if (authority.find('@') != std::string::npos) {
    return fail(ErrorCode::usage, "the URL holds a user name or password, which cef does not take there");
  }
  return {};
}

/// TARGET.part, locked against a second cef that downloads the same file.
class PartFile {
 public:
  static Result<PartFile> open(const fs::path& target) {
    std::error_code error;
    fs::create_directories(fs::absolute(target).parent_path(), error);
    PartFile file;
    file.path_ = with_suffix(target, ".part");
    file.fd_ = ::open(file.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file.fd_ < 0) {
      return system_failure(file.path_, "cannot be written");
    }
    if (::flock(file.fd_, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::general, file.path_.string() + ": another cef is downloading it; wait for it to end");
    }
    return file;
  }
  PartFile(PartFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  PartFile& operator=(PartFile&&) = delete;
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] const fs::path& path() const noexcept { return path_; }
  [[nodiscard]] fs::path validator_path() const { return with_suffix(path_, ".etag"); }
  [[nodiscard]] int descriptor() const noexcept { return fd_; }
  [[nodiscard]] std::uint64_t size() const {
    struct stat status {};
    return ::fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }
  [[nodiscard]] std::string validator() const {
    constexpr core::Bytes k_limit{1024};
    const auto text = core::read_file(validator_path(), k_limit);
    return text ? *text : std::string();
  }
  Result<void> empty() const {
    std::error_code error;
    fs::remove(validator_path(), error);
    return ::ftruncate(fd_, 0) == 0 ? Result<void>{} : system_failure(path_, "cannot be emptied");
  }
  void remove() const {
    std::error_code error;
    fs::remove(path_, error);
    fs::remove(validator_path(), error);
  }
  Result<void> become(const fs::path& target) const {
    if (::fsync(fd_) != 0 || std::rename(path_.c_str(), target.c_str()) != 0) {
      return system_failure(target, "cannot be put in place");
    }
    std::error_code error;
    fs::remove(validator_path(), error);
    return {};
  }

 private:
  PartFile() = default;
  fs::path path_;
  int fd_ = -1;
};

/// One request, and again where the answer makes that sensible.
Result<void> fetch_all(const DownloadOptions& options, const PartFile& part,
                       const std::function<void(const DownloadProgress&)>& progress, const core::StopToken& stop) {
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t from = part.size();
    Transfer transfer(options, part.descriptor(), from, part.validator(), progress, stop);
    const Outcome outcome = transfer.run();
    if (!transfer.validator().empty()) {
      if (auto kept = core::write_file_atomically(part.validator_path(), transfer.validator()); !kept) {
        return kept;
      }
    }
    switch (outcome.kind) {
      case Outcome::Kind::complete:
        return {};
      case Outcome::Kind::range_refused:
        if (transfer.total() == from && from > 0) {
          return {};  // all of it was there already; the digest decides
        }
        if (auto emptied = part.empty(); !emptied) {
          return emptied;
        }
        break;
      case Outcome::Kind::broken:
        if (part.size() <= from) {
          return fail(outcome.error);  // nothing came: a further try would not help
        }
        break;
      case Outcome::Kind::failed:
        return fail(outcome.error);
    }
    if (attempt >= options.tries) {
      return fail(outcome.error);
    }
  }
}

Result<std::string> verified_digest(const DownloadOptions& options, const PartFile& part) {
  auto digest = core::sha256_file(part.path());
  if (digest && !digest->starts_with(options.sha256)) {
    return fail(ErrorCode::integrity, options.url + ": has the SHA-256 " + *digest + ", expected " + options.sha256 +
                                          (options.sha256.size() < 64 ? "…" : "") +
                                          ": the download was removed; the file there is not the one in the catalogue");
  }
  return digest;
}

}  // namespace

Result<DownloadResult> download(const DownloadOptions& options,
                                const std::function<void(const DownloadProgress&)>& progress,
                                const core::StopToken& stop) {
  if (auto good = check_url(options.url); !good) {
    return fail(good.error());
  }
  const auto part = PartFile::open(options.target);
  if (!part) {
    return fail(part.error());
  }
  DownloadResult result;
  result.resumed_from = part->size();
  // What was resumed may be the rest of another file: a wrong digest then gets one whole download.
  for (const bool resumed : {result.resumed_from > 0, false}) {
    if (auto fetched = fetch_all(options, *part, progress, stop); !fetched) {
      if (fetched.error().code == ErrorCode::integrity || part->size() == 0) {
        part->remove();
      }
      return fail(fetched.error());
    }
    auto digest = verified_digest(options, *part);
    if (digest) {
      result.sha256 = std::move(*digest);
      break;
    }
    if (!resumed) {
      part->remove();
      return fail(digest.error());
    }
    result.resumed_from = 0;
    if (auto emptied = part->empty(); !emptied) {
      return fail(emptied.error());
    }
  }
  result.bytes = part->size();
  return part->become(options.target).map([&] { return std::move(result); });
}

}  // namespace cef::registry
