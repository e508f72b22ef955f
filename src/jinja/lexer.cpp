#include "lexer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "python.hpp"

namespace cef::jinja {

namespace {

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  Lexer(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect), options_(dialect.options) {}

  std::vector<Token> run_text() {
    while (at_ < text_.size()) {
      data();
    }
    add(Token::Kind::end, "", at_);
    return std::move(tokens_);
  }

  std::vector<Token> run_expression() {
    while (skip_spaces(), at_ < text_.size()) {
      expression_token(false);
    }
    add(Token::Kind::end, "", at_);
    return std::move(tokens_);
  }

 private:
  enum class Opening { none, variable, block, comment };

  [[nodiscard]] Place place_of(std::size_t at) {
    while (counted_ < at) {
      if (text_[counted_] == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
      ++counted_;
    }
    return {line_, static_cast<int>(at - std::min(at, line_start_)) + 1};
  }
  void add(Token::Kind kind, std::string text, std::size_t at) {
    tokens_.push_back({kind, std::move(text), place_of(at)});
  }
  [[nodiscard]] bool follows(std::string_view what, std::size_t at) const {
    return !what.empty() && text_.substr(at, what.size()) == what;
  }
  [[nodiscard]] bool follows(std::string_view what) const { return follows(what, at_); }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
  }

  /// The next opening mark from `from`; the longest wins where two begin alike.
  [[nodiscard]] std::pair<Opening, std::size_t> next_opening(std::size_t from) {
    std::pair<Opening, std::size_t> best{Opening::none, text_.size()};
    std::size_t length = 0;
    const auto consider = [&](Opening opening, const std::string& mark) {
      auto& next = next_[static_cast<std::size_t>(opening)];  // kept: each text is searched once for each mark
      if (!next || *next < from) {
        next = text_.find(mark, from);
      }
      const std::size_t found = *next;
      if (found < best.second || (found == best.second && found < text_.size() && mark.size() > length)) {
        best = {opening, found};
        length = mark.size();
      }
    };
    consider(Opening::comment, options_.comment_start);
    consider(Opening::block, options_.block_start);
    consider(Opening::variable, options_.variable_start);
    return best;
  }

  void data() {
    const std::size_t from = at_;
    const auto [opening, mark] = next_opening(from);
    std::string piece(text_.substr(from, mark - from));
    if (opening == Opening::none) {
      at_ = text_.size();
      add_data(std::move(piece), from);
      return;
    }
    const std::size_t length = (opening == Opening::comment ? options_.comment_start
                                : opening == Opening::block ? options_.block_start
                                                            : options_.variable_start)
                                   .size();
    const char control = mark + length < text_.size() ? text_[mark + length] : '\0';
    trim_before(piece, from, opening, control);
    add_data(std::move(piece), from);
    at_ = mark + length + (control == '-' || control == '+' ? 1 : 0);
    if (opening == Opening::comment) {
      comment(mark);
    } else if (opening == Opening::block && raw_follows()) {
      raw(mark);
    } else {
      tag(opening, mark);
    }
  }

  void trim_before(std::string& piece, std::size_t from, Opening opening, char control) {
    if (control == '-') {
      while (!piece.empty() && is_space(piece.back())) {
        piece.pop_back();
      }
    } else if (control != '+' && options_.lstrip_blocks && opening != Opening::variable) {
      const std::size_t newline = piece.rfind('\n');
      const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
      const bool at_line_start = newline != std::string::npos || from == 0 || text_[from - 1] == '\n';
      if (at_line_start && std::all_of(piece.begin() + static_cast<std::ptrdiff_t>(start), piece.end(), is_space)) {
        piece.resize(start);
      }
    }
  }

  void add_data(std::string piece, std::size_t at) {
    if (!piece.empty()) {
      add(Token::Kind::data, std::move(piece), at);
    }
  }

  /// After the end of a comment or block: what -, + and trim_blocks take away. `trims`: trim_blocks applies.
  void after_end(char control, bool trims) {
    if (control == '-') {
      skip_spaces();
    } else if (control != '+' && trims && options_.trim_blocks && follows("\n")) {
      ++at_;
    }
  }

  void comment(std::size_t mark) {
    const std::size_t end = text_.find(options_.comment_end, at_);
    if (end == std::string_view::npos) {
      fault_of_text("the comment " + options_.comment_start + " is not closed by " + options_.comment_end,
                    place_of(mark));
    }
    const char control = end > at_ ? text_[end - 1] : '\0';
    at_ = end + options_.comment_end.size();
    after_end(control, true);
  }

