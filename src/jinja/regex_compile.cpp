// Patterns of Python's `re` → instructions.
#include <algorithm>
#include <tuple>

#include "regex.hpp"

namespace cef::jinja {

namespace {

constexpr std::size_t k_most_instructions = 20'000;
constexpr int k_most_levels = 60;
constexpr std::ptrdiff_t k_most_repeats = 10'000;
constexpr std::ptrdiff_t k_no_end = -1;

}  // namespace

class RegexCompiler {
 public:
  RegexCompiler(Regex& regex, const std::string& pattern, Regex::Flags flags)
      : regex_(regex), pattern_(decode(pattern)), shown_(pattern), flags_(flags) {}

  void run() {
    emit({Regex::Op::save, 0});
    alternatives(0);
    if (at_ < pattern_.size()) {
      wrong("unbalanced parenthesis");
    }
    emit({Regex::Op::save, 1});
    emit({Regex::Op::accept});
    for (const auto& [number, where] : back_references_) {
      if (number > regex_.groups_) {
        at_ = where;
        wrong("invalid group reference " + std::to_string(number));
      }
    }
    // Slots of the groups come first, those of the loops behind them.
    const auto first_mark = static_cast<std::ptrdiff_t>(2 * (regex_.groups_ + 1));
    for (auto& instruction : regex_.program_) {
      if (instruction.op == Regex::Op::mark || instruction.op == Regex::Op::loop) {
        instruction.a += first_mark;
      }
    }
    regex_.slots_ = static_cast<std::size_t>(first_mark) + marks_;
  }

 private:
  using Code = std::vector<Regex::Instruction>;

  [[noreturn]] void wrong(const std::string& why) const {
    fault("the regular expression " + repr_of_text(shown_.substr(0, 200)) + " is wrong: " + why + " at position " +
          std::to_string(at_));
  }
  Code& code() { return regex_.program_; }
  void emit(Regex::Instruction instruction) {
    if (code().size() >= k_most_instructions) {
      wrong("it is too big");
    }
    regex_.run_.step();
    instruction.fold = flags_.ignore_case;
    code().push_back(instruction);
  }
  [[nodiscard]] std::ptrdiff_t here() { return static_cast<std::ptrdiff_t>(code().size()); }
  [[nodiscard]] bool more() const { return at_ < pattern_.size(); }
  [[nodiscard]] bool next_is(char32_t c) const { return more() && pattern_[at_] == c; }
  bool skip(char32_t c) {
    const bool found = next_is(c);
    at_ += found ? 1 : 0;
    return found;
  }
  bool skip_text(std::u32string_view text) {
    const bool found = std::u32string_view(pattern_).substr(at_, text.size()) == text;
    at_ += found ? text.size() : 0;
    return found;
  }

  /// Puts an instruction in front of what was emitted from `from` on; jumps in it move along.
  void insert(std::ptrdiff_t from, Regex::Instruction instruction) {
    emit(instruction);
    std::rotate(code().begin() + from, code().end() - 1, code().end());
    for (auto at = from + 1; at < here(); ++at) {
      shift(code()[static_cast<std::size_t>(at)], from, 1);
    }
  }
  static void shift(Regex::Instruction& one, std::ptrdiff_t from, std::ptrdiff_t by) {
    const bool has_a = one.op == Regex::Op::fork || one.op == Regex::Op::jump;
    const bool has_b = one.op == Regex::Op::fork || one.op == Regex::Op::loop || one.op == Regex::Op::look;
    one.a += has_a && one.a >= from ? by : 0;
    one.b += has_b && one.b >= from ? by : 0;
  }

  void alternatives(int level) {
    if (level > k_most_levels) {
      wrong("it is nested too deep");
    }
    const Regex::Flags outer = flags_;
    const std::ptrdiff_t from = here();
    sequence(level);
    std::vector<std::ptrdiff_t> ends;
    std::ptrdiff_t start = from;
    while (skip(U'|')) {
      insert(start, {Regex::Op::fork, start + 1, 0});
      for (auto& end : ends) {
        end += end >= start ? 1 : 0;
      }
      ends.push_back(here());
      emit({Regex::Op::jump});
      code()[static_cast<std::size_t>(start)].b = here();
      start = here();
      sequence(level);
    }
    for (const std::ptrdiff_t end : ends) {
      code()[static_cast<std::size_t>(end)].a = here();
    }
    if (level > 0) {
      flags_ = outer;
    }
  }

  void sequence(int level) {
    while (more() && !next_is(U'|') && !next_is(U')')) {
      if (flags_.verbose &&
          (pattern_[at_] == U'#' || (pattern_[at_] < 128 && is_space(static_cast<char>(pattern_[at_]))))) {
        at_ = pattern_[at_] == U'#' ? std::min(pattern_.find(U'\n', at_), pattern_.size()) : at_ + 1;
        continue;
      }
      const std::ptrdiff_t from = here();
      const bool repeatable = atom(level);
      quantifier(from, repeatable);
    }
  }

