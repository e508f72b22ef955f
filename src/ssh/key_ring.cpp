#include "key_ring.hpp"

namespace cef::ssh {

namespace {

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_size == other.st_size &&
         one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec &&
         one.st_ctim.tv_sec == other.st_ctim.tv_sec && one.st_ctim.tv_nsec == other.st_ctim.tv_nsec;
}

}  // namespace

KeyPointer KeyRing::load(const std::filesystem::path& file) {
  struct stat now {};
  if (::stat(file.c_str(), &now) != 0) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[file];
  if (!entry.key || !same_file(entry.read, now)) {
    ssh_key raw = nullptr;
    entry.key.reset(ssh_pki_import_privkey_file(file.c_str(), nullptr, nullptr, nullptr, &raw) == SSH_OK ? raw
                                                                                                         : nullptr);
    entry.read = now;
  }
  return KeyPointer(entry.key ? ssh_key_dup(entry.key.get()) : nullptr);
}

}  // namespace cef::ssh
