// Python's two ways of formatting: `%` and str.format().
#include <array>
#include <cmath>
#include <cstdio>

#include "run.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

constexpr std::int64_t k_most_width = 1 << 20;

/// What stands between % or : and the type.
struct Spec {
  std::string fill = " ";
  char align = '\0';
  char sign = '\0';
  bool alternate = false;
  bool zero = false;
  bool comma = false;
  std::int64_t width = 0;
  std::int64_t precision = -1;
  char type = '\0';
};

std::int64_t read_number(const std::string& text, std::size_t& at) {
  std::int64_t number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    number = number * 10 + (text[at++] - '0');
    if (number > k_most_width) {
      fault("a width of more than " + std::to_string(k_most_width) + " in a format");
    }
  }
  return number;
}

std::string grouped(const std::string& digits) {
  const std::size_t end = std::min(digits.find_first_not_of("0123456789"), digits.size());
  std::string out;
  for (std::size_t at = 0; at < end; ++at) {
    out += at > 0 && (end - at) % 3 == 0 ? "," : "";
    out += digits[at];
  }
  return out + digits.substr(end);
}

std::string real_digits(double value, const Spec& spec, char type) {
  const char letter = type == '%' ? 'f' : type;
  const auto precision = static_cast<int>(spec.precision < 0 ? 6 : std::min<std::int64_t>(spec.precision, 300));
  const char format[] = {'%', '.', '*', letter, '\0'};
  std::array<char, 1024> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, precision, std::fabs(value));  // NOLINT
  return std::string(buffer.data(), static_cast<std::size_t>(std::max(size, 0)));
}

std::string whole_digits(std::int64_t value, char type, bool alternate) {
  const auto size = value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  std::array<char, 80> buffer{};
  if (type == 'b') {
    std::string bits;
    for (std::uint64_t rest = size; rest != 0 || bits.empty(); rest >>= 1U) {
      bits.insert(bits.begin(), (rest & 1U) != 0 ? '1' : '0');
    }
    return (alternate ? "0b" : "") + bits;
  }
  const unsigned long long wide = size;
  std::snprintf(buffer.data(), buffer.size(),
                type == 'x'   ? "%llx"
                : type == 'X' ? "%llX"
                : type == 'o' ? "%llo"
                              : "%llu",
                wide);
  const std::string prefix = !alternate ? "" : type == 'x' ? "0x" : type == 'X' ? "0X" : type == 'o' ? "0o" : "";
  return prefix + buffer.data();
}

/// Sign and zeros in front of digits.
std::string finish_number(Run& run, std::string digits, bool negative, const Spec& spec) {
  const std::string sign = negative ? "-" : (spec.sign == '+' || spec.sign == ' ' ? std::string(1, spec.sign) : "");
  if (spec.comma) {
    digits = grouped(digits);
  }
  if (spec.zero && (spec.align == '\0' || spec.align == '=')) {
    return sign + pad(run, digits, spec.width - static_cast<std::int64_t>(sign.size()), '>', "0");
  }
  return pad(run, sign + digits, spec.width, spec.align == '\0' ? '>' : spec.align, spec.fill);
}

std::string number_text(Run& run, const Value& value, const Spec& spec) {
  const char type = spec.type;
  if (std::string_view("fFeEgG%").find(type) != std::string_view::npos) {
    const double number = number_of(value) * (type == '%' ? 100 : 1);
    return finish_number(run, real_digits(number, spec, type) + (type == '%' ? "%" : ""), std::signbit(number), spec);
  }
  const std::int64_t number = type_of(value) == Type::floating
                                  ? static_cast<std::int64_t>(std::clamp(number_of(value), -9.2e18, 9.2e18))
                                  : integer_of(value);
  return finish_number(run, whole_digits(number, type, spec.alternate), number < 0, spec);
}

std::string cut(const std::string& text, std::int64_t precision) {
  if (precision < 0) {
    return text;
  }
  std::string out;
  for (const std::string_view one : characters(text)) {
    if (precision-- <= 0) {
      break;
    }
    out += one;
  }
  return out;
}

class Percent {
 public:
  Percent(Run& run, const std::string& format, const Value& arguments) : run_(run), format_(format), given_(arguments) {
    if (type_of(given_) == Type::tuple) {
      items_ = elements(given_);
    } else {
      items_ = {given_};
    }
  }

  std::string text() {
    std::string out;
    for (std::size_t at = 0; at < format_.size();) {
      if (format_[at] != '%') {
        out += format_[at++];
        continue;
      }
      ++at;
      out += one(at);
    }
    if (next_ < items_.size() && !is_map(given_) &&
        !(type_of(given_) == Type::list && next_ == 0 && items_.size() == 1)) {
      fault("not all arguments converted during string formatting");
    }
    return out;
  }

