#include "bench_format.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace cef::report {

namespace {

struct Scaled {
  double value;
  const char* unit;
};
Scaled scaled(double seconds) {
  constexpr double k_nearly = 0.9995;  // so that 999.6 µs become 1.00 ms
  return seconds < k_nearly * 1e-3 ? Scaled{seconds * 1e6, " µs"}
         : seconds < k_nearly      ? Scaled{seconds * 1e3, " ms"}
                                   : Scaled{seconds, " s"};
}

}  // namespace

std::optional<Language> parse_language(std::string_view text) {
  return text == "en"   ? std::optional(Language::english)
         : text == "ko" ? std::optional(Language::korean)
                        : std::nullopt;
}

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) {
    return k_unknown;
  }
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  const std::string out = text.data();
  return out.find_first_not_of("-0.") == std::string::npos && out[0] == '-' ? out.substr(1) : out;
}

std::string time_figure(double seconds) {
  if (seconds <= 0) {
    return "0";
  }
  const auto [value, unit] = scaled(seconds);
  return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + unit;
}

std::string short_time(double seconds) {
  if (seconds <= 0) {
    return "0";
  }
  const auto [value, unit] = scaled(seconds * (1 + 1e-9));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data() + std::string(unit);
}

std::string big_count(std::uint64_t count) {
  const auto value = static_cast<double>(count);
  return value >= 1e9   ? fixed(value / 1e9, 2) + " G"
         : value >= 1e6 ? fixed(value / 1e6, 1) + " M"
         : value >= 1e4 ? fixed(value / 1e3, 0) + " k"
                        : std::to_string(count);
}

std::string Wording::operator()(const words::Phrase& phrase, std::initializer_list<std::string> values) const {
  const std::string_view pattern = phrase.in(language_);
  const std::vector<std::string> list(values);
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t end = pattern[i] == '{' ? pattern.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += pattern[i];
      continue;
    }
    const std::size_t index = end == i + 1 ? next++ : static_cast<std::size_t>(pattern[i + 1] - '0');
    out += index < list.size() ? list[index] : "";
    i = end;
  }
  return out;
}

std::string Wording::percent(double value, int decimals) const {
  return fixed(value, decimals) + (language_ == Language::korean ? "%" : " %");
}

std::string Wording::points(double value, int decimals) const {
  return fixed(value, decimals) + (language_ == Language::korean ? "%p" : value == 1 ? " point" : " points");
}

std::string Wording::percent(const std::optional<double>& value) const {
  return value ? percent(*value) : k_unknown;
}

std::string Wording::points(const std::optional<double>& value) const {
  return value ? points(*value) : k_unknown;
}

std::string Wording::interval(const std::optional<bench::Interval>& value, int decimals) const {
  return value ? fixed(value->low, decimals) + (language_ == Language::korean ? " ~ " : " to ") +
                     fixed(value->high, decimals)
               : k_unknown;
}

std::string Wording::outcome(const std::string& word) const {
  return (*this)(word == "pass" ? words::k_pass : word == "fail" ? words::k_fail : words::k_invalid);
}

}  // namespace cef::report
