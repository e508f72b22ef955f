#include "text.hpp"

#include <cctype>
#include <sstream>

#include "cef/core/shell.hpp"

namespace cef::modules {
namespace {

/// Bytes of the UTF-8 character at `at`; 0 when there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (length == 1) {
    return 1;
  }
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const unsigned char second = byte(at + 1);
  const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                   (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

/// Length of the end of a line at `at`; 0 when there is none.
std::size_t line_end(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '\r') {
    return at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
  }
  if (c == '\n' || c == '\v' || c == '\f' || (c >= '\x1c' && c <= '\x1e')) {
    return 1;
  }
  if (text.substr(at, 2) == "\xc2\x85") {
    return 2;
  }
  return text.substr(at, 3) == "\xe2\x80\xa8" || text.substr(at, 3) == "\xe2\x80\xa9" ? 3 : 0;
}

bool name_start(char c) {
  return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool name_part(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// The name of the variable at `at` ("$NAME" or "${NAME}") and how long that is; "" when there is none.
std::pair<std::string, std::size_t> variable_at(std::string_view text, std::size_t at) {
  std::size_t begin = at + 1;
  const bool braces = begin < text.size() && text[begin] == '{';
  begin += braces ? 1 : 0;
  std::size_t end = begin;
  while (end < text.size() && name_part(text[end])) {
    ++end;
  }
  if (end == begin || !name_start(text[begin]) || (braces && (end >= text.size() || text[end] != '}'))) {
    return {"", 0};
  }
  return {std::string(text.substr(begin, end - begin)), end - at + (braces ? 1 : 0)};
}

/// A word in which `plain` writes what is not special.
template <class Plain>
std::string expand_word(std::string_view text, Plain plain) {
  std::string word;
  std::size_t at = 0;
  if (text.starts_with("~")) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view user = text.substr(1, end - 1);
    bool known = true;
    for (const char c : user) {
      known = known && (name_part(c) || c == '-' || c == '.');
    }
    if (user.empty()) {
      word = "\"${HOME-~}\"";
      at = end;
    } else if (known) {
      word = "~" + std::string(user);
      at = end;
    }
  }
  std::string run;
  while (at < text.size()) {
    const auto [name, length] = text[at] == '$' ? variable_at(text, at) : std::pair<std::string, std::size_t>{"", 0};
    if (length == 0) {
      run += text[at++];
      continue;
    }
    word += run.empty() ? "" : plain(run);
    run.clear();
    std::string as_written = "\\" + std::string(text.substr(at, length));
    if (as_written.ends_with('}')) {
      as_written.insert(as_written.size() - 1, "\\");
    }
    word += "\"${" + name + "-" + as_written + "}\"";
    at += length;
  }
  return word + (run.empty() && !word.empty() ? "" : plain(run));
}

std::string pattern_text(const std::string& text) {
  static constexpr std::string_view k_safe = "_./*?[]!-^,@%+:=";
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80 && !name_part(c) && k_safe.find(c) == std::string_view::npos) {
      out += c == '\n' ? "" : "\\";
    }
    out += c == '\n' ? "'\n'" : std::string(1, c);
  }
  return out.empty() ? "''" : out;
}

}  // namespace

std::string valid_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = character_at(bytes, at);
    text += length == 0 ? "\xef\xbf\xbd" : bytes.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return text;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = line_end(text, at);
    if (end != 0) {
      lines.emplace_back(text.substr(begin, at - begin));
      begin = at + end;
    }
    at += end == 0 ? 1 : end;
  }
  if (begin < text.size()) {
    lines.emplace_back(text.substr(begin));
  }
  return lines;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    words.push_back(std::move(word));
  }
  return words;
}

std::string strip_end(std::string text, std::string_view strip) {
  const std::size_t last = text.find_last_not_of(strip);
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

core::Result<std::vector<std::string>> split_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else if (c == '\\' && quote == '"' && i + 1 < command.size() &&
                 (command[i + 1] == '"' || command[i + 1] == '\\')) {
        word += command[++i];
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\') {
      if (i + 1 == command.size()) {
        return core::fail(core::ErrorCode::general, "No escaped character");
      }
      word += command[++i];
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (in_word) {
        words.push_back(std::move(word));
        word.clear();
      }
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0') {
    return core::fail(core::ErrorCode::general, "No closing quotation");
  }
  if (in_word) {
    words.push_back(std::move(word));
  }
  return words;
}

std::string path_word(std::string_view path) {
  return expand_word(path, [](const std::string& text) { return core::shell_quote(text); });
}

std::string glob_word(std::string_view pattern) {
  return expand_word(pattern, pattern_text);
}

namespace {

std::string dumps(const core::Json& value) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      text += (text.empty() ? "" : ", ") + core::Json(key).dump(-1, ' ', true) + ": " + dumps(item);
    }
    return "{" + text + "}";
  }
  if (value.is_array()) {
    for (const core::Json& item : value) {
      text += (text.empty() ? "" : ", ") + dumps(item);
    }
    return "[" + text + "]";
  }
  return value.dump(-1, ' ', true, core::Json::error_handler_t::replace);
}

}  // namespace

std::string python_json(const core::Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "True" : "False";
  }
  return dumps(value);
}

std::string Fields::next() {
  const std::size_t end = text_.find('\0');
  std::string field(text_.substr(0, end));
  text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
  return field;
}

}  // namespace cef::modules
