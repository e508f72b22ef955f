// Values of parameters by the rules of ansible.module_utils.common.validation.
#include "convert.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "cef/core/text.hpp"

namespace cef::modules {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

std::string quoted(const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (c == quote || c == '\\') {
          out += '\\';
        }
        out += c;
    }
  }
  return out + quote;
}

std::string number_text(double value) {
  if (std::isnan(value)) {
    return "nan";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-inf" : "inf";
  }
  std::array<char, 32> buffer{};
  const bool plain = value == 0 || (std::fabs(value) >= 1e-4 && std::fabs(value) < 1e16);
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  return plain && text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string representation(const Json& value) {
  return value.is_string() ? quoted(value.get_ref<const std::string&>()) : python_text(value);
}

/// What Python takes for white space.
constexpr const char* k_blank = " \t\n\r\f\v";

tl::unexpected<core::Error> cannot(const Json& value, const std::string& what) {
  return fail(ErrorCode::general, std::string("<class '") + python_type(value) + "'> cannot be converted to " + what);
}

Result<Json> to_boolean(const Json& value) {
  if (value.is_boolean()) {
    return value;
  }
  if (!value.is_string() && !value.is_number()) {
    return cannot(value, "a bool");
  }
  const std::string word = value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>()
                               ? python_text(static_cast<std::int64_t>(value.get<double>()))
                               : core::lower(core::trim(python_text(value), k_blank));
  for (const char* yes : {"y", "yes", "on", "1", "true", "t"}) {
    if (word == yes) {
      return Json(true);
    }
  }
  for (const char* no : {"n", "no", "off", "0", "false", "f"}) {
    if (word == no) {
      return Json(false);
    }
  }
  return fail(ErrorCode::general,
              "The value '" + python_text(value) +
                  "' is not a valid boolean.  Valid booleans include: 'y', 'yes', 'on', '1', 'true', 't', 'n', 'no', "
                  "'off', '0', 'false', 'f', 1, 0");
}

Result<Json> to_integer(const Json& value) {
  if (value.is_boolean()) {
    return Json(value.get<bool>() ? 1 : 0);
  }
  if (value.is_number_integer()) {
    return value;
  }
  if (value.is_string()) {
    std::string digits = core::trim(value.get_ref<const std::string&>(), k_blank);
    if (digits.starts_with('+') && !digits.starts_with("+-")) {
      digits.erase(0, 1);
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!digits.empty() && error == std::errc{} && end == digits.data() + digits.size()) {
      return Json(number);
    }
  }
  return cannot(value, "an int");
}

Result<Json> to_number(const Json& value) {
  if (value.is_boolean()) {
    return Json(value.get<bool>() ? 1.0 : 0.0);
  }
  if (value.is_number()) {
    return Json(value.get<double>());
  }
  if (value.is_string()) {
    const std::string digits = core::trim(value.get_ref<const std::string&>(), k_blank);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!digits.empty() && error == std::errc{} && end == digits.data() + digits.size()) {
      return Json(number);
    }
  }
  return cannot(value, "a float");
}

Result<Json> to_list(const Json& value) {
  if (value.is_array()) {
    return value;
  }
  if (value.is_number() || value.is_boolean()) {
    return Json::array({python_text(value)});
  }
  if (!value.is_string()) {
    return cannot(value, "a list");
  }
  Json list = Json::array();
  const auto& text = value.get_ref<const std::string&>();
  for (std::size_t at = 0;;) {
    const std::size_t comma = text.find(',', at);
    list.push_back(text.substr(at, comma - at));
    if (comma == std::string::npos) {
      return list;
    }
    at = comma + 1;
  }
}

/// "a=1, b='x y'" taken apart at commas and blanks.
std::vector<std::string> fields_of(const std::string& text) {
  std::vector<std::string> fields;
  std::string field;
  char quote = 0;
  bool escaped = false;
  for (const char c : text) {
    if (escaped) {
      field += c;
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote == c && quote != 0) {
      quote = 0;
    } else if (quote == 0 && (c == ',' || c == ' ')) {
      if (!field.empty()) {
        fields.push_back(std::exchange(field, {}));
      }
    } else {
      field += c;
    }
  }
  if (!field.empty()) {
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<Json> to_map(const Json& value) {
  if (value.is_object()) {
    return value;
  }
  if (!value.is_string()) {
    return cannot(value, "a dict");
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.starts_with('{')) {
    auto parsed = core::parse_json(text, "value");
    return parsed && parsed->is_object() ? std::move(parsed)
                                         : fail(ErrorCode::general, "unable to evaluate string as dictionary");
  }
  if (text.find('=') == std::string::npos) {
    return fail(ErrorCode::general, "dictionary requested, could not parse JSON or key=value");
  }
  Json map = Json::object();
  for (const std::string& field : fields_of(core::trim(text, k_blank))) {
    const std::size_t sign = field.find('=');
    if (sign == std::string::npos) {
      return fail(ErrorCode::general, "dictionary requested, could not parse JSON or key=value");
    }
    map[field.substr(0, sign)] = field.substr(sign + 1);
  }
  return map;
}

}  // namespace

const char* python_type(const Json& value) noexcept {
  return value.is_null()             ? "NoneType"
         : value.is_boolean()        ? "bool"
         : value.is_number_integer() ? "int"
         : value.is_number()         ? "float"
         : value.is_string()         ? "str"
         : value.is_array()          ? "list"
                                     : "dict";
}

const char* type_name(Type type) noexcept {
  switch (type) {
    case Type::text:
      return "str";
    case Type::path:
      return "path";
    case Type::boolean:
      return "bool";
    case Type::integer:
      return "int";
    case Type::number:
      return "float";
    case Type::list:
      return "list";
    case Type::map:
      return "dict";
    case Type::raw:
      return "raw";
  }
  return "";
}

std::string python_text(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_null()) {
    return "None";
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "True" : "False";
  }
  if (value.is_number_float()) {
    return number_text(value.get<double>());
  }
  if (value.is_array()) {
    std::string text = "[";
    for (const Json& item : value) {
      text += (text.size() > 1 ? ", " : "") + representation(item);
    }
    return text + "]";
  }
  if (value.is_object()) {
    std::string text = "{";
    for (const auto& [key, item] : value.items()) {
      text += (text.size() > 1 ? ", " : "") + quoted(key) + ": " + representation(item);
    }
    return text + "}";
  }
  return value.dump();
}

Result<Json> convert(const Json& value, Type type) {
  switch (type) {
    case Type::text:
    case Type::path:
      return value.is_string() ? value : Json(python_text(value));
    case Type::boolean:
      return to_boolean(value);
    case Type::integer:
      return to_integer(value);
    case Type::number:
      return to_number(value);
    case Type::list:
      return to_list(value);
    case Type::map:
      return to_map(value);
    case Type::raw:
      break;
  }
  return value;
}

}  // namespace cef::modules
