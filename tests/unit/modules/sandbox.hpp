#pragma once

namespace cef::modules {

/// As long as it lives this thread, and what it starts, has an /etc, a /home, an /var/spool/cron and a host name of its
/// own, which it may change.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  /// False where that is not allowed.
  [[nodiscard]] bool entered() const noexcept { return entered_; }

 private:
  int mounts_, names_, folder_;  ///< to come back
  bool away_;
  bool entered_;
};

}  // namespace cef::modules
