#include "python_literal.hpp"

#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include "cef/core/text.hpp"

namespace cef::inventory {

using core::Json;

namespace {

constexpr int k_max_depth = 32;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Json> whole() {
    auto value = read(0);
    skip_space();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) == word) {
      at_ += word.size();
      return true;
    }
    return false;
  }

  std::optional<Json> read(int depth) {
    skip_space();
    if (at_ == text_.size() || depth > k_max_depth) {
      return std::nullopt;
    }
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
      return string(c);
    }
    if (c == '[' || c == '(') {
      return list(c == '[' ? ']' : ')', depth);
    }
    if (c == '{') {
      return dict(depth);
    }
    if (take_word("True")) {
      return true;
    }
    if (take_word("False")) {
      return false;
    }
    if (take_word("None")) {
      return Json(nullptr);
    }
    return number();
  }

  std::optional<Json> string(char quote) {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        const char escaped = text_[++at_];
        value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      } else {
        value += text_[at_];
      }
    }
    return std::nullopt;
  }

  std::optional<Json> list(char close, int depth) {
    ++at_;
    Json items = Json::array();
    bool comma = false;
    while (!take(close)) {
      auto item = read(depth + 1);
      if (!item) {
        return std::nullopt;
      }
      items.push_back(std::move(*item));
      comma = take(',');
      if (!comma && at_ < text_.size() && text_[at_] != close) {
        return std::nullopt;
      }
    }
    if (close == ')' && items.size() == 1 && !comma) {
      return items[0];  // parentheses around one value are no tuple
    }
    return items;
  }

  std::optional<Json> dict(int depth) {
    ++at_;
    Json items = Json::object();
    while (!take('}')) {
      auto key = read(depth + 1);
      if (!key || !take(':')) {
        return std::nullopt;
      }
      auto value = read(depth + 1);
      if (!value) {
        return std::nullopt;
      }
      items[core::text_of(*key)] = std::move(*value);
      if (!take(',') && (at_ == text_.size() || text_[at_] != '}')) {
        return std::nullopt;
      }
    }
    return items;
  }

  std::optional<Json> number() {
    std::string digits;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  std::string_view("+-._").find(text_[at_]) != std::string_view::npos)) {
      digits += text_[at_++];
    }
    const bool negative = !digits.empty() && digits[0] == '-';
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
      digits.erase(0, 1);
    }
    if (digits.empty() || digits.front() == '_' || digits.back() == '_' || digits.find("__") != std::string::npos) {
      return std::nullopt;
    }
    std::erase(digits, '_');
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    std::int64_t whole = 0;
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0' && std::isdigit(static_cast<unsigned char>(digits[1])) == 0 &&
        digits[1] != '.') {
      base = digits[1] == 'x' || digits[1] == 'X'   ? 16
             : digits[1] == 'o' || digits[1] == 'O' ? 8
             : digits[1] == 'b'                     ? 2
                                                    : 10;
      begin += base == 10 ? 0 : 2;
    } else if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos &&
               digits.find_first_of(".eE") == std::string::npos) {
      return std::nullopt;  // Python 3 refuses 010
    }
    if (const auto [stop, error] = std::from_chars(begin, end, whole, base); error == std::errc{} && stop == end) {
      return negative ? -whole : whole;
    }
    if (std::isdigit(static_cast<unsigned char>(digits[0])) == 0 && digits[0] != '.') {
      return std::nullopt;  // inf and nan are names, not literals
    }
    double real = 0;
    const std::string padded = digits[0] == '.' ? "0" + digits : digits;
    if (const auto [stop, error] = std::from_chars(padded.data(), padded.data() + padded.size(), real);
        error == std::errc{} && stop == padded.data() + padded.size()) {
      return negative ? -real : real;
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Json python_literal_or_text(std::string_view text) {
  auto value = Reader(text).whole();
  return value ? std::move(*value) : Json(std::string(text));
}

}  // namespace cef::inventory
