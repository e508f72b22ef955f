#include "model_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cef/core/bytes.hpp"
#include "cef/core/paths.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::Result;

namespace {

constexpr std::uint64_t k_spare_room = std::uint64_t{16} << 20U;
constexpr std::size_t k_piece = std::size_t{1} << 20U;
constexpr const char* k_lock_file = ".lock";

tl::unexpected<core::Error> system_failure(const fs::path& path, const std::string& what) {
  return core::fail(ErrorCode::general, path.string() + ": " + what + ": " + std::strerror(errno));
}

bool is_digest(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

ModelStore::~ModelStore() {
  unlock();
}

void ModelStore::unlock() {
  while (!aside_.empty()) {
    take_back(std::string(aside_.begin()->first));
  }
  if (lock_ >= 0) {
    ::close(std::exchange(lock_, -1));
  }
}

fs::path ModelStore::default_folder() {
  return core::cache_dir() / "models";
}

Result<void> ModelStore::lock() {
  if (lock_ >= 0) {
    return {};
  }
  std::error_code error;
  fs::create_directories(folder_, error);
  const fs::path file = folder_ / k_lock_file;
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return system_failure(file, "cannot be written; models are kept there");
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return core::fail(ErrorCode::host_failed,
                      folder_.string() + ": another bench runs with the models there; wait for its end");
  }
  lock_ = fd;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (name != k_lock_file && !is_digest(name)) {
      std::error_code ignored;
      fs::remove(entry.path(), ignored);
    }
  }
  return {};
}

ModelStore::Stamp ModelStore::stamp_of(const fs::path& file) {
  struct stat s {};
  if (::lstat(file.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) {
    return {};
  }
  const auto time = [](const timespec& t) { return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec; };
  return {s.st_dev, s.st_ino, s.st_size, time(s.st_mtim), time(s.st_ctim)};
}

bool ModelStore::checked(const std::string& digest) const {
  const auto known = checked_.find(digest);
  return known != checked_.end() && known->second != Stamp{} && known->second == stamp_of(path(digest));
}

bool ModelStore::has(const std::string& digest) {
  if (checked(digest)) {
    return true;
  }
  const Stamp now = stamp_of(path(digest));
  if (now == Stamp{}) {
    return false;
  }
  const auto found = core::sha256_file(path(digest));
  if (found && *found == digest && now == stamp_of(path(digest))) {
    checked_[digest] = now;
    return true;
  }
  static_cast<void>(remove(digest));
  return false;
}

void ModelStore::trust(const std::string& digest) {
  checked_[digest] = stamp_of(path(digest));
}

Result<void> ModelStore::remove(const std::string& digest) {
  checked_.erase(digest);
  if (::unlink(path(digest).c_str()) != 0 && errno != ENOENT) {
    return system_failure(path(digest), "cannot be removed");
  }
  return {};
}

Result<void> ModelStore::set_aside(const std::string& digest) {
  if (!has(digest)) {
    return {};
  }
  checked_.erase(digest);
  if (::rename(path(digest).c_str(), aside(digest).c_str()) != 0) {
    return system_failure(path(digest), "cannot be renamed");
  }
  aside_[digest] = stamp_of(aside(digest));
  return {};
}

void ModelStore::take_back(const std::string& digest) {
  const auto found = aside_.find(digest);
  if (found == aside_.end()) {
    return;
  }
  const bool same = found->second == stamp_of(aside(digest));
  aside_.erase(found);
  if (same && stamp_of(path(digest)) == Stamp{} && ::rename(aside(digest).c_str(), path(digest).c_str()) == 0) {
    trust(digest);
  } else {
    ::unlink(aside(digest).c_str());
  }
}

Result<void> ModelStore::need_room(std::uint64_t bytes) const {
  std::error_code error;
  const auto space = fs::space(folder_, error);
  if (!error && space.available < bytes + k_spare_room) {
    return core::fail(ErrorCode::general, folder_.string() + ": the model needs " + to_human(core::Bytes{bytes}) +
                                              ", only " + to_human(core::Bytes{space.available}) +
                                              " are free there; make room on the node");
  }
  return {};
}

Result<void> ModelStore::copy_in(const fs::path& from, const std::string& digest, const core::StopToken& stop) {
  std::error_code error;
  const auto size = fs::file_size(from, error);
  std::ifstream in(from, std::ios::binary);
  if (error || !in) {
    return core::fail(ErrorCode::usage, from.string() + ": cannot be read");
  }
  auto incoming = IncomingModel::create(*this, digest, size);
  if (!incoming) {
    return core::fail(incoming.error());
  }
  std::vector<char> piece(k_piece);
  while (!incoming->complete()) {
    if (stop.immediate()) {
      return core::fail(ErrorCode::interrupted, "interrupted while " + from.string() + " was copied");
    }
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(in.gcount());
    if (count == 0) {
      return core::fail(ErrorCode::integrity, from.string() + ": became shorter while it was copied");
    }
    if (auto added = incoming->add(std::string_view(piece.data(), count)); !added) {
      return added;
    }
  }
  return {};
}

Result<IncomingModel> IncomingModel::create(ModelStore& store, const std::string& digest, std::uint64_t size) {
  if (auto room = store.need_room(size); !room) {
    return core::fail(room.error());
  }
  auto file = core::AtomicFile::create(store.path(digest));
  if (!file) {
    return core::fail(file.error());
  }
  return IncomingModel(store, digest, size, std::move(*file));
}

Result<void> IncomingModel::add(std::string_view piece) {
  if (piece.size() > left_) {
    return core::fail(ErrorCode::integrity, "more came of the model than was announced");
  }
  sum_.update(piece);
  left_ -= piece.size();
  if (auto written = file_.write(piece); !written || left_ > 0) {
    return written;
  }
  if (const std::string found = sum_.finish(); found != digest_) {
    return core::fail(ErrorCode::integrity, "the model that came has digest " + found.substr(0, 12) + ", not " +
                                                digest_.substr(0, 12) + "; its file changed: run the bench again");
  }
  if (auto kept = file_.commit(); !kept) {
    return kept;
  }
  store_->trust(digest_);
  return {};
}

}  // namespace cef::operation
