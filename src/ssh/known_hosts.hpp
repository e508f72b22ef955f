#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::ssh {

enum class KeyState { known, unknown, changed, revoked };

struct KeyCheck {
  KeyState state = KeyState::unknown;
  std::string where;    ///< FILE:LINE of the line that decided
  std::string old_key;  ///< base64 of the key that is known, when the state is `changed`
};

/// known_hosts files, read once. Thread-safe.
class KnownHosts {
 public:
  /// `user` is written to; the system's file is read only. A file that is not there is empty.
  static core::Result<std::shared_ptr<KnownHosts>> open(const std::filesystem::path& user,
                                                        const std::filesystem::path& system);

  /// `host` and `port` as the user wrote them; `type` and `key` (base64) as the server showed them.
  [[nodiscard]] KeyCheck check(const std::string& host, int port, const std::string& type,
                               const std::string& key) const;
  /// Types of the keys known for a host, so that the server can be asked for one of them.
  [[nodiscard]] std::vector<std::string> types(const std::string& host, int port) const;
  /// Appends one line, under a lock that other processes honour too.
  core::Result<void> add(const std::string& host, int port, const std::string& type, const std::string& key);

 private:
  struct Line {
    std::string where;
    bool revoked = false;
    std::vector<std::string> patterns;
    std::string type;
    std::string key;
  };
  /// A line of one hashed name.
  struct Hashed {
    std::string salt;
    std::string digest;
    Line line;
  };
  core::Result<void> read(const std::filesystem::path& path);
  [[nodiscard]] static bool matches(const Line& line, const std::string& name);
  /// Those of a name; its hashed lines are among them from its first look-up on.
  std::vector<Line>& plain(const std::string& name) const;

  std::filesystem::path user_;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;  ///< revoked ones, and names with wildcards
  mutable std::vector<Hashed> hashed_;
  mutable std::set<std::string> looked_up_;
  mutable std::map<std::string, std::vector<Line>> plain_;  ///< by name
};

/// "host", or "[host]:port" when the port is not 22.
[[nodiscard]] std::string known_hosts_name(const std::string& host, int port);
/// "SHA256:…" of a key in base64.
[[nodiscard]] std::string fingerprint(const std::string& key_base64);

}  // namespace cef::ssh
