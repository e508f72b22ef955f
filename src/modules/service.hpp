#pragma once

#include <optional>
#include <string>

#include "system_script.hpp"

namespace cef::modules {

/// The script of the module systemd; it ends itself.
[[nodiscard]] std::string systemd_script(const Call& call);
/// What is wrong with the arguments.
[[nodiscard]] std::optional<core::Json> check_systemd(const Call& call);
[[nodiscard]] core::Json systemd_result(const Call& call, const Answers& answers);

/// What `systemctl show` prints; values of Exec… may take more than one line.
[[nodiscard]] core::Json parse_properties(const std::string& text);

}  // namespace cef::modules
