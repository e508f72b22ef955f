#pragma once

namespace cef::modules {

/// From now on this process has an /etc, a /home, an /var/spool/cron and a host name of its own, which it may change.
/// False where that is not allowed.
[[nodiscard]] bool enter_sandbox();

}  // namespace cef::modules
