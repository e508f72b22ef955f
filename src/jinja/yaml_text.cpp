// Writes YAML in the layout of PyYAML: what playbooks put into files must not change when cef writes them.
#include "yaml_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cef/core/yaml.hpp"

namespace cef::jinja {

namespace {

bool is_break(char32_t c) {
  return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
bool is_blank(char32_t c) {
  return c == 0 || c == U' ' || c == U'\t' || c == U'\r' || is_break(c);
}
bool is_in(std::u32string_view set, char32_t c) {
  return set.find(c) != std::u32string_view::npos;
}

/// What a string allows, by the rules of PyYAML's emitter.
struct Looks {
  bool multiline = false;
  bool flow_plain = true;
  bool block_plain = true;
  bool single_quoted = true;
};

class Analysis {
 public:
  explicit Analysis(const std::u32string& text) : text_(text) {}

  Looks looks() {
    if (text_.empty()) {
      return {false, false, true, true};
    }
    const std::u32string_view start = std::u32string_view(text_).substr(0, 3);
    block_ = flow_ = start == U"---" || start == U"...";
    for (std::size_t at = 0; at < text_.size(); ++at) {
      indicators(at);
      characters_of(text_[at]);
      spaces(at);
    }
    Looks found;
    found.multiline = breaks_;
    const bool plain = !edge_space_ && !break_space_ && !space_break_ && !special_ && !breaks_;
    found.flow_plain = plain && !flow_;
    found.block_plain = plain && !block_;
    found.single_quoted = !break_space_ && !space_break_ && !special_;
    return found;
  }

 private:
  void indicators(std::size_t at) {
    const char32_t c = text_[at];
    const bool before = at == 0 || is_blank(text_[at - 1]);
    const bool after = at + 1 >= text_.size() || is_blank(text_[at + 1]);
    if (at == 0) {
      if (is_in(U"#,[]{}&*!|>'\"%@`", c) || (c == U'-' && after)) {
        flow_ = block_ = true;
      }
      if (c == U'?' || c == U':') {
        flow_ = true;
        block_ = block_ || after;
      }
      return;
    }
    if (is_in(U",?[]{}", c)) {
      flow_ = true;
    }
    if (c == U':') {
      flow_ = true;
      block_ = block_ || after;
    }
    if (c == U'#' && before) {
      flow_ = block_ = true;
    }
  }

  void characters_of(char32_t c) {
    breaks_ = breaks_ || is_break(c);
    const bool printable = c == U'\n' || (c >= 0x20 && c <= 0x7E) || c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) ||
                           (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF) || (c >= 0x10000 && c < 0x10FFFF);
    special_ = special_ || !printable;
  }

  void spaces(std::size_t at) {
    const char32_t c = text_[at];
    const bool edge = at == 0 || at + 1 == text_.size();
    if (c == U' ') {
      edge_space_ = edge_space_ || edge;
      break_space_ = break_space_ || was_break_;
    } else if (is_break(c)) {
      edge_space_ = edge_space_ || edge;
      space_break_ = space_break_ || was_space_;
    }
    was_space_ = c == U' ';
    was_break_ = is_break(c);
  }

  const std::u32string& text_;
  bool block_ = false, flow_ = false, breaks_ = false, special_ = false;
  bool edge_space_ = false, break_space_ = false, space_break_ = false;
  bool was_space_ = false, was_break_ = false;
};

/// Whether PyYAML would read plain text as something else than a string.
bool reads_as_other(const std::string& text) {
  if (text == "=" || text == "<<" || !core::resolve_yaml_scalar(text).is_string()) {
    return true;
  }
  const auto digits = [&](std::size_t from, std::size_t count) {
    return from + count <= text.size() && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                                                      text.begin() + static_cast<std::ptrdiff_t>(from + count),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  };
  // 2024-05-01, and with a time behind it.
  if (!digits(0, 4) || text.size() < 8 || text[4] != '-') {
    return false;
  }
  if (text.size() == 10 && digits(5, 2) && text[7] == '-' && digits(8, 2)) {
    return true;
  }
  const std::size_t time = text.find_first_of("Tt ");
  return time != std::string::npos && text.find(':', time) != std::string::npos &&
         text.find_first_not_of("0123456789-+:.TtZ ", 0) == std::string::npos;
}

class Writer {
 public:
  Writer(Run& run, const YamlStyle& style) : run_(run), style_(style) {
    best_indent_ = style.indent > 1 && style.indent < 10 ? style.indent : 2;
    best_width_ = style.width > best_indent_ * 2 ? style.width : 80;
  }

  std::string document(const Value& value) {
    if (style_.explicit_start) {
      out_ += "---";
      column_ = 3;
      whitespace_ = false;
      indention_ = false;
    }
    if ((is_list(value) || is_map(value)) && style_.explicit_start && size_of(value) > 0) {
      line_break();
    }
    node(value, false, false);
    if (column_ > 0) {
      line_break();
    }
    return out_;
  }

