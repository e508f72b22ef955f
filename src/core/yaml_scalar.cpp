// The resolvers of YAML 1.1 as PyYAML's resolver.py has them.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "cef/core/yaml.hpp"

namespace cef::core {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// yes, Yes and YES, but not yEs.
bool is_one_of(std::string_view text, std::initializer_list<std::string_view> lower_case_words) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto upper_count = std::count_if(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool usual_case = upper_count == 0 || upper_count == static_cast<std::ptrdiff_t>(text.size()) ||
                          (upper_count == 1 && text.front() >= 'A' && text.front() <= 'Z');
  return usual_case && std::find(lower_case_words.begin(), lower_case_words.end(), lower) != lower_case_words.end();
}

std::optional<std::int64_t> integer_in_base(std::string digits, int base) {
  std::erase(digits, '_');
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

/// 1:30 is 90, 1:00:00 is 3600.
std::optional<std::int64_t> sexagesimal(std::string_view text) {
  std::int64_t value = 0;
  int parts = 0;
  while (true) {
    const std::size_t colon = text.find(':');
    const auto part = integer_in_base(std::string(text.substr(0, colon)), 10);
    if (!part || *part < 0 || (parts > 0 && (*part > 59 || colon == 0)) || parts > 4 || *part > 1'000'000'000) {
      return std::nullopt;
    }
    value = value * 60 + *part;
    ++parts;
    if (colon == std::string_view::npos) {
      return parts > 1 ? std::optional(value) : std::nullopt;
    }
    text.remove_prefix(colon + 1);
  }
}

std::optional<std::int64_t> integer(std::string_view text) {
  const bool negative = text.front() == '-';
  if (text.front() == '-' || text.front() == '+') {
    text.remove_prefix(1);
  }
  if (text.empty() || !is_digit(text.front())) {
    return std::nullopt;
  }
  std::optional<std::int64_t> value;
  if (text == "0") {
    value = 0;
  } else if (text.size() > 2 && text.substr(0, 2) == "0x") {
    value = integer_in_base(std::string(text.substr(2)), 16);
  } else if (text.size() > 2 && text.substr(0, 2) == "0b") {
    value = integer_in_base(std::string(text.substr(2)), 2);
  } else if (text.front() == '0') {
    value = integer_in_base(std::string(text.substr(1)), 8);
  } else if (text.find(':') != std::string_view::npos) {
    value = sexagesimal(text);
  } else {
    value = integer_in_base(std::string(text), 10);
  }
  return value && negative ? std::optional(-*value) : value;
}

std::optional<double> real(std::string_view text) {
  std::string_view digits = text;
  double sign = 1;
  if (digits.front() == '-' || digits.front() == '+') {
    sign = digits.front() == '-' ? -1 : 1;
    digits.remove_prefix(1);
  }
  if (digits == ".inf" || digits == ".Inf" || digits == ".INF") {
    return sign * std::numeric_limits<double>::infinity();
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const std::size_t point = digits.find('.');
  const std::size_t exponent = digits.find_first_of("eE");
  const bool signed_exponent =
      exponent == std::string_view::npos ||
      (exponent + 2 < digits.size() && (digits[exponent + 1] == '+' || digits[exponent + 1] == '-'));
  if (point == std::string_view::npos || !signed_exponent || digits.size() < 2) {
    return std::nullopt;
  }
  std::string plain(digits);
  std::erase(plain, '_');
  if (plain.front() == '.') {
    plain.insert(plain.begin(), '0');
  }
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc{} || end != plain.data() + plain.size()) {
    return std::nullopt;
  }
  return sign * value;
}

}  // namespace

Json resolve_yaml_scalar(std::string_view text) {
  if (text.empty() || text == "~" || is_one_of(text, {"null"})) {
    return nullptr;
  }
  if (is_one_of(text, {"yes", "true", "on"})) {
    return true;
  }
  if (is_one_of(text, {"no", "false", "off"})) {
    return false;
  }
  if (is_digit(text.front()) || text.front() == '-' || text.front() == '+' || text.front() == '.') {
    if (const auto value = integer(text)) {
      return *value;
    }
    if (const auto value = real(text)) {
      return *value;
    }
  }
  return std::string(text);
}

}  // namespace cef::core
