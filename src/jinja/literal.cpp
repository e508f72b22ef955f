// Literals of Python: what text that looks like a list, a map or a boolean is read back as.
#include <charconv>
#include <cstdlib>

#include "lexer.hpp"
#include "run.hpp"

namespace cef::jinja {

namespace {

constexpr int k_most_levels = 90;

/// nullopt anywhere: the text is no literal.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  std::optional<Value> whole() {
    auto value = one(0);
    spaces();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void spaces() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }
  bool skip(char c) {
    spaces();
    const bool found = here() == c;
    at_ += found ? 1 : 0;
    return found;
  }

  std::optional<Value> one(int level) {
    spaces();
    if (level > k_most_levels) {
      return std::nullopt;
    }
    const char c = here();
    if (c == '[' || c == '(') {
      return list(level);
    }
    if (c == '{') {
      return map(level);
    }
    if (c == '\'' || c == '"') {
      return strings();
    }
    if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) {
      return number();
    }
    return word();
  }

  std::optional<Value> word() {
    const std::size_t from = at_;
    while ((here() >= 'a' && here() <= 'z') || (here() >= 'A' && here() <= 'Z') || here() == '_' ||
           (here() >= '0' && here() <= '9')) {
      ++at_;
    }
    const std::string found = text_.substr(from, at_ - from);
    if (found == "True" || found == "true") {
      return make(true);
    }
    if (found == "False" || found == "false") {
      return make(false);
    }
    if ((found == "u" || found == "U") && (here() == '\'' || here() == '"')) {
      return strings();
    }
    return found == "None" || found == "null" ? std::optional(none()) : std::nullopt;
  }

  /// 0x1F, 0o17, 0b101.
  std::optional<Value> based_number(bool negative) {
    const char kind = here() == '0' && at_ + 1 < text_.size() ? static_cast<char>(text_[at_ + 1] | 0x20) : '\0';
    const int base = kind == 'x' ? 16 : (kind == 'o' ? 8 : (kind == 'b' ? 2 : 0));
    std::int64_t value = 0;
    if (base == 0) {
      return std::nullopt;
    }
    const char* const start = text_.data() + at_ + 2;
    const auto read = std::from_chars(start, text_.data() + text_.size(), value, base);
    if (read.ec != std::errc() || read.ptr == start || *start == '-') {
      return std::nullopt;
    }
    at_ = static_cast<std::size_t>(read.ptr - text_.data());
    return make(negative ? -value : value);
  }

  std::optional<Value> number() {
    const bool negative = here() == '-';
    at_ += here() == '-' || here() == '+' ? 1 : 0;
    if (const auto based = based_number(negative)) {
      return based;
    }
    const std::size_t from = at_;
    while ((here() >= '0' && here() <= '9') || here() == '.' || here() == '_' || here() == 'e' || here() == 'E' ||
           ((here() == '-' || here() == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))) {
      ++at_;
    }
    const std::string found = text_.substr(from, at_ - from);
    const char last = found.empty() ? '_' : found.back();
    const bool stuck = (here() >= 'a' && here() <= 'z') || (here() >= 'A' && here() <= 'Z');
    if (stuck || last == '_' || found.find('_') != std::string::npos) {
      return std::nullopt;
    }
    const char* const end = found.data() + found.size();
    if (found.find_first_of(".eE") == std::string::npos) {
      std::int64_t whole_number = 0;
      const bool octal = found.size() > 1 && found[0] == '0' && found.find_first_not_of('0') != std::string::npos;
      const auto read = std::from_chars(found.data(), end, whole_number);
      if (octal || read.ec != std::errc() || read.ptr != end) {
        return std::nullopt;
      }
      return make(negative ? -whole_number : whole_number);
    }
    double real = 0;
    const std::string padded = found[0] == '.' ? "0" + found : found;
    const auto read = std::from_chars(padded.data(), padded.data() + padded.size(), real);
    if (read.ec != std::errc() || read.ptr != padded.data() + padded.size()) {
      return std::nullopt;
    }
    return make(negative ? -real : real);
  }

  /// One string or several that stand beside each other.
  std::optional<Value> strings() {
    std::string joined;
    do {
      const char quote = here();
      if (text_.compare(at_, 3, std::string(3, quote)) == 0 && at_ + 3 < text_.size()) {
        return std::nullopt;  // triple quotes
      }
      std::size_t end = at_ + 1;
      while (end < text_.size() && text_[end] != quote) {
        if (text_[end] == '\n') {
          return std::nullopt;
        }
        end += text_[end] == '\\' ? 2 : 1;
      }
      if (end >= text_.size()) {
        return std::nullopt;
      }
      try {
        joined += tokens_of_expression(std::string_view(text_).substr(at_, end + 1 - at_)).front().text;
      } catch (const Fault&) {
        return std::nullopt;
      }
      at_ = end + 1;
      spaces();
    } while (here() == '\'' || here() == '"');
    return make(std::move(joined));
  }

  std::optional<Value> list(int level) {
    const bool tuple = here() == '(';
    const char end = tuple ? ')' : ']';
    ++at_;
    std::vector<Value> items;
    bool comma = false;
    while (!skip(end)) {
      if (!items.empty() && !comma) {
        return std::nullopt;
      }
      auto item = one(level + 1);
      if (!item) {
        return std::nullopt;
      }
      items.push_back(std::move(*item));
      comma = skip(',');
    }
    if (tuple && items.size() == 1 && !comma) {
      return items[0];
    }
    return items.empty() && comma ? std::nullopt : std::optional(make_list(std::move(items), tuple));
  }

  std::optional<Value> map(int level) {
    ++at_;
    std::vector<Map::Entry> found;
    bool comma = false;
    while (!skip('}')) {
      if (!found.empty() && !comma) {
        return std::nullopt;
      }
      auto key = one(level + 1);
      if (!key || !skip(':')) {
        return std::nullopt;
      }
      auto value = one(level + 1);
      if (!value || type_of(*key) == Type::list || type_of(*key) == Type::map) {
        return std::nullopt;
      }
      found.emplace_back(std::move(*key), std::move(*value));
      comma = skip(',');
    }
    return found.empty() && comma ? std::nullopt : std::optional(make_map(std::move(found)));
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Value> literal(const std::string& text) {
  return Reader(text).whole();
}

}  // namespace cef::jinja
