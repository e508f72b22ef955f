#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

enum class AptAction {
  list,     ///< what could be upgraded; needs no root
  update,   ///< the package lists
  upgrade,  ///< the lists, then every package that needs no other to go
  install,  ///< the packages named
};
/// "upgrade"
[[nodiscard]] const char* to_string(AptAction action) noexcept;

struct AptOptions {
  AptAction action = AptAction::list;
  std::vector<std::string> packages;            ///< of install: NAME or NAME=VERSION
  bool full = false;                            ///< upgrade: also where packages must go (dist-upgrade)
  bool update_lists = true;                     ///< of upgrade and install: read the lists first
  bool repair = false;                          ///< end what an interrupted dpkg left, before anything else
  bool check = false;                           ///< upgrade and install: change nothing but the lists
  core::Milliseconds lock_timeout{2 * 60'000};  ///< how long to wait for another package manager
};

/// A package before and after; an empty version: it was, or is, not installed.
struct PackageChange {
  std::string name;
  std::string from;
  std::string to;
  bool operator==(const PackageChange&) const = default;
};

struct AptReport {
  bool changed = false;
  std::vector<PackageChange> packages;  ///< changed; of list, update and in a check: those that would change
  std::vector<std::string> held_back;   ///< upgradable, but kept: on hold, phased, or in need of packages that must go
  std::vector<std::string> broken;      ///< installed by half
  bool repaired = false;
  std::optional<std::uint64_t> lists_age_seconds;  ///< since the lists were last read
  bool reboot_required = false;
  std::vector<std::string> reboot_packages;  ///< that ask for it
  bool rebooted = false;
};

/// Error (usage): a name of install that is none; it could be an option, or "remove" to apt-get.
core::Result<void> check_names(const AptOptions& options);

/// Packages by apt-get on one host. The work on the host is detached from the connection: dpkg goes on and ends also
/// when the connection breaks or the deadline passes. Errors: host_failed with what apt said and what to do: no apt,
/// lock held too long, mirror unreachable (apt itself calls that success), dpkg interrupted, a package that fails;
/// usage for names that are none.
core::Result<void> apt(const Host& host, const AptOptions& options, AptReport& report);

/// What `apt-get --simulate` prints.
struct AptPlan {
  std::vector<PackageChange> packages;
  std::vector<std::string> held_back;
};
[[nodiscard]] AptPlan parse_apt_plan(const std::string& text);
/// The difference of two sorted lists of "name\tversion" as `comm -3` prints it.
[[nodiscard]] std::vector<PackageChange> parse_package_difference(const std::string& text);
/// One line for a person out of what apt-get said when it failed, with the remedy where there is one.
[[nodiscard]] std::string apt_trouble(const std::string& log);

}  // namespace cef::task
