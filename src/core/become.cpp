#include "cef/core/become.hpp"

namespace cef::core {

const char* to_string(BecomeMethod method) noexcept {
  return method == BecomeMethod::su ? "su" : "sudo";
}

std::optional<BecomeMethod> parse_become_method(std::string_view name) noexcept {
  constexpr std::string_view k_collection = "ansible.builtin.";
  if (name.substr(0, k_collection.size()) == k_collection) {
    name.remove_prefix(k_collection.size());
  }
  return name == "sudo" ? std::optional(BecomeMethod::sudo)
         : name == "su" ? std::optional(BecomeMethod::su)
                        : std::nullopt;
}

}  // namespace cef::core
