#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::core {

/// One word for a POSIX shell: the only way any text reaches a remote command line.
[[nodiscard]] std::string shell_quote(std::string_view word);
/// Words joined by spaces, each quoted.
[[nodiscard]] std::string shell_join(const std::vector<std::string>& words);
/// The words of a command line with quotes and backslashes, as a POSIX shell divides them. Error (usage): a quote that
/// does not end.
[[nodiscard]] Result<std::vector<std::string>> shell_split(std::string_view line);
/// False for names that a command could take for an option or a shell for syntax. Letters, digits, `._-:`; no leading
/// `-`; at most 255 characters (CVE-2023-6004).
[[nodiscard]] bool is_safe_host_name(std::string_view name) noexcept;

}  // namespace cef::core
