#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "run.hpp"

// Work on strings that methods and filters share. What may grow is counted by the run.
namespace cef::jinja {

/// Python's str.split(): by white space when `by` is empty; `most` below 0: all.
[[nodiscard]] std::vector<std::string> split_text(const std::string& text, const std::string& by, std::int64_t most);
[[nodiscard]] std::vector<std::string> split_from_right(const std::string& text, const std::string& by,
                                                        std::int64_t most);
/// Python's str.splitlines().
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text, bool keep_ends = false);
[[nodiscard]] std::string replace_text(Run& run, const std::string& text, const std::string& from,
                                       const std::string& to, std::int64_t most);
/// Strips characters of `set`; an empty set is white space.
[[nodiscard]] std::string strip_text(const std::string& text, const std::string& set, bool left, bool right);
[[nodiscard]] std::string capitalize(const std::string& text);
/// As str.title() does, with `starts` (a letter after anything that is no letter), or as the filter does.
[[nodiscard]] std::string title(const std::string& text, bool filter);
/// Python's `format % arguments`.
[[nodiscard]] std::string percent_format(Run& run, const std::string& format, const Value& arguments);
/// Python's str.format().
[[nodiscard]] std::string brace_format(Run& run, const std::string& format, const Arguments& arguments);
/// As HTML; what is that already stays as it is.
[[nodiscard]] std::string html_escaped(const Value& value);
/// A field to `width` characters: '<', '>' or '^'.
[[nodiscard]] std::string pad(Run& run, const std::string& text, std::int64_t width, char side,
                              const std::string& fill = " ");

}  // namespace cef::jinja