  [[nodiscard]] std::size_t word_end(std::size_t at, std::string_view word) const {
    while (at < text_.size() && is_space(text_[at])) {
      ++at;
    }
    if (!follows(word, at)) {
      return std::string_view::npos;
    }
    at += word.size();
    while (at < text_.size() && is_space(text_[at])) {
      ++at;
    }
    if (at < text_.size() && (text_[at] == '-' || text_[at] == '+') && follows(options_.block_end, at + 1)) {
      return at + 1 + options_.block_end.size();
    }
    return follows(options_.block_end, at) ? at + options_.block_end.size() : std::string_view::npos;
  }

  [[nodiscard]] char control_before(std::size_t end) const { return text_[end - options_.block_end.size() - 1]; }

  [[nodiscard]] bool raw_follows() const { return word_end(at_, "raw") != std::string_view::npos; }

  void raw(std::size_t mark) {
    const std::size_t start = word_end(at_, "raw");
    at_ = start;
    after_end(control_before(start), false);
    const std::size_t from = at_;
    for (std::size_t next = text_.find(options_.block_start, from); next != std::string_view::npos;
         next = text_.find(options_.block_start, next + 1)) {
      std::size_t word = next + options_.block_start.size();
      const char control = word < text_.size() ? text_[word] : '\0';
      word += control == '-' || control == '+' ? 1 : 0;
      const std::size_t end = word_end(word, "endraw");
      if (end == std::string_view::npos) {
        continue;
      }
      std::string piece(text_.substr(from, next - from));
      trim_before(piece, from, Opening::block, control);
      add_data(std::move(piece), from);
      at_ = end;
      after_end(control_before(end), true);
      return;
    }
    fault_of_text("the block 'raw' is not closed by 'endraw'", place_of(mark));
  }

  void tag(Opening opening, std::size_t mark) {
    const bool block = opening == Opening::block;
    const std::string& closing = block ? options_.block_end : options_.variable_end;
    add(block ? Token::Kind::block_begin : Token::Kind::variable_begin, "", mark);
    brackets_.clear();
    while (true) {
      skip_spaces();
      if (at_ >= text_.size()) {
        fault_of_text("the tag is not closed by " + closing, place_of(mark));
      }
      if (brackets_.empty()) {
        const bool signed_end = (text_[at_] == '-' || (block && text_[at_] == '+')) && follows(closing, at_ + 1);
        if (signed_end || follows(closing)) {
          const char control = signed_end ? text_[at_] : '\0';
          add(block ? Token::Kind::block_end : Token::Kind::variable_end, "", at_);
          at_ += closing.size() + (signed_end ? 1 : 0);
          after_end(control, block);
          return;
        }
      }
      expression_token(!block && dialect_.raw_backslashes);
    }
  }

  void expression_token(bool raw_strings) {
    const char c = text_[at_];
    if (begins_name(c)) {
      const std::size_t from = at_;
      while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) {
        ++at_;
      }
      add(Token::Kind::name, std::string(text_.substr(from, at_ - from)), from);
    } else if (is_digit(c)) {
      number();
    } else if (c == '\'' || c == '"') {
      string(raw_strings);
    } else {
      sign();
    }
  }

  [[nodiscard]] std::string digits(const char* allowed) {
    std::string found;
    while (at_ < text_.size()) {
      if (text_[at_] == '_' && at_ + 1 < text_.size() &&
          std::string_view(allowed).find(text_[at_ + 1]) != std::string_view::npos) {
        ++at_;
      } else if (std::string_view(allowed).find(text_[at_]) != std::string_view::npos) {
        found += text_[at_++];
      } else {
        break;
      }
    }
    return found;
  }

