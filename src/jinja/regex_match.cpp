// Runs the instructions of a regular expression.
#include <algorithm>
#include <utility>

#include "regex.hpp"

namespace cef::jinja {

namespace {

constexpr std::size_t k_most_waiting = 4'000'000;  // entries of 24 bytes: about 100 MB

bool is_word(char32_t c) {
  return c == U'_' || (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
         (c >= 0xAA && c != 0xAB && c != 0xAC && c != 0xAD && c != 0xAE && c != 0xAF && c != 0xB0 && c != 0xB1 &&
          c != 0xB4 && c != 0xB6 && c != 0xB7 && c != 0xB8 && c != 0xBB && c != 0xBF && c != 0xD7 && c != 0xF7 &&
          !(c >= 0x2000 && c <= 0x206F));
}

bool is_white(char32_t c) {
  return c == U' ' || (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x1F) || c == 0x85 || c == 0xA0 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x3000;
}

bool in_class(char letter, char32_t c) {
  switch (letter) {
    case 'd':
      return c >= U'0' && c <= U'9';
    case 'D':
      return !(c >= U'0' && c <= U'9');
    case 'w':
      return is_word(c);
    case 'W':
      return !is_word(c);
    case 's':
      return is_white(c);
    default:
      return !is_white(c);
  }
}

char32_t other_case(char32_t c) {
  if ((c >= U'a' && c <= U'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7)) {
    return c - 32;
  }
  if ((c >= U'A' && c <= U'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) {
    return c + 32;
  }
  return c;
}

bool in_set(const Regex::Set& set, char32_t c) {
  return std::any_of(set.ranges.begin(), set.ranges.end(),
                     [c](const auto& range) { return c >= range.first && c <= range.second; }) ||
         std::any_of(set.classes.begin(), set.classes.end(), [c](char letter) { return in_class(letter, c); });
}

}  // namespace

class RegexMatcher {
 public:
  RegexMatcher(const Regex& regex, const std::u32string& text) : regex_(regex), text_(text), slots_(regex.slots_, -1) {}

  bool matches(std::size_t from, bool not_empty) {
    std::fill(slots_.begin(), slots_.end(), -1);
    waiting_.clear();
    start_ = static_cast<std::ptrdiff_t>(from);
    not_empty_ = not_empty;
    return run(0, start_, 0);
  }
  [[nodiscard]] Regex::Match groups() const {
    Regex::Match found;
    for (std::size_t at = 0; at <= regex_.groups_; ++at) {
      found.emplace_back(slots_[2 * at], slots_[2 * at + 1]);
      if (found.back().second < 0) {
        found.back().first = -1;
      }
    }
    return found;
  }

 private:
  /// A way not yet tried (slot -1), or what a slot held before.
  struct Waiting {
    std::ptrdiff_t slot;
    std::ptrdiff_t instruction;
    std::ptrdiff_t place;
  };

  [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(text_.size()); }
  [[nodiscard]] char32_t at(std::ptrdiff_t place) const { return text_[static_cast<std::size_t>(place)]; }
  void wait(Waiting one) {
    if (waiting_.size() >= k_most_waiting) {
      fault("a regular expression needs too much memory on this text");
    }
    waiting_.push_back(one);
  }
  void set_slot(std::ptrdiff_t slot, std::ptrdiff_t place) {
    auto& there = slots_[static_cast<std::size_t>(slot)];
    wait({slot, 0, there});
    there = place;
  }

  /// Back to the last way not tried above `base`; false: there is none.
  bool go_back(std::size_t base, std::ptrdiff_t& instruction, std::ptrdiff_t& place) {
    while (waiting_.size() > base) {
      const Waiting last = waiting_.back();
      waiting_.pop_back();
      if (last.slot < 0) {
        instruction = last.instruction;
        place = last.place;
        return true;
      }
      slots_[static_cast<std::size_t>(last.slot)] = last.place;
    }
    return false;
  }

  [[nodiscard]] bool edge(std::ptrdiff_t place) const {
    const bool before = place > 0 && is_word(at(place - 1));
    const bool after = place < size() && is_word(at(place));
    return before != after;
  }

  bool consumes(const Regex::Instruction& one, std::ptrdiff_t place) const {
    if (place >= size()) {
      return false;
    }
    const char32_t c = at(place);
    switch (one.op) {
      case Regex::Op::one:
        return c == one.character || (one.fold && other_case(c) == one.character);
      case Regex::Op::any:
        return c != U'\n';
      case Regex::Op::set: {
        const auto& set = regex_.sets_[static_cast<std::size_t>(one.a)];
        return (in_set(set, c) || (one.fold && in_set(set, other_case(c)))) != one.flag;
      }
      default:
        return true;
    }
  }

  bool holds(const Regex::Instruction& one, std::ptrdiff_t place) const {
    switch (one.op) {
      case Regex::Op::line_start:
        return place == 0 || at(place - 1) == U'\n';
      case Regex::Op::line_end:
        return place == size() || at(place) == U'\n';
      case Regex::Op::text_start:
        return place == 0;
      case Regex::Op::text_end:
        return place == size();
      case Regex::Op::text_end_or_newline:
        return place == size() || (place + 1 == size() && at(place) == U'\n');
      default:
        return edge(place) != one.flag;
    }
  }

  bool again(const Regex::Instruction& one, std::ptrdiff_t& place) const {
    const auto from = slots_[static_cast<std::size_t>(2 * one.a)];
    const auto to = slots_[static_cast<std::size_t>(2 * one.a + 1)];
    if (from < 0 || to < 0 || place + (to - from) > size()) {
      return false;
    }
    for (std::ptrdiff_t offset = 0; offset < to - from; ++offset) {
      const char32_t a = at(from + offset);
      const char32_t b = at(place + offset);
      if (a != b && !(one.fold && other_case(a) == b)) {
        return false;
      }
    }
    place += to - from;
    return true;
  }

  bool looks(const Regex::Instruction& one, std::ptrdiff_t instruction, std::ptrdiff_t place) {
    const std::ptrdiff_t from = one.a < 0 ? place : place - one.a;
    const std::size_t base = waiting_.size();
    const bool outer = std::exchange(looking_, true);
    const bool found = from >= 0 && run(instruction + 1, from, base);
    looking_ = outer;
    if (found && one.flag) {  // a negated look leaves no groups behind
      std::ptrdiff_t unused = 0;
      while (go_back(base, unused, unused)) {
      }
    } else if (found) {
      // Its other ways are not tried again, what its groups held before is kept.
      const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(base);
      waiting_.erase(std::remove_if(first, waiting_.end(), [](const Waiting& w) { return w.slot < 0; }),
                     waiting_.end());
    }
    return found != one.flag;
  }

  /// From an instruction to its `accept`; the levels of looks are those of the pattern.
  bool run(std::ptrdiff_t instruction, std::ptrdiff_t place, std::size_t base) {
    while (true) {
      regex_.run_.step();
      const Regex::Instruction& one = regex_.program_[static_cast<std::size_t>(instruction)];
      bool goes_on = true;
      switch (one.op) {
        case Regex::Op::one:
        case Regex::Op::any:
        case Regex::Op::all:
        case Regex::Op::set:
          goes_on = consumes(one, place);
          ++place;
          break;
        case Regex::Op::fork:
          wait({-1, one.b, place});
          instruction = one.a - 1;
          break;
        case Regex::Op::jump:
          instruction = one.a - 1;
          break;
        case Regex::Op::save:
        case Regex::Op::mark:
          set_slot(one.a, place);
          break;
        case Regex::Op::loop:
          instruction = slots_[static_cast<std::size_t>(one.a)] == place ? instruction : one.b - 1;
          break;
        case Regex::Op::back:
          regex_.run_.step(8);
          goes_on = again(one, place);
          break;
        case Regex::Op::look:
          goes_on = looks(one, instruction, place);
          instruction = one.b - 1;
          break;
        case Regex::Op::accept:
          if (looking_ || !not_empty_ || place != start_) {
            return true;
          }
          goes_on = false;
          break;
        default:
          goes_on = holds(one, place);
      }
      if (goes_on) {
        ++instruction;
      } else if (!go_back(base, instruction, place)) {
        return false;
      }
    }
  }

  const Regex& regex_;
  const std::u32string& text_;
  std::vector<std::ptrdiff_t> slots_;
  std::vector<Waiting> waiting_;
  std::ptrdiff_t start_ = 0;
  bool not_empty_ = false;
  bool looking_ = false;
};

std::optional<Regex::Match> Regex::search(const std::u32string& text, std::size_t from, bool here,
                                          bool not_empty) const {
  RegexMatcher matcher(*this, text);
  const bool at_start_only = program_.size() > 1 && program_[1].op == Op::text_start;
  for (std::size_t at = from; at <= text.size(); ++at) {
    if (matcher.matches(at, not_empty && at == from)) {
      return matcher.groups();
    }
    if (here || at_start_only) {
      break;
    }
  }
  return std::nullopt;
}

std::vector<Regex::Match> Regex::find_all(const std::u32string& text) const {
  std::vector<Match> found;
  std::size_t at = 0;
  bool not_empty = false;
  while (at <= text.size()) {
    auto match = search(text, at, false, not_empty);
    if (!match) {
      break;
    }
    run_.make_bytes(match->size() * sizeof(Match::value_type));
    at = static_cast<std::size_t>((*match)[0].second);
    not_empty = (*match)[0].first == (*match)[0].second;
    found.push_back(std::move(*match));
  }
  return found;
}

}  // namespace cef::jinja
