#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::modules {

/// Text that JSON can hold: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string valid_text(std::string_view bytes);
/// As Python's str.splitlines.
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);
/// Words between blanks.
[[nodiscard]] std::vector<std::string> words_of(const std::string& text);
/// Without the characters of `strip` at its end.
[[nodiscard]] std::string strip_end(std::string text, std::string_view strip);

/// Words as Python's shlex.split takes a command apart. Error (general): "No closing quotation".
[[nodiscard]] core::Result<std::vector<std::string>> split_words(std::string_view command);

/// A path or argument as a shell word: a leading ~ and $NAME mean what they mean on the host (variables that are not
/// set stay as they are written), all else is itself.
[[nodiscard]] std::string path_word(std::string_view path);
/// The same with *, ? and [...] as patterns of file names.
[[nodiscard]] std::string glob_word(std::string_view pattern);

/// Text as it is; lists and maps as Python's json.dumps writes them, other values as Python's str.
[[nodiscard]] std::string python_json(const core::Json& value);

/// Fields that a script ended with a NUL each; what comes after the last one is `rest`.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}
  /// "" when there are no more.
  std::string next();
  [[nodiscard]] std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

}  // namespace cef::modules