  void number() {
    const std::size_t from = at_;
    if (text_[at_] == '0' && at_ + 1 < text_.size()) {
      const char kind = static_cast<char>(text_[at_ + 1] | 0x20);
      const char* allowed = kind == 'x'   ? "0123456789abcdefABCDEF"
                            : kind == 'o' ? "01234567"
                            : kind == 'b' ? "01"
                                          : nullptr;
      if (allowed != nullptr) {
        at_ += 2;
        add(Token::Kind::integer, std::string("0") + kind + digits(allowed), from);
        return;
      }
    }
    std::string found = digits("0123456789");
    bool floating = false;
    // After a dot a number is an index: a.0.1
    const bool after_dot = !tokens_.empty() && tokens_.back().kind == Token::Kind::sign && tokens_.back().text == ".";
    if (!after_dot && follows(".") && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      found += "." + digits("0123456789");
      floating = true;
    }
    if (!after_dot && at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      std::size_t next = at_ + 1;
      next += next < text_.size() && (text_[next] == '-' || text_[next] == '+') ? 1 : 0;
      if (next < text_.size() && is_digit(text_[next])) {
        found += std::string(text_.substr(at_, next - at_));
        at_ = next;
        found += digits("0123456789");
        floating = true;
      }
    }
    add(floating ? Token::Kind::floating : Token::Kind::integer, std::move(found), from);
  }

  void string(bool raw) {
    const std::size_t from = at_;
    const char quote = text_[at_++];
    std::string found;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        escape(raw, quote, found);
      } else {
        found += text_[at_++];
      }
    }
    if (at_ >= text_.size()) {
      fault_of_text("the string is not closed by " + std::string(1, quote), place_of(from));
    }
    ++at_;
    add(Token::Kind::string, std::move(found), from);
  }

  void escape(bool raw, char quote, std::string& found) {
    const char c = text_[at_ + 1];
    if (raw) {
      if (c == quote) {
        fault_of_text("a backslash before a quote does not escape it in a value of a playbook; use the other quote",
                      place_of(at_));
      }
      found += '\\';
      found += c;
      at_ += 2;
      return;
    }
    static constexpr std::string_view k_letters = "\\'\"abfnrtv\n";
    static constexpr std::string_view k_meanings = "\\'\"\a\b\f\n\r\t\v";
    const std::size_t known = k_letters.find(c);
    at_ += 2;
    if (c == '\n') {
      return;
    }
    if (known != std::string_view::npos) {
      found += k_meanings[known];
    } else if (c == 'x' || c == 'u' || c == 'U') {
      append_utf8(found, code_point(c == 'x' ? 2 : (c == 'u' ? 4 : 8), 16));
    } else if (c >= '0' && c <= '7') {
      --at_;
      append_utf8(found, code_point(3, 8));
    } else {
      found += '\\';
      found += c;
    }
  }

  [[nodiscard]] char32_t code_point(int most, int base) {
    char32_t code = 0;
    int count = 0;
    for (; count < most && at_ < text_.size(); ++count, ++at_) {
      const char c = text_[at_];
      const int digit = is_digit(c) ? c - '0' : ((c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99);
      if (digit >= base) {
        break;
      }
      code = code * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
    }
    if ((base == 16 && count < most) || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      fault_of_text("a damaged escape in a string", place_of(at_));
    }
    return code;
  }

  void sign() {
    static constexpr std::array<std::string_view, 8> k_double = {"//", "**", "==", "!=", ">=", "<=", "", ""};
    static constexpr std::string_view k_single = "+-*/%~[](){}<>=.:|,;";
    const std::size_t from = at_;
    std::string found(1, text_[at_]);
    for (const std::string_view two : k_double) {
      if (follows(two)) {
        found = two;
      }
    }
    if (found.size() == 1 && k_single.find(found[0]) == std::string_view::npos) {
      fault_of_text("unexpected char " + repr_of_text(characters(text_.substr(at_)).front()), place_of(from));
    }
    at_ += found.size();
    balance(found[0], from);
    add(Token::Kind::sign, std::move(found), from);
  }

  void balance(char c, std::size_t from) {
    if (c == '(' || c == '[' || c == '{') {
      brackets_ += c == '(' ? ')' : (c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
      if (brackets_.empty()) {
        fault_of_text("unexpected '" + std::string(1, c) + "'", place_of(from));
      }
      if (brackets_.back() != c) {
        fault_of_text("unexpected '" + std::string(1, c) + "', expected '" + brackets_.back() + "'", place_of(from));
      }
      brackets_.pop_back();
    }
  }

  std::string_view text_;
  const Dialect& dialect_;
  const TemplateOptions& options_;
  std::vector<Token> tokens_;
  std::string brackets_;
  std::array<std::optional<std::size_t>, 4> next_;  ///< of each mark that opens a tag
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokens_of_text(std::string_view text, const Dialect& dialect) {
  return Lexer(text, dialect).run_text();
}

std::vector<Token> tokens_of_expression(std::string_view text) {
  static const Dialect plain;
  return Lexer(text, plain).run_expression();
}

}  // namespace cef::jinja
