#pragma once

#include <string_view>

namespace cef::modules {

/// A module that Ansible has and cef has not: yum, ufw, …, and all of a collection (a.b.c).
[[nodiscard]] bool is_elsewhere(std::string_view name);

}  // namespace cef::modules