  /// False: nothing that can be repeated (an edge, a flag).
  bool atom(int level) {
    const char32_t c = pattern_[at_++];
    switch (c) {
      case U'.':
        emit({flags_.dot_all ? Regex::Op::all : Regex::Op::any});
        return true;
      case U'^':
        emit({flags_.multiline ? Regex::Op::line_start : Regex::Op::text_start});
        return false;
      case U'$':
        emit({flags_.multiline ? Regex::Op::line_end : Regex::Op::text_end_or_newline});
        return false;
      case U'(':
        return group(level);
      case U'[':
        char_set();
        return true;
      case U'\\':
        return escape();
      case U'*':
      case U'+':
      case U'?':
        --at_;
        wrong("nothing to repeat");
      default:
        emit({Regex::Op::one, 0, 0, c});
        return true;
    }
  }

  void close() {
    if (!skip(U')')) {
      wrong("missing ), unterminated subpattern");
    }
  }

  bool group(int level) {
    if (!skip(U'?')) {
      capture(level, "");
      return true;
    }
    if (skip_text(U"P<")) {
      capture(level, name_until(U'>'));
      return true;
    }
    if (skip_text(U"P=")) {
      const std::string name = name_until(U')');
      if (!regex_.names_.contains(name)) {
        wrong("unknown group name '" + name + "'");
      }
      emit({Regex::Op::back, static_cast<std::ptrdiff_t>(regex_.names_[name])});
      return true;
    }
    if (skip(U'#')) {
      while (more() && !next_is(U')')) {
        ++at_;
      }
      close();
      return false;
    }
    for (const auto& [sign, behind, negated] : {std::tuple(U"=", false, false), std::tuple(U"!", false, true),
                                                std::tuple(U"<=", true, false), std::tuple(U"<!", true, true)}) {
      if (skip_text(sign)) {
        look(level, behind, negated);
        return true;
      }
    }
    return flag_group(level);
  }

  void capture(int level, const std::string& name) {
    const std::size_t number = ++regex_.groups_;
    if (!name.empty() && !regex_.names_.emplace(name, number).second) {
      wrong("redefinition of group name '" + name + "'");
    }
    const auto slot = static_cast<std::ptrdiff_t>(2 * number);
    emit({Regex::Op::save, slot});
    alternatives(level + 1);
    emit({Regex::Op::save, slot + 1});
    close();
  }

  std::string name_until(char32_t end) {
    std::string name;
    while (more() && !next_is(end)) {
      const char32_t c = pattern_[at_++];
      const bool letter = c == U'_' || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || c > 127;
      if (!letter && (name.empty() || c < U'0' || c > U'9')) {
        wrong("bad character in group name");
      }
      append_utf8(name, c);
    }
    if (name.empty() || !skip(end)) {
      wrong("missing group name");
    }
    return name;
  }

  bool flag_group(int level) {
    Regex::Flags flags = flags_;
    bool on = true;
    for (; more() && !next_is(U':') && !next_is(U')'); ++at_) {
      const char32_t c = pattern_[at_];
      bool Regex::Flags::*flag = c == U'i'   ? &Regex::Flags::ignore_case
                                 : c == U'm' ? &Regex::Flags::multiline
                                 : c == U's' ? &Regex::Flags::dot_all
                                 : c == U'x' ? &Regex::Flags::verbose
                                             : nullptr;
      if (flag != nullptr) {
        flags.*flag = on;
      } else if (c == U'-' && on) {
        on = false;
      } else if (c != U'a' && c != U'u') {
        wrong("an extension (?" + std::string(1, c < 128 ? static_cast<char>(c) : '?') + " that is not supported");
      }
    }
    if (skip(U')')) {  // for all that follows
      flags_ = flags;
      return false;
    }
    const Regex::Flags outer = std::exchange(flags_, flags);
    if (!skip(U':')) {
      wrong("missing : in a group");
    }
    alternatives(level + 1);
    flags_ = outer;
    close();
    return true;
  }

  void look(int level, bool behind, bool negated) {
    const std::ptrdiff_t from = here();
    emit({Regex::Op::look, -1, 0, 0, negated});
    alternatives(level + 1);
    const std::ptrdiff_t width = behind ? width_of(from + 1, here()) : -1;
    emit({Regex::Op::accept});
    code()[static_cast<std::size_t>(from)].a = width;
    code()[static_cast<std::size_t>(from)].b = here();
    close();
  }

