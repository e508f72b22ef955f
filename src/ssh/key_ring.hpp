#pragma once

#include <filesystem>
#include <map>
#include <mutex>

#include <sys/stat.h>

#include "session.hpp"

namespace cef::ssh {

/// Private keys without a passphrase, read once for all sessions and again when a file has changed. Thread-safe.
class KeyRing {
 public:
  /// A copy for one session; null for a file that is unreadable or protected by a passphrase.
  KeyPointer load(const std::filesystem::path& file);

 private:
  struct Entry {
    struct stat read {};
    KeyPointer key;
  };
  std::mutex mutex_;
  std::map<std::filesystem::path, Entry> entries_;
};

}  // namespace cef::ssh