 private:
  const Value& take() {
    if (next_ >= items_.size()) {
      fault("not enough arguments for format string");
    }
    return items_[next_++];
  }

  std::int64_t star_or_number(std::size_t& at) {
    if (at < format_.size() && format_[at] == '*') {
      ++at;
      return std::clamp<std::int64_t>(integer_of(take()), -k_most_width, k_most_width);
    }
    return read_number(format_, at);
  }

  std::string one(std::size_t& at) {
    Spec spec;
    std::optional<Value> named;
    if (at < format_.size() && format_[at] == '(') {
      const std::size_t end = format_.find(')', at);
      if (end == std::string::npos) {
        fault("incomplete format key");
      }
      const std::string key = format_.substr(at + 1, end - at - 1);
      named = is_map(given_) ? member(given_, key) : (fault("format requires a mapping"), std::nullopt);
      if (!named) {
        fault("the format has no value for '" + key + "'");
      }
      at = end + 1;
    }
    for (; at < format_.size() && std::string_view("-+ #0").find(format_[at]) != std::string_view::npos; ++at) {
      const char c = format_[at];
      spec.align = c == '-' ? '<' : spec.align;
      spec.sign = c == '+' || (c == ' ' && spec.sign == '\0') ? c : spec.sign;
      spec.alternate = spec.alternate || c == '#';
      spec.zero = spec.zero || c == '0';
    }
    spec.width = star_or_number(at);
    if (spec.width < 0) {
      spec.align = '<';
      spec.width = -spec.width;
    }
    if (at < format_.size() && format_[at] == '.') {
      ++at;
      spec.precision = star_or_number(at);
    }
    while (at < format_.size() && (format_[at] == 'l' || format_[at] == 'h' || format_[at] == 'L')) {
      ++at;
    }
    if (at >= format_.size()) {
      fault("incomplete format");
    }
    spec.type = format_[at++];
    if (spec.type == '%') {
      return "%";
    }
    return converted(named ? *named : take(), spec);
  }

  std::string converted(const Value& value, Spec spec) {
    refuse_undefined(value);
    const char side = spec.align == '<' ? '<' : '>';
    switch (spec.type) {
      case 's':
        return pad(run_, cut(str(value), spec.precision), spec.width, side);
      case 'r':
      case 'a':
        return pad(run_, cut(repr(value), spec.precision), spec.width, side);
      case 'c':
        if (is_number(value)) {
          std::string one_character;
          append_utf8(one_character, static_cast<char32_t>(std::clamp<std::int64_t>(integer_of(value), 0, 0x10FFFF)));
          return pad(run_, one_character, spec.width, side);
        }
        return pad(run_, text_of(value), spec.width, side);
      case 'i':
      case 'u':
        spec.type = 'd';
        [[fallthrough]];
      case 'd':
      case 'x':
      case 'X':
      case 'o':
      case 'f':
      case 'F':
      case 'e':
      case 'E':
      case 'g':
      case 'G':
        if (!is_number(value)) {
          fault("%" + std::string(1, spec.type) + " format: a real number is required, not " + type_name(value));
        }
        return number_text(run_, value, spec);
      default:
        fault("unsupported format character '" + std::string(1, spec.type) + "'");
    }
  }

  Run& run_;
  const std::string& format_;
  const Value& given_;
  std::vector<Value> items_;
  std::size_t next_ = 0;
};

Spec spec_of(const std::string& text) {
  Spec spec;
  std::size_t at = 0;
  const auto parts = characters(text);
  const auto is_align = [](std::string_view one) {
    return one.size() == 1 && std::string_view("<>^=").find(one[0]) != std::string_view::npos;
  };
  if (parts.size() > 1 && is_align(parts[1])) {
    spec.fill = parts[0];
    spec.align = parts[1][0];
    at = parts[0].size() + 1;
  } else if (!parts.empty() && is_align(parts[0])) {
    spec.align = parts[0][0];
    at = 1;
  }
  const auto take = [&](char c) {
    const bool found = at < text.size() && text[at] == c;
    at += found ? 1 : 0;
    return found;
  };
  for (const char c : {'+', '-', ' '}) {
    spec.sign = take(c) ? c : spec.sign;
  }
  spec.alternate = take('#');
  spec.zero = take('0');
  spec.width = read_number(text, at);
  spec.comma = take(',');
  if (take('.')) {
    spec.precision = read_number(text, at);
  }
  spec.type = at < text.size() ? text[at++] : '\0';
  if (at != text.size()) {
    fault("Invalid format specifier '" + text + "'");
  }
  return spec;
}

