#pragma once

#include <string_view>

namespace cef::modules {

/// <0, 0, >0 as dpkg orders [EPOCH:]UPSTREAM[-REVISION] (deb-version(7)).
[[nodiscard]] int compare_debian_versions(std::string_view a, std::string_view b);

}  // namespace cef::modules
