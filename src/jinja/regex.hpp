#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run.hpp"

namespace cef::jinja {

/// Python's `re` by backtracking on a stack of its own, every step counted by the run: std::regex recurses, and long
/// input would overflow the stack. Not there: conditional groups, possessive quantifiers, \N and \p.
class Regex {
 public:
  struct Flags {
    bool ignore_case = false;
    bool multiline = false;
    bool dot_all = false;
    bool verbose = false;
  };
  /// Places in characters; first -1: the group took no part.
  using Match = std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>>;

  /// Fault (general) when the pattern is wrong.
  Regex(Run& run, const std::string& pattern, Flags flags);

  /// The first match from `from`; `here`: at that place only. `not_empty`: a match at `from` itself must not be empty.
  [[nodiscard]] std::optional<Match> search(const std::u32string& text, std::size_t from, bool here = false,
                                            bool not_empty = false) const;
  /// All matches that do not overlap, as re.finditer.
  [[nodiscard]] std::vector<Match> find_all(const std::u32string& text) const;
  [[nodiscard]] std::size_t groups() const { return groups_; }
  /// Number of a group by its name.
  [[nodiscard]] std::optional<std::size_t> group(const std::string& name) const;

  enum class Op {
    one,   ///< a character
    any,   ///< not a newline
    all,   ///< any character
    set,   ///< sets_[a], flag: negated
    fork,  ///< tries a, later b
    jump,  ///< to a
    save,  ///< slot a
    mark,  ///< slot a remembers the place
    loop,  ///< to b when there was progress since mark a
    line_start,
    line_end,
    text_start,
    text_end,
    text_end_or_newline,
    word_edge,  ///< flag: negated
    back,       ///< the text of group a again
    look,       ///< behind by a characters (-1: ahead), up to b; flag: negated
    accept,
  };
  struct Instruction {
    Op op;
    std::ptrdiff_t a = 0;
    std::ptrdiff_t b = 0;
    char32_t character = 0;
    bool flag = false;
    bool fold = false;
  };
  struct Set {
    std::vector<std::pair<char32_t, char32_t>> ranges;
    std::string classes;  ///< letters of \d \w \s \D \W \S
  };

 private:
  friend class RegexCompiler;
  friend class RegexMatcher;

  Run& run_;
  std::vector<Instruction> program_;
  std::vector<Set> sets_;
  std::map<std::string, std::size_t> names_;
  std::size_t groups_ = 0;
  std::size_t slots_ = 0;
};

}  // namespace cef::jinja
