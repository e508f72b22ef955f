#include "cef/core/shell.hpp"

#include <algorithm>

namespace cef::core {

namespace {
bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
}  // namespace

std::string shell_quote(std::string_view word) {
  const auto plain = [](char c) {
    return is_word_character(c) || std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string shell_join(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) {
      line += ' ';
    }
    line += shell_quote(word);
  }
  return line;
}

bool is_safe_host_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 255 || name.front() == '-') {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_word_character(c) || std::string_view("._-:").find(c) != std::string_view::npos;
  });
}

}  // namespace cef::core
