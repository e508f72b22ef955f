#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace cef::core {

/// A non-negative decimal number at the start of `text` and what follows it.
inline std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

}  // namespace cef::core
