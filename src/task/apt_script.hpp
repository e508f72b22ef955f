#pragma once

#include <string>

#include "cef/task/apt.hpp"

namespace cef::task {

/// The script that does `options` on a host. It prints sections, each below a line "==cef NAME": plan, difference,
/// broken, repaired, lists-changed, lists-age, reboot-required; trouble, with what apt-get said, before it exits with
/// another status than 0.
[[nodiscard]] std::string apt_script(const AptOptions& options);

}  // namespace cef::task