 private:
  void put(const std::string& text) {
    out_ += text;
    column_ += static_cast<int>(count_characters(text));
    if (out_.size() > run_.environment.limits.output.count) {
      run_.make_bytes(out_.size());
    }
  }
  void line_break() {
    whitespace_ = true;
    indention_ = true;
    column_ = 0;
    out_ += '\n';
  }
  void write_indent() {
    const int indent = std::max(indent_, 0);
    if (!indention_ || column_ > indent || (column_ == indent && !whitespace_)) {
      line_break();
    }
    if (column_ < indent) {
      whitespace_ = true;
      put(std::string(static_cast<std::size_t>(indent - column_), ' '));
    }
  }
  void indicator(const char* text, bool needs_space, bool whitespace = false, bool indention = false) {
    const bool bare = whitespace_ || !needs_space;
    whitespace_ = whitespace;
    indention_ = indention_ && indention;
    put(bare ? text : std::string(" ") + text);
  }
  void deeper(bool flow, bool indentless) {
    indents_.push_back(indent_);
    if (indent_ < 0) {
      indent_ = flow ? best_indent_ : 0;
    } else if (!indentless) {
      indent_ += best_indent_;
    }
  }
  void shallower() {
    indent_ = indents_.back();
    indents_.pop_back();
  }

  static bool is_leaf(const Value& value) { return !is_list(value) && !is_map(value); }
  [[nodiscard]] bool in_flow(const Value& value) const {
    if (flow_level_ > 0 || size_of(value) == 0) {
      return true;
    }
    if (!style_.flow_leaves) {
      return false;
    }
    if (is_list(value)) {
      const auto items = elements(value);
      return std::all_of(items.begin(), items.end(), is_leaf);
    }
    const auto all = entries(value);
    return std::all_of(all.begin(), all.end(), [](const auto& entry) { return is_leaf(entry.second); });
  }

  void node(const Value& value, bool in_map, bool simple_key) {
    run_.step();
    refuse_undefined(value);
    if (is_list(value)) {
      in_flow(value) ? flow_list(value) : block_list(value, in_map);
    } else if (is_map(value)) {
      in_flow(value) ? flow_map(value) : block_map(value);
    } else {
      deeper(true, false);
      scalar(value, simple_key);
      shallower();
    }
  }

  [[nodiscard]] std::vector<Map::Entry> ordered(const Value& value) const {
    auto all = entries(value);
    if (style_.sort_keys) {
      const bool texts = std::all_of(all.begin(), all.end(), [](const auto& entry) { return is_text(entry.first); });
      std::stable_sort(all.begin(), all.end(), [texts](const auto& a, const auto& b) {
        return texts ? text_of(a.first) < text_of(b.first) : key_id(a.first) < key_id(b.first);
      });
    }
    return all;
  }

  void block_list(const Value& value, bool in_map) {
    deeper(false, in_map && !indention_);
    for (const Value& item : elements(value)) {
      write_indent();
      indicator("-", true, false, true);
      node(item, false, false);
    }
    shallower();
  }

  void block_map(const Value& value) {
    deeper(false, false);
    for (const auto& [key, item] : ordered(value)) {
      write_indent();
      const std::u32string text = is_text(key) ? decode(text_of(key)) : U"1";
      const bool simple = !text.empty() && text.size() < 128 && std::none_of(text.begin(), text.end(), is_break);
      if (simple) {
        node(key, true, true);
        indicator(":", false);
      } else {
        indicator("?", true, false, true);
        node(key, true, false);
        write_indent();
        indicator(":", true, false, true);
      }
      node(item, simple, false);
    }
    shallower();
  }

  void flow_list(const Value& value) {
    indicator("[", true, true);
    ++flow_level_;
    deeper(true, false);
    bool first = true;
    for (const Value& item : elements(value)) {
      if (!first) {
        indicator(",", false);
      }
      first = false;
      if (column_ > best_width_) {
        write_indent();
      }
      node(item, false, false);
    }
    shallower();
    --flow_level_;
    indicator("]", false);
  }

  void flow_map(const Value& value) {
    indicator("{", true, true);
    ++flow_level_;
    deeper(true, false);
    bool first = true;
    for (const auto& [key, item] : ordered(value)) {
      if (!first) {
        indicator(",", false);
      }
      first = false;
      if (column_ > best_width_) {
        write_indent();
      }
      node(key, true, true);
      indicator(":", false);
      node(item, true, false);
    }
    shallower();
    --flow_level_;
    indicator("}", false);
  }

  static std::string number_text(const Value& value) {
    const double number = number_of(value);
    if (std::isnan(number)) {
      return ".nan";
    }
    if (std::isinf(number)) {
      return number > 0 ? ".inf" : "-.inf";
    }
    std::string text = float_text(number);
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) {
      text.insert(exponent, ".0");
    }
    return text;
  }