std::string by_spec(Run& run, const Value& value, const std::string& text) {
  Spec spec = spec_of(text);
  if (is_number(value) && type_of(value) != Type::boolean) {
    if (spec.type == '\0' || spec.type == 'n') {
      if (type_of(value) == Type::floating && spec.precision < 0) {
        const std::string digits = float_text(std::fabs(number_of(value)));
        return finish_number(run, digits, std::signbit(number_of(value)), spec);
      }
      spec.type = type_of(value) == Type::floating ? 'g' : 'd';
    }
    if (std::string_view("bdoxXfFeEgG%").find(spec.type) == std::string_view::npos ||
        (type_of(value) == Type::floating && std::string_view("bdoxX").find(spec.type) != std::string_view::npos)) {
      fault("Unknown format code '" + std::string(1, spec.type) + "' for object of type '" + type_name(value) + "'");
    }
    return number_text(run, value, spec);
  }
  if (spec.type != '\0' && spec.type != 's') {
    fault("Unknown format code '" + std::string(1, spec.type) + "' for object of type '" + type_name(value) + "'");
  }
  return pad(run, cut(str(value), spec.precision), spec.width, spec.align == '\0' ? '<' : spec.align, spec.fill);
}

class Braces {
 public:
  Braces(Run& run, const std::string& format, const Arguments& arguments)
      : run_(run), format_(format), given_(arguments) {}

  std::string text() {
    std::string out;
    for (std::size_t at = 0; at < format_.size(); ++at) {
      const char c = format_[at];
      const bool twice = at + 1 < format_.size() && format_[at + 1] == c;
      if ((c == '{' || c == '}') && twice) {
        out += c;
        ++at;
      } else if (c == '}') {
        fault("Single '}' encountered in format string");
      } else if (c == '{') {
        std::size_t end = at + 1;
        for (int open = 1; open > 0; ++end) {
          if (end >= format_.size()) {
            fault("expected '}' before end of string");
          }
          open += format_[end] == '{' ? 1 : (format_[end] == '}' ? -1 : 0);
        }
        out += field(format_.substr(at + 1, end - at - 2));
        at = end - 1;
      } else {
        out += c;
      }
    }
    return out;
  }

 private:
  std::string field(const std::string& inside) {
    const std::size_t colon = std::min(inside.find(':'), inside.size());
    const std::size_t bang = std::min(inside.find('!'), colon);
    Value value = find(inside.substr(0, std::min(bang, colon)));
    refuse_undefined(value);
    std::string spec = colon < inside.size() ? inside.substr(colon + 1) : "";
    if (spec.find('{') != std::string::npos) {
      fault("a field within a field's format is not supported");
    }
    if (bang < colon) {
      value = make(inside[std::min(bang + 1, inside.size() - 1)] == 'r' ? repr(value) : str(value));
    }
    return by_spec(run_, value, spec);
  }

  Value find(const std::string& path) {
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const std::string name = path.substr(0, end);
    Value value;
    if (name.empty() || name.find_first_not_of("0123456789") == std::string::npos) {
      const std::size_t at =
          name.empty() ? next_++
                       : static_cast<std::size_t>(
                             std::min<std::size_t>(name.size(), 6) == name.size() ? std::stoul(name) : 999999);
      if (at >= given_.positional.size()) {
        fault("Replacement index " + std::to_string(at) + " out of range for positional args tuple");
      }
      value = given_.positional[at];
    } else {
      bool found = false;
      for (const auto& [known, one] : given_.named) {
        if (known == name) {
          value = one;
          found = true;
        }
      }
      if (!found) {
        fault("the format has no value for '" + name + "'");
      }
    }
    for (std::size_t at = end; at < path.size();) {
      const bool item = path[at] == '[';
      const std::size_t stop =
          item ? std::min(path.find(']', at), path.size()) : std::min(path.find_first_of(".[", at + 1), path.size());
      const std::string part = path.substr(at + 1, stop - at - 1);
      const bool index = !part.empty() && part.size() < 7 && part.find_first_not_of("0123456789") == std::string::npos;
      if (!item && is_map(value)) {
        fault("'dict' object has no attribute '" + part + "'");
      }
      value = item_of(run_, value, index && item ? make(std::int64_t{std::stoi(part)}) : make(part));
      at = item ? stop + 1 : stop;
    }
    return value;
  }

  Run& run_;
  const std::string& format_;
  const Arguments& given_;
  std::size_t next_ = 0;
};

}  // namespace

std::string percent_format(Run& run, const std::string& format, const Value& arguments) {
  return Percent(run, format, arguments).text();
}

std::string brace_format(Run& run, const std::string& format, const Arguments& arguments) {
  return Braces(run, format, arguments).text();
}

}  // namespace cef::jinja
