// str(), repr(), ==, < and UTF-8 as Python has them.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "fault.hpp"
#include "python.hpp"

namespace cef::jinja {

std::string float_text(double value) {
  if (std::isnan(value)) {
    return "nan";
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  std::array<char, 64> buffer{};
  const double size = std::fabs(value);
  // Python's repr: the shortest digits that give the number back, an exponent below 1e-4 and from 1e16.
  const auto format =
      size != 0 && (size < 1e-4 || size >= 1e16) ? std::chars_format::scientific : std::chars_format::fixed;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  std::string text(buffer.data(), end);
  if (format == std::chars_format::fixed && text.find('.') == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string repr_of_text(std::string_view text) {
  const bool use_double = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = use_double ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", code);
      out += hex.data();
    } else {
      out += c;
    }
  }
  return out + quote;
}

namespace {

void write(std::string& out, const Value& value);

void write_list(std::string& out, const Value& value) {
  const bool tuple = type_of(value) == Type::tuple;
  out += tuple ? '(' : '[';
  bool first = true;
  const auto items = elements(value);
  for (const Value& item : items) {
    out += first ? "" : ", ";
    first = false;
    write(out, item);
  }
  out += tuple ? (items.size() == 1 ? ",)" : ")") : "]";
}

void write(std::string& out, const Value& value) {
  switch (type_of(value)) {
    case Type::text:
      out += repr_of_text(text_of(value));
      break;
    case Type::list:
    case Type::tuple:
      write_list(out, value);
      break;
    case Type::map: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : entries(value)) {
        out += first ? "" : ", ";
        first = false;
        write(out, key);
        out += ": ";
        write(out, item);
      }
      out += '}';
      break;
    }
    default:
      out += str(value);
  }
}

int order(int left, int right) {
  return left < right ? -1 : (left > right ? 1 : 0);
}

}  // namespace

std::string repr(const Value& value) {
  std::string out;
  write(out, value);
  return out;
}

std::string str(const Value& value) {
  refuse_undefined(value);
  switch (type_of(value)) {
    case Type::none:
      return "None";
    case Type::undefined:
      return "";
    case Type::boolean:
      return value.json().get<bool>() ? "True" : "False";
    case Type::integer:
      return value.json().dump();
    case Type::floating:
      return float_text(value.json().get<double>());
    case Type::text:
      return text_of(value);
    case Type::special:
      return static_cast<const Special&>(*value.held()).text();
    default:
      return repr(value);
  }
}

bool equals(const Value& left, const Value& right) {
  refuse_undefined(left);
  refuse_undefined(right);
  if (is_number(left) && is_number(right)) {
    if (type_of(left) == Type::floating || type_of(right) == Type::floating) {
      return number_of(left) == number_of(right);
    }
    return integer_of(left) == integer_of(right);
  }
  const Type type = type_of(left);
  if (type != type_of(right)) {
    return false;
  }
  switch (type) {
    case Type::none:
    case Type::undefined:
      return true;
    case Type::text:
      return text_of(left) == text_of(right);
    case Type::list:
    case Type::tuple: {
      const auto a = elements(left);
      const auto b = elements(right);
      return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equals);
    }
    case Type::map: {
      const auto all = entries(left);
      if (all.size() != size_of(right)) {
        return false;
      }
      return std::all_of(all.begin(), all.end(), [&](const Map::Entry& entry) {
        const auto other = member(right, entry.first);
        return other && equals(entry.second, *other);
      });
    }
    default:
      return left.held() == right.held() || (type == Type::special && str(left) == str(right));
  }
}

int compare(const Value& left, const Value& right, const char* sign) {
  refuse_undefined(left);
  refuse_undefined(right);
  if (is_number(left) && is_number(right)) {
    if (type_of(left) == Type::floating || type_of(right) == Type::floating) {
      const double a = number_of(left);
      const double b = number_of(right);
      return a < b ? -1 : (a > b ? 1 : 0);
    }
    const auto a = integer_of(left);
    const auto b = integer_of(right);
    return a < b ? -1 : (a > b ? 1 : 0);
  }
  if (is_text(left) && is_text(right)) {
    return order(text_of(left).compare(text_of(right)), 0);
  }
  if (is_list(left) && type_of(left) == type_of(right)) {
    const auto a = elements(left);
    const auto b = elements(right);
    for (std::size_t at = 0; at < a.size() && at < b.size(); ++at) {
      if (!equals(a[at], b[at])) {
        return compare(a[at], b[at], sign);
      }
    }
    return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
  }
  if (type_of(left) == Type::special && type_of(right) == Type::special && type_name(left) == type_name(right)) {
    return order(str(left).compare(str(right)), 0);
  }
  fault("'" + std::string(sign) + "' not supported between instances of '" + type_name(left) + "' and '" +
        type_name(right) + "'");
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  found.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U && end - at < 4) {
      ++end;
    }
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::u32string decode(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const std::string_view one : characters(text)) {
    const auto lead = static_cast<unsigned char>(one[0]);
    const std::size_t length = lead < 0x80 ? 1 : (lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : (lead >= 0xC0 ? 2 : 0)));
    if (length != one.size()) {
      out += U'\uFFFD';
      continue;
    }
    char32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t at = 1; at < one.size(); ++at) {
      code = (code << 6U) | (static_cast<unsigned char>(one[at]) & 0x3FU);
    }
    out += code;
  }
  return out;
}

void append_utf8(std::string& to, char32_t character) {
  const auto byte = [&to](char32_t value) { to += static_cast<char>(static_cast<unsigned char>(value)); };
  if (character < 0x80) {
    byte(character);
  } else if (character < 0x800) {
    byte(0xC0U | (character >> 6U));
    byte(0x80U | (character & 0x3FU));
  } else if (character < 0x10000) {
    byte(0xE0U | (character >> 12U));
    byte(0x80U | ((character >> 6U) & 0x3FU));
    byte(0x80U | (character & 0x3FU));
  } else {
    byte(0xF0U | ((character >> 18U) & 0x07U));
    byte(0x80U | ((character >> 12U) & 0x3FU));
    byte(0x80U | ((character >> 6U) & 0x3FU));
    byte(0x80U | (character & 0x3FU));
  }
}

bool is_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r') || (character >= '\x1c' && character <= '\x1f');
}

std::string trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

namespace {

/// Latin letters with accents (two bytes from U+00C0), Greek and Cyrillic fold by a fixed distance.
char32_t fold(char32_t c, bool up) {
  const auto within = [&c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (up) {
    if (within(U'a', U'z') || (within(0xE0, 0xFE) && c != 0xF7) || within(0x3B1, 0x3C9) || within(0x430, 0x44F)) {
      return c == 0x3C2 ? 0x3A3 : c - 32;
    }
    return within(0x450, 0x45F) ? c - 80 : c;
  }
  if (within(U'A', U'Z') || (within(0xC0, 0xDE) && c != 0xD7) || within(0x391, 0x3A9) || within(0x410, 0x42F)) {
    return c + 32;
  }
  return within(0x400, 0x40F) ? c + 80 : c;
}

std::string folded(std::string_view text, bool up) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : decode(text)) {
    if (up && c == 0xDF) {
      out += "SS";
    } else {
      append_utf8(out, fold(c, up));
    }
  }
  return out;
}

}  // namespace

std::string upper(std::string_view text) {
  return folded(text, true);
}

std::string lower(std::string_view text) {
  return folded(text, false);
}

}  // namespace cef::jinja