  /// The one width of all ways from `from` to `to`.
  std::ptrdiff_t width_of(std::ptrdiff_t from, std::ptrdiff_t to) {
    std::ptrdiff_t width = 0;
    for (std::ptrdiff_t at = from; at < to;) {
      const Regex::Instruction& one = code()[static_cast<std::size_t>(at)];
      switch (one.op) {
        case Regex::Op::one:
        case Regex::Op::any:
        case Regex::Op::all:
        case Regex::Op::set:
          ++width;
          ++at;
          break;
        case Regex::Op::fork: {
          // Alternatives: fork, first way, jump to the end, second way.
          const std::ptrdiff_t jump = one.b - 1;
          const Regex::Instruction& last = code()[static_cast<std::size_t>(std::max<std::ptrdiff_t>(jump, 0))];
          if (one.a != at + 1 || one.b <= at + 1 || last.op != Regex::Op::jump || last.a < one.b || last.a > to) {
            wrong("look-behind requires fixed-width pattern");
          }
          const std::ptrdiff_t end = last.a;
          const std::ptrdiff_t first = width_of(at + 1, jump);
          if (first != width_of(one.b, end)) {
            wrong("look-behind requires fixed-width pattern");
          }
          width += first;
          at = end;
          break;
        }
        case Regex::Op::back:
        case Regex::Op::jump:
        case Regex::Op::loop:
          wrong("look-behind requires fixed-width pattern");
        case Regex::Op::look:
          at = one.b;
          break;
        default:
          ++at;
      }
    }
    return width;
  }

  bool escape() {
    if (!more()) {
      wrong("bad escape (end of pattern)");
    }
    const char32_t c = pattern_[at_++];
    switch (c) {
      case U'b':
      case U'B':
        emit({Regex::Op::word_edge, 0, 0, 0, c == U'B'});
        return false;
      case U'A':
        emit({Regex::Op::text_start});
        return false;
      case U'Z':
        emit({Regex::Op::text_end});
        return false;
      default:
        break;
    }
    if (std::u32string_view(U"dDwWsS").find(c) != std::u32string_view::npos) {
      add_set({{}, std::string(1, static_cast<char>(c))}, false);
      return true;
    }
    if (c >= U'1' && c <= U'9') {
      std::size_t number = c - U'0';
      if (more() && pattern_[at_] >= U'0' && pattern_[at_] <= U'9') {
        number = number * 10 + (pattern_[at_++] - U'0');
      }
      back_references_.emplace_back(number, at_);
      if (number > regex_.groups_) {
        wrong("invalid group reference " + std::to_string(number));
      }
      emit({Regex::Op::back, static_cast<std::ptrdiff_t>(number)});
      return true;
    }
    --at_;
    emit({Regex::Op::one, 0, 0, escaped_character()});
    return true;
  }

  /// After a backslash.
  char32_t escaped_character() {
    const char32_t c = pattern_[at_++];
    static constexpr std::u32string_view k_letters = U"nrtfva";
    static constexpr std::u32string_view k_meanings = U"\n\r\t\f\v\a";
    if (const std::size_t known = k_letters.find(c); known != std::u32string_view::npos) {
      return k_meanings[known];
    }
    if (c == U'x' || c == U'u' || c == U'U') {
      return number(c == U'x' ? 2 : (c == U'u' ? 4 : 8), 16, true);
    }
    if (c >= U'0' && c <= U'7') {
      --at_;
      return number(3, 8, false);
    }
    if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z')) {
      wrong("bad escape \\" + std::string(1, static_cast<char>(c)));
    }
    return c;
  }

  char32_t number(int digits, char32_t base, bool all) {
    char32_t value = 0;
    int count = 0;
    for (; count < digits && more(); ++count, ++at_) {
      const char32_t c = pattern_[at_];
      const char32_t digit = c >= U'0' && c <= U'9'
                                 ? c - U'0'
                                 : ((c | 0x20U) >= U'a' && (c | 0x20U) <= U'f' ? (c | 0x20U) - U'a' + 10 : 99);
      if (digit >= base) {
        break;
      }
      value = value * base + digit;
    }
    if ((all && count < digits) || value > 0x10FFFF) {
      wrong("incomplete escape");
    }
    return value;
  }

  void add_set(Regex::Set set, bool negated) {
    regex_.sets_.push_back(std::move(set));
    emit({Regex::Op::set, static_cast<std::ptrdiff_t>(regex_.sets_.size()) - 1, 0, 0, negated});
  }

  /// One character of a set, or U+110000 when it is a class, which is noted.
  char32_t set_character(Regex::Set& set) {
    const char32_t c = pattern_[at_++];
    if (c != U'\\') {
      return c;
    }
    if (!more()) {
      wrong("unterminated character set");
    }
    if (std::u32string_view(U"dDwWsS").find(pattern_[at_]) != std::u32string_view::npos) {
      set.classes += static_cast<char>(pattern_[at_++]);
      return 0x110000;
    }
    if (skip(U'b')) {
      return U'\b';
    }
    return escaped_character();
  }

