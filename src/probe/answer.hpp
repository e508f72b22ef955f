#pragma once

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cef::probe {

/// What a monitor fragment printed: "@cef:NAME" begins a section. What is before the first one (a login banner) is left
/// out, and control characters, which could play with a terminal, become '?'.
using Lines = std::vector<std::string>;
using Sections = std::map<std::string, Lines, std::less<>>;

[[nodiscard]] Sections split_sections(std::string_view answer);
/// The lines of a section; none where there is no such section.
[[nodiscard]] const Lines& lines_of(const Sections& sections, std::string_view name);
[[nodiscard]] std::string first_line(const Sections& sections, std::string_view name);

[[nodiscard]] std::string_view trimmed(std::string_view text);
/// Split at runs of blanks.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);
/// Split at each separator; at most `limit` fields, the last one holds the rest.
[[nodiscard]] std::vector<std::string_view> fields(std::string_view text, char separator, std::size_t limit = 64);
/// What follows the prefix on a line that begins with it.
[[nodiscard]] std::optional<std::string_view> after(std::string_view line, std::string_view prefix);
/// The value of the first line KEY: VALUE.
[[nodiscard]] std::string value_of(const Lines& lines, std::string_view key);

/// The text, blanks around it aside, when it is a number and nothing else; one with a fraction below 1e12, so that it
/// can be cast.
template <class T>
[[nodiscard]] std::optional<T> number(std::string_view text) {
  text = trimmed(text);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  if constexpr (std::is_floating_point_v<T>) {
    return std::abs(value) < 1e12 ? std::optional(value) : std::nullopt;  // not NaN either
  }
  return value;
}

}  // namespace cef::probe
