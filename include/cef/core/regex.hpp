#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::core {

struct RegexOptions {
  bool ignore_case = false;
  bool multi_line = false;  ///< ^ and $ also at the ends of lines
  bool dot_all = false;     ///< . also matches a newline
  bool unicode = true;      ///< as Python's str patterns; false: bytes, classes are ASCII
};

/// Where a match and its groups are, as offsets in bytes; group 0 is the whole. nullopt: the group took no part.
struct RegexMatch {
  std::vector<std::optional<std::pair<std::size_t, std::size_t>>> groups;
  [[nodiscard]] std::size_t begin() const { return groups.front()->first; }
  [[nodiscard]] std::size_t end() const { return groups.front()->second; }
  /// "" for a group that took no part.
  [[nodiscard]] std::string_view group(std::string_view subject, std::size_t number) const;
};

/// A regular expression in the syntax of Python's `re`. Matching is bounded in steps and memory: what goes beyond is an
/// error (general), as is an invalid pattern (usage). Copies share the compiled pattern; thread-safe.
class Regex {
 public:
  static Result<Regex> compile(std::string_view pattern, RegexOptions options = {});

  /// The first match that begins at `from` or after.
  [[nodiscard]] Result<std::optional<RegexMatch>> search(std::string_view subject, std::size_t from = 0) const;
  /// A match that begins at `from`.
  [[nodiscard]] Result<std::optional<RegexMatch>> match(std::string_view subject, std::size_t from = 0) const;
  /// A match of the whole subject.
  [[nodiscard]] Result<std::optional<RegexMatch>> full_match(std::string_view subject) const;
  /// All matches that do not overlap, as Python's finditer.
  [[nodiscard]] Result<std::vector<RegexMatch>> find_all(std::string_view subject) const;
  /// As Python's sub: `replacement` may hold \1, \g<1>, \g<name>, \n. `count` 0: all. `made` gets the number made.
  [[nodiscard]] Result<std::string> replace(std::string_view subject, std::string_view replacement,
                                            std::size_t count = 0, std::size_t* made = nullptr) const;
  /// As Python's Match.expand.
  [[nodiscard]] Result<std::string> expand(std::string_view replacement, std::string_view subject,
                                           const RegexMatch& match) const;

  [[nodiscard]] std::size_t group_count() const noexcept;
  /// The number of the group of this name.
  [[nodiscard]] std::optional<std::size_t> group_number(std::string_view name) const;

  /// Escapes as Python's re.escape.
  [[nodiscard]] static std::string escape(std::string_view text);

 private:
  struct Code;
  explicit Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  [[nodiscard]] Result<std::optional<RegexMatch>> run(std::string_view subject, std::size_t from,
                                                      unsigned options) const;
  std::shared_ptr<const Code> code_;
};

}  // namespace cef::core
