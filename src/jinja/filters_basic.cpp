// default, conversions, and what else nearly every playbook uses.
#include <charconv>
#include <cmath>
#include <limits>

#include "functions.hpp"

namespace cef::jinja {

namespace {

Value default_of(Call& call) {
  const bool boolean = call.has(1) && truth(call.at(1));
  if (call.input.is_undefined() || (boolean && !truth(call.input))) {
    return call.has(0) ? call.raw(0) : make("");
  }
  return call.input;
}

Value to_bool(Call& call) {
  if (is_none(call.input) || type_of(call.input) == Type::boolean) {
    return call.input;
  }
  if (type_of(call.input) == Type::integer || type_of(call.input) == Type::floating) {
    return make(number_of(call.input) == 1);
  }
  const std::string text = is_text(call.input) ? lower(text_of(call.input)) : "";
  return make(text == "yes" || text == "on" || text == "1" || text == "true");
}

/// int() of Python; nullopt: not a number.
std::optional<std::int64_t> whole_of(const std::string& given, int base) {
  std::string text = trim(given);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    text.erase(0, 1);
  }
  const char kind = text.size() > 2 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : '\0';
  const int prefixed = kind == 'x' ? 16 : (kind == 'o' ? 8 : (kind == 'b' ? 2 : 0));
  if (prefixed != 0 && (base == prefixed || base == 0)) {
    text.erase(0, 2);
    base = prefixed;
  }
  base = base == 0 ? 10 : base;
  std::string digits;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '_' || at == 0 || at + 1 == text.size() || text[at - 1] == '_') {
      digits += text[at];
    }
  }
  std::int64_t number = 0;
  const std::string signed_digits = (negative ? "-" : "") + digits;
  const auto read = std::from_chars(signed_digits.data(), signed_digits.data() + signed_digits.size(), number, base);
  if (read.ec == std::errc::result_out_of_range) {
    fault("the integer " + given.substr(0, 40) + " is too big: integers go to 9223372036854775807");
  }
  if (digits.empty() || digits[0] == '-' || read.ec != std::errc() ||
      read.ptr != signed_digits.data() + signed_digits.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<double> real_of(const std::string& given) {
  std::string text = lower(trim(given));
  if (!text.empty() && text[0] == '+') {
    text.erase(0, 1);
  }
  if (text == "inf" || text == "-inf" || text == "infinity" || text == "-infinity") {
    return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

Value whole_part(double real, const Value& otherwise) {
  if (std::isnan(real)) {
    return otherwise;
  }
  if (std::fabs(real) >= 9.2e18) {
    fault("the number " + float_text(real) + " is too big: integers go to 9223372036854775807");
  }
  return make(static_cast<std::int64_t>(real));
}

Value to_int(Call& call) {
  const Value otherwise = call.or_else(0, make(0));
  const auto base = static_cast<int>(call.integer(1, 10));
  if (is_number(call.input)) {
    return type_of(call.input) == Type::floating ? whole_part(number_of(call.input), otherwise)
                                                 : make(integer_of(call.input));
  }
  if (!is_text(call.input)) {
    return otherwise;
  }
  if (base != 0 && (base < 2 || base > 36)) {
    return otherwise;
  }
  if (const auto number = whole_of(text_of(call.input), base)) {
    return make(*number);
  }
  const auto real = real_of(text_of(call.input));
  return real && std::isfinite(*real) ? whole_part(*real, otherwise) : otherwise;
}

Value to_float(Call& call) {
  const Value otherwise = call.or_else(0, make(0.0));
  if (is_number(call.input)) {
    return make(number_of(call.input));
  }
  const auto real = is_text(call.input) ? real_of(text_of(call.input)) : std::nullopt;
  return real ? make(*real) : otherwise;
}

Value to_string(Call& call) {
  return call.run.checked(call.input_text()).as_text();
}

Value joined(Call& call) {
  const std::string between = call.text(0);
  std::string out;
  bool first = true;
  for (const Value& item : call.input_elements()) {
    out += first ? "" : between;
    first = false;
    const Value part = call.has(1) && !is_none(call.at(1)) ? attribute_path(call.run, item, call.at(1)) : item;
    out += str(part);
    if (out.size() > call.run.environment.limits.output.count) {
      break;  // checked() says so
    }
  }
  return call.run.checked(std::move(out));
}

Value length(Call& call) {
  return make(static_cast<std::int64_t>(size_of(call.input)));
}

}  // namespace

Filters basic_filters() {
  return {
      {"default", "?default_value ?boolean", default_of, true},
      {"d", "?default_value ?boolean", default_of, true},
      {"bool", "", to_bool},
      {"int", "?default ?base", to_int},
      {"float", "?default", to_float},
      {"string", "", to_string},
      {"join", "?d ?attribute", joined},
      {"length", "", length},
      {"count", "", length},
      {"lower", "", [](Call& call) { return call.run.checked(lower(call.input_text())); }},
      {"upper", "", [](Call& call) { return call.run.checked(upper(call.input_text())); }},
  };
}

}  // namespace cef::jinja
