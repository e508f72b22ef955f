#pragma once

#include <string>
#include <string_view>

#include "cef/core/json.hpp"

namespace cef::core {

/// Without the characters of `blanks` at both ends.
[[nodiscard]] std::string trim(std::string_view text, std::string_view blanks = " \t\r\n");
/// ASCII letters in lower case; other bytes stay.
[[nodiscard]] std::string lower(std::string_view text);
/// As text and attributes of HTML have it; `quote` stands for ".
[[nodiscard]] std::string html_escaped(std::string_view text, std::string_view quote);
/// A string as it is, any other value as JSON on one line.
[[nodiscard]] std::string text_of(const Json& value);

}  // namespace cef::core