  void scalar(const Value& value, bool simple_key) {
    if (!is_text(value)) {
      const Type type = type_of(value);
      const std::string text = type == Type::none       ? "null"
                               : type == Type::boolean  ? (truth(value) ? "true" : "false")
                               : type == Type::floating ? number_text(value)
                                                        : str(value);
      plain(decode(text), false);
      return;
    }
    const std::u32string text = decode(text_of(value));
    const Looks looks = Analysis(text).looks();
    const bool allowed = flow_level_ > 0 ? looks.flow_plain : looks.block_plain;
    if (allowed && !(simple_key && (text.empty() || looks.multiline)) && !reads_as_other(text_of(value))) {
      plain(text, !simple_key);
      return;
    }
    if (looks.single_quoted && !(simple_key && looks.multiline)) {
      single_quoted(text, !simple_key);
    } else {
      double_quoted(text, !simple_key);
    }
  }

  void put_part(const std::u32string& text, std::size_t from, std::size_t to) {
    std::string part;
    for (std::size_t at = from; at < to; ++at) {
      append_utf8(part, text[at]);
    }
    put(part);
  }

  void plain(const std::u32string& text, bool split) {
    if (text.empty()) {
      return;
    }
    if (!whitespace_) {
      put(" ");
    }
    whitespace_ = false;
    indention_ = false;
    for (std::size_t at = 0; at < text.size();) {
      const bool space = text[at] == U' ';
      const std::size_t from = at;
      while (at < text.size() && (text[at] == U' ') == space) {
        ++at;
      }
      if (space && at - from == 1 && column_ > best_width_ && split) {
        write_indent();
        whitespace_ = false;
        indention_ = false;
      } else {
        put_part(text, from, at);
      }
    }
  }

  void single_quoted(const std::u32string& text, bool split) {
    indicator("'", true);
    for (std::size_t at = 0; at < text.size();) {
      const auto kind = [](char32_t c) { return c == U' ' ? 1 : (is_break(c) ? 2 : (c == U'\'' ? 3 : 0)); };
      const int now = kind(text[at]);
      const std::size_t from = at;
      while (at < text.size() && kind(text[at]) == now) {
        ++at;
      }
      if (now == 1 && at - from == 1 && column_ > best_width_ && split && from != 0 && at != text.size()) {
        write_indent();
      } else if (now == 2) {
        if (text[from] == U'\n') {
          line_break();
        }
        for (std::size_t count = from; count < at; ++count) {
          line_break();
        }
        write_indent();
      } else if (now == 3) {
        for (std::size_t count = from; count < at; ++count) {
          put("''");
        }
      } else {
        put_part(text, from, at);
      }
    }
    indicator("'", false);
  }

  static std::string escaped(char32_t c) {
    static constexpr std::u32string_view k_letters = U"\0\a\b\t\n\v\f\r\x1b\"\\\u0085\u00a0\u2028\u2029";
    static constexpr std::string_view k_names = "0abtnvfre\"\\N_LP";
    static constexpr std::u32string_view k_all(k_letters.data(), 15);
    if (const std::size_t known = k_all.find(c); known != std::u32string_view::npos) {
      return std::string("\\") + k_names[known];
    }
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), c <= 0xFF ? "\\x%02X" : (c <= 0xFFFF ? "\\u%04X" : "\\U%08X"),
                  static_cast<unsigned>(c));
    return text.data();
  }

  void double_quoted(const std::u32string& text, bool split) {
    indicator("\"", true);
    std::size_t start = 0;
    for (std::size_t end = 0; end <= text.size(); ++end) {
      const bool over = end == text.size();
      const char32_t c = over ? 0 : text[end];
      const bool special =
          over || is_in(U"\"\\\u0085\u2028\u2029\uFEFF", c) ||
          !((c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000);
      if (special) {
        put_part(text, start, end);
        start = end;
        if (!over) {
          put(escaped(c));
          start = end + 1;
        }
      }
      const bool folds = end > 0 && end + 1 < text.size() && (c == U' ' || start >= end) &&
                         column_ + static_cast<int>(end) - static_cast<int>(start) > best_width_ && split;
      if (folds) {
        put_part(text, start, std::max(start, end));
        put("\\");
        start = std::max(start, end);
        write_indent();
        whitespace_ = false;
        indention_ = false;
        if (text[start] == U' ') {
          put("\\");
        }
      }
    }
    indicator("\"", false);
  }

  Run& run_;
  const YamlStyle& style_;
  std::string out_;
  std::vector<int> indents_;
  int indent_ = -1;
  int best_indent_;
  int best_width_;
  int column_ = 0;
  int flow_level_ = 0;
  bool whitespace_ = true;
  bool indention_ = true;
};

}  // namespace

std::string yaml_text(Run& run, const Value& value, const YamlStyle& style) {
  return Writer(run, style).document(value);
}

}  // namespace cef::jinja
