#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::playbook {

/// Words of "copy src=a dest='b c' mode={{ m | default(1) }}": blanks in quotes and in {{ }}, {% %}, {# #} do not
/// divide; line ends stay in the words. Error (usage): quotes or braces that do not end.
[[nodiscard]] core::Result<std::vector<std::string>> split_words(const std::string& text);

struct KeyValues {
  std::vector<std::pair<std::string, std::string>> values;
  std::string free_text;  ///< what has no key
};

/// Ansible's key=value form. Of a command (`command`) only creates, removes, chdir, executable, warn, stdin,
/// stdin_add_newline and strip_empty_ends are keys, all else is its text.
[[nodiscard]] core::Result<KeyValues> split_key_values(const std::string& text, bool command);

}  // namespace cef::playbook
