#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/secret.hpp"

namespace cef::core {

enum class BecomeMethod { sudo, su };
[[nodiscard]] const char* to_string(BecomeMethod method) noexcept;
/// "sudo" or "su", also by their full names in Ansible, ansible.builtin.sudo.
[[nodiscard]] std::optional<BecomeMethod> parse_become_method(std::string_view name) noexcept;

/// Who runs a script when it is not the login user, and how.
struct Become {
  bool wanted = false;
  std::string user = "root";
  std::optional<Secret> password;
  BecomeMethod method = BecomeMethod::sudo;
  std::string no_password{};           ///< why that of the inventory is not here; empty: it has none
  std::vector<std::string> flags{};    ///< words for sudo or su, after cef's own
  std::vector<std::string> program{};  ///< and words in place of "sudo" or "su"; empty: these
};

}  // namespace cef::core