  void char_set() {
    Regex::Set set;
    const bool negated = skip(U'^');
    bool first = true;
    while (first || !next_is(U']')) {
      first = false;
      if (!more()) {
        wrong("unterminated character set");
      }
      const char32_t low = set_character(set);
      char32_t high = low;
      if (low <= 0x10FFFF && next_is(U'-') && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != U']') {
        ++at_;
        high = set_character(set);
        if (high > 0x10FFFF || high < low) {
          wrong("bad character range");
        }
      }
      if (low <= 0x10FFFF) {
        set.ranges.emplace_back(low, high);
      }
    }
    ++at_;
    add_set(std::move(set), negated);
  }

  /// {n}, {n,}, {,m}, {n,m}; false: it is no quantifier and the brace is itself.
  bool braces(std::ptrdiff_t& least, std::ptrdiff_t& most) {
    const std::size_t before = at_++;
    const auto digits = [&](std::ptrdiff_t otherwise) {
      std::ptrdiff_t value = -1;
      while (more() && pattern_[at_] >= U'0' && pattern_[at_] <= U'9') {
        value = std::min<std::ptrdiff_t>(
            std::max<std::ptrdiff_t>(value, 0) * 10 + static_cast<std::ptrdiff_t>(pattern_[at_++] - U'0'), 1'000'000);
      }
      return value < 0 ? otherwise : value;
    };
    least = digits(-2);
    const bool comma = skip(U',');
    most = comma ? digits(k_no_end) : least;
    if (!skip(U'}') || (least == -2 && (!comma || most == k_no_end))) {
      at_ = before;
      return false;
    }
    least = std::max<std::ptrdiff_t>(least, 0);
    if (most != k_no_end && least > most) {
      wrong("min repeat greater than max repeat");
    }
    if (least > k_most_repeats || most > k_most_repeats) {
      wrong("more than " + std::to_string(k_most_repeats) + " repeats");
    }
    return true;
  }

  void quantifier(std::ptrdiff_t from, bool repeatable) {
    std::ptrdiff_t least = 0;
    std::ptrdiff_t most = k_no_end;
    if (skip(U'+')) {
      least = 1;
    } else if (skip(U'?')) {
      most = 1;
    } else if (!skip(U'*')) {
      if (!next_is(U'{') || !braces(least, most)) {
        return;
      }
    }
    if (!repeatable) {
      wrong("nothing to repeat");
    }
    const bool lazy = skip(U'?');
    if (next_is(U'*') || next_is(U'+') || next_is(U'?')) {
      wrong("multiple repeat");
    }
    repeat(from, least, most, lazy);
  }

  void repeat(std::ptrdiff_t from, std::ptrdiff_t least, std::ptrdiff_t most, bool lazy) {
    const Code body(code().begin() + from, code().end());
    code().resize(static_cast<std::size_t>(from));
    for (std::ptrdiff_t count = 0; count < least; ++count) {
      copy_at(body, from);
    }
    const auto fork = [&] {
      emit({Regex::Op::fork, here() + 1, 0});
      return here() - 1;
    };
    const auto finish = [&](std::ptrdiff_t at) {
      auto& one = code()[static_cast<std::size_t>(at)];
      one.b = here();
      if (lazy) {
        std::swap(one.a, one.b);
      }
    };
    if (most == k_no_end) {
      const std::ptrdiff_t start = fork();
      const auto mark = static_cast<std::ptrdiff_t>(marks_++);
      emit({Regex::Op::mark, mark});
      copy_at(body, from);
      emit({Regex::Op::loop, mark, start});
      finish(start);
      return;
    }
    std::vector<std::ptrdiff_t> forks;
    for (std::ptrdiff_t count = least; count < most; ++count) {
      forks.push_back(fork());
      copy_at(body, from);
    }
    for (const std::ptrdiff_t at : forks) {
      finish(at);
    }
  }

  /// A copy of a body that was compiled for `from`.
  void copy_at(const Code& body, std::ptrdiff_t from) {
    const std::ptrdiff_t by = here() - from;
    for (Regex::Instruction one : body) {
      shift(one, from, by);
      const bool fold = one.fold;
      emit(one);
      code().back().fold = fold;
    }
  }

  Regex& regex_;
  std::u32string pattern_;
  const std::string& shown_;
  Regex::Flags flags_;
  std::vector<std::pair<std::size_t, std::size_t>> back_references_;
  std::size_t at_ = 0;
  std::size_t marks_ = 0;
};

Regex::Regex(Run& run, const std::string& pattern, Flags flags) : run_(run) {
  RegexCompiler(*this, pattern, flags).run();
}

std::optional<std::size_t> Regex::group(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace cef::jinja
