#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

enum class ServiceAction { status, start, stop, restart, enable, disable };
/// "restart"
[[nodiscard]] const char* to_string(ServiceAction action) noexcept;

/// A unit as systemd sees it.
struct Unit {
  std::string name;
  std::string load;     ///< "loaded", "not-found", "masked"
  std::string active;   ///< "active", "inactive", "failed", "activating"
  std::string sub;      ///< "running", "dead"
  std::string enabled;  ///< "enabled", "disabled", "static"; empty when systemd does not say
  std::uint64_t main_pid = 0;
  std::string since;      ///< when it came into this state, RFC 3339; empty when systemd does not say
  std::string last_logs;  ///< the last lines of its journal, when it failed and they can be read
};

struct ServiceReport {
  bool changed = false;
  std::vector<Unit> units;
};

/// Error (usage): a name that is none, and could be an option.
core::Result<void> check_names(const std::vector<std::string>& units);

/// Does `action` to the units and reads how they are afterwards. Start and stop change only what is not so already; a
/// restart always changes. With `check` nothing is done. Errors: host_failed when there is no systemd, a unit is not
/// known, or it is not as the action wants it (status, start, restart: active); names that could be options: usage.
core::Result<void> service(const Host& host, ServiceAction action, const std::vector<std::string>& units, bool check,
                           ServiceReport& report);

/// Reads what `systemctl show` prints: blocks of KEY=VALUE with an empty line between.
[[nodiscard]] std::vector<Unit> parse_units(const std::string& text);

}  // namespace cef::task
