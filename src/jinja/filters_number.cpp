// Filters of numbers and sizes.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "functions.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

std::string fixed(double value, int digits) {
  std::array<char, 512> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

double number_in(Call& call) {
  if (!is_number(call.input)) {
    fault(call.name() + "() can only be used on numbers: must be real number, not " + type_name(call.input));
  }
  return number_of(call.input);
}

Value absolute(Call& call) {
  if (!is_number(call.input)) {
    fault("bad operand type for abs(): '" + type_name(call.input) + "'");
  }
  if (type_of(call.input) == Type::floating) {
    return make(std::fabs(number_of(call.input)));
  }
  const std::int64_t value = integer_of(call.input);
  return value < 0 ? arithmetic(call.run, "-", make(0), call.input) : make(value);
}

Value rounded(Call& call) {  // precision method
  const std::string method = call.text(1, "common");
  const std::int64_t precision = call.integer(0);
  if (method != "common" && method != "ceil" && method != "floor") {
    fault("method must be common, ceil or floor");
  }
  if (!is_number(call.input) || precision < -300 || precision > 300) {
    fault("type " + type_name(call.input) + " doesn't define __round__ method");
  }
  const double value = number_of(call.input);
  const double scale = std::pow(10.0, static_cast<double>(precision));
  if (method != "common") {
    return make((method == "ceil" ? std::ceil(value * scale) : std::floor(value * scale)) / scale);
  }
  if (type_of(call.input) != Type::floating && precision >= 0) {
    return make(integer_of(call.input));
  }
  const double result = precision >= 0 && std::isfinite(value)
                            ? std::strtod(fixed(value, static_cast<int>(precision)).c_str(), nullptr)
                            : std::nearbyint(value * scale) / scale;
  return type_of(call.input) == Type::floating ? make(result) : make(static_cast<std::int64_t>(result));
}

Value logarithm(Call& call) {
  const double value = number_in(call);
  const double base = call.has(0) ? number_of(call.at(0)) : 0;
  if (value <= 0 || (call.has(0) && (base <= 0 || base == 1))) {
    fault("math domain error");
  }
  return make(!call.has(0) ? std::log(value) : (base == 10 ? std::log10(value) : std::log(value) / std::log(base)));
}

Value power(Call& call) {
  const double result = std::pow(number_in(call), number_of(call.at(0)));
  if (!std::isfinite(result)) {
    fault("math range error");
  }
  return make(result);
}

Value root(Call& call) {
  const double value = number_in(call);
  const double base = call.has(0) ? number_of(call.at(0)) : 2;
  if (value < 0 || base == 0) {
    fault("root() can only be used on numbers: math domain error");
  }
  return make(base == 2 ? std::sqrt(value) : std::pow(value, 1.0 / base));
}

Value file_size(Call& call) {  // binary
  const bool binary = call.flag(0);
  const double base = binary ? 1024 : 1000;
  double size = 0;
  if (is_number(call.input)) {
    size = number_of(call.input);
  } else {
    const std::string& text = text_of(call.input);
    char* end = nullptr;
    size = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') {
      fault("could not convert string to float: " + repr_of_text(text));
    }
  }
  if (size == 1) {
    return make("1 Byte");
  }
  if (size < base) {
    return make(std::to_string(static_cast<std::int64_t>(std::max(size, -9e18))) + " Bytes");
  }
  static constexpr std::string_view k_letters = "kMGTPEZY";
  double unit = base;
  std::size_t at = 0;
  while (at + 1 < k_letters.size() && size >= unit * base) {
    unit *= base;
    ++at;
  }
  std::string prefix(1, binary && at == 0 ? 'K' : k_letters[at]);
  return make(fixed(size / unit, 1) + " " + prefix + (binary ? "iB" : "B"));
}

constexpr std::string_view k_units = "YZEPTGMKB";

double unit_of(char letter) {
  const std::size_t at = k_units.find(letter);
  return at == std::string_view::npos ? 0 : std::pow(2.0, 10.0 * static_cast<double>(k_units.size() - 1 - at));
}

Value human_readable(Call& call) {  // isbits unit
  if (!is_number(call.input)) {
    fault("human_readable() failed on bad input: it needs a number, not " + type_name(call.input));
  }
  const double size = number_of(call.input);
  const std::string base = call.flag(0) ? "bits" : "Bytes";
  const std::string unit = call.has(1) && !is_none(call.at(1)) ? upper(call.text(1)) : "";
  char suffix = 'B';
  for (const char letter : k_units) {
    if (unit.empty() ? size >= unit_of(letter) : unit == std::string(1, letter)) {
      suffix = letter;
      break;
    }
  }
  const double limit = unit_of(suffix);
  return make(fixed(size / limit, 2) + " " + (limit != 1 ? suffix + base.substr(0, 1) : base));
}

Value human_to_bytes(Call& call) {  // default_unit isbits
  const std::string text = trim(call.input_text());
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  char* end = nullptr;
  const std::string figures = text.substr(0, digits);
  const double number = std::strtod(figures.c_str(), &end);
  const std::string rest = trim(text.substr(digits));
  const std::string letters = rest.substr(
      0, std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), rest.size()));
  const std::string unit = letters.empty() && call.has(0) && !is_none(call.at(0)) ? call.text(0) : letters;
  const bool bits = call.flag(1);
  const auto wrong = [&] { fault("human_to_bytes() can't interpret following string: " + text.substr(0, 60)); };
  if (digits == 0 || *end != '\0') {
    wrong();
  }
  if (unit.empty()) {
    return make(static_cast<std::int64_t>(std::nearbyint(std::min(number, 9e18))));
  }
  const char letter = upper(unit.substr(0, 1))[0];
  const double limit = unit_of(letter);
  const std::string low = lower(unit);
  const std::string one = bits ? "b" : "B";
  const std::string word = bits ? "bit" : "byte";
  // K, KB, Kb (of bits), kilobyte(s): the case of the last letter tells bits from bytes.
  const bool good = unit.size() == 1 || (unit.size() == 2 && unit.substr(1) == one && letter != 'B') || low == word ||
                    low == word + "s" || (low.size() > 4 && low.find(word) != std::string::npos);
  if (limit == 0 || !good) {
    wrong();
  }
  const double result = std::nearbyint(number * limit);
  if (result > 9.2e18) {
    fault("the size " + text.substr(0, 60) + " is too big: integers go to 9223372036854775807");
  }
  return make(static_cast<std::int64_t>(result));
}

}  // namespace

Filters number_filters() {
  return {
      {"abs", "", absolute},
      {"round", "?precision ?method", rounded},
      {"log", "?base", logarithm},
      {"pow", "y", power},
      {"root", "?base", root},
      {"filesizeformat", "?binary", file_size},
      {"human_readable", "?isbits ?unit", human_readable},
      {"human_to_bytes", "?default_unit ?isbits", human_to_bytes},
  };
}

}  // namespace cef::jinja
