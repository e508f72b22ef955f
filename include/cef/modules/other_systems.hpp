#pragma once

#include <string_view>

namespace cef::modules {

/// yum, dnf, selinux, …: for systems that cef does not serve. Only a task under a condition may name one; it fails if
/// it is run.
[[nodiscard]] bool is_of_other_systems(std::string_view name);

}  // namespace cef::modules
