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

Result<std::vector<std::string>> shell_split(std::string_view line) {
  std::vector<std::string> words;
  bool within = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && std::string_view(" \t\n").find(c) != std::string_view::npos) {
      within = false;
      continue;
    }
    if (!within) {
      words.emplace_back();
      within = true;
    }
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < line.size() &&
                         (quote == '\0' || line[i + 1] == '"' || line[i + 1] == '\\');
    if (escapes) {
      words.back() += line[++i];
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      words.back() += c;
    }
  }
  return quote == '\0' ? Result<std::vector<std::string>>(std::move(words))
                       : fail(ErrorCode::usage, "a quote does not end in '" + std::string(line) + "'");
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
