// The key=value form of arguments, as ansible/parsing/splitter.py takes it apart.
#include "split_arguments.hpp"

#include "cef/core/text.hpp"
#include "cef/playbook/read.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cef::playbook {

namespace {

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  parts.push_back(text.substr(at));
  return parts;
}

int count(const std::string& text, std::string_view what) {
  int found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) {
    ++found;
  }
  return found;
}

class Splitter {
 public:
  core::Result<std::vector<std::string>> split(const std::string& text) {
    const auto lines = split_at(text, '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool continued = add_line(lines[i]);
      if (i + 1 < lines.size() && !continued) {
        last() += '\n';
      }
    }
    if (is_in_block() || quote_ != 0) {
      return core::fail(core::ErrorCode::usage, "has quotes or {{ }} that do not end; put the whole text in quotes");
    }
    return std::move(words_);
  }

 private:
  /// Whether the line ends in a backslash of its own, which joins it with the next.
  bool add_line(const std::string& line) {
    const auto tokens = split_at(line, ' ');
    bool continued = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].empty() && i != 0) {
        last() += ' ';
      } else if (tokens[i] == "\\" && quote_ == 0) {
        continued = true;
      } else {
        add_token(tokens[i], i, tokens.size());
      }
    }
    return continued;
  }

  void add_token(const std::string& token, std::size_t index, std::size_t tokens) {
    const bool was_quoted = quote_ != 0;
    follow_quotes(token);
    bool added = true;
    if (quote_ != 0 && !was_quoted && !is_in_block()) {
      words_.push_back(token);
    } else if (is_in_block() || quote_ != 0 || was_quoted) {
      if (index == 0 && was_quoted) {
        last() += token;
      } else if (tokens > 1) {
        last() += (index > 0 ? " " : "") + token;
      } else {
        last() += "\n" + token;
      }
    } else {
      added = false;
    }
    for (std::size_t i = 0; i < depths_.size(); ++i) {
      const int before = depths_[i];
      const int opened = count(token, k_open[i]);
      const int closed = count(token, k_close[i]);
      depths_[i] = opened == closed ? before : std::max(0, before + opened - closed);
      if (depths_[i] != before && !added) {
        words_.push_back(token);
        added = true;
      }
    }
    if (!added && !is_in_block() && quote_ == 0 && !token.empty()) {
      words_.push_back(token);
    }
  }

  void follow_quotes(const std::string& token) {
    char before = 0;
    for (const char c : token) {
      if ((c == '"' || c == '\'') && before != '\\') {
        quote_ = quote_ == 0 ? c : quote_ == c ? '\0' : quote_;
      }
      before = c;
    }
  }

  [[nodiscard]] bool is_in_block() const {
    return std::any_of(depths_.begin(), depths_.end(), [](int depth) { return depth > 0; });
  }

  std::string& last() {
    if (words_.empty()) {
      words_.emplace_back();
    }
    return words_.back();
  }

  static constexpr std::array<std::string_view, 3> k_open = {"{{", "{%", "{#"};
  static constexpr std::array<std::string_view, 3> k_close = {"}}", "%}", "#}"};
  std::vector<std::string> words_;
  std::array<int, 3> depths_{};
  char quote_ = 0;
};

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | ((code >> 18U) & 7U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (code & 0x3FU));
  }
}

/// Appends what \xNN, \uNNNN or \UNNNNNNNN at `at` stands for; how many characters that was, 0 when it is none.
std::size_t append_code(std::string& out, const std::string& text, std::size_t at) {
  const std::size_t digits = text[at + 1] == 'x' ? 2 : text[at + 1] == 'u' ? 4 : text[at + 1] == 'U' ? 8 : 0;
  if (digits == 0 || at + 2 + digits > text.size()) {
    return 0;
  }
  std::uint32_t code = 0;
  for (std::size_t i = at + 2; i < at + 2 + digits; ++i) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (value < 0) {
      return 0;
    }
    code = code * 16 + static_cast<std::uint32_t>(value);
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    return 0;
  }
  append_utf8(out, code);
  return 2 + digits;
}

std::string without_escapes(const std::string& text) {
  constexpr std::string_view k_letters = "\\'\"abfnrtv";
  constexpr std::string_view k_meanings = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at++];
      continue;
    }
    const std::size_t letter = k_letters.find(text[at + 1]);
    if (letter != std::string_view::npos) {
      out += k_meanings[letter];
      at += 2;
    } else if (const std::size_t length = append_code(out, text, at); length != 0) {
      at += length;
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::string unquote(const std::string& text) {
  const bool quoted = text.size() > 1 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'') &&
                      text[text.size() - 2] != '\\';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::size_t sign_of(const std::string& word) {
  std::size_t at = word.find('=', 1);
  while (at != std::string::npos && word[at - 1] == '\\') {
    at = word.find('=', at + 1);
  }
  return at;
}

bool is_key_of_command(const std::string& key) {
  constexpr std::array<std::string_view, 8> k_keys = {
      "creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"};
  return std::find(k_keys.begin(), k_keys.end(), key) != k_keys.end();
}

std::string without_escaped_signs(std::string text) {
  for (std::size_t at = text.find("\\="); at != std::string::npos; at = text.find("\\=", at + 1)) {
    text.erase(at, 1);
  }
  return text;
}

}  // namespace

core::Result<std::vector<std::string>> split_words(const std::string& text) {
  return Splitter().split(text);
}

core::Result<KeyValues> split_key_values(const std::string& text, bool command) {
  const auto words = split_words(text);
  if (!words) {
    return core::fail(words.error());
  }
  KeyValues found;
  const auto add_free = [&](const std::string& word) {
    const bool glued = found.free_text.empty() || found.free_text.ends_with('\n');
    found.free_text += (glued ? "" : " ") + word;
  };
  for (const std::string& word : *words) {
    const std::string plain = without_escapes(word);
    if (plain.find('=') == std::string::npos) {
      add_free(word);
      continue;
    }
    const std::size_t sign = sign_of(plain);
    if (sign == std::string::npos) {
      add_free(without_escaped_signs(plain));
    } else if (command && !is_key_of_command(plain.substr(0, sign))) {
      add_free(word);
    } else {
      found.values.emplace_back(core::trim(plain.substr(0, sign)), unquote(core::trim(plain.substr(sign + 1))));
    }
  }
  return found;
}

core::Result<std::map<std::string, std::string>> read_key_values(const std::string& text) {
  const auto split = split_key_values(text, false);
  if (!split) {
    return core::fail(split.error());
  }
  if (!split->free_text.empty()) {
    return core::fail(core::ErrorCode::usage, "'" + split->free_text + "' is no variable");
  }
  return std::map<std::string, std::string>(split->values.begin(), split->values.end());
}

}  // namespace cef::playbook
