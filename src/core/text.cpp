#include "cef/core/text.hpp"

namespace cef::core {

std::string trim(std::string_view text, std::string_view blanks) {
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? ""
                                         : std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_line(value);
}

}  // namespace cef::core
