#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cef/jinja/template.hpp"
#include "fault.hpp"

namespace cef::jinja {

struct Token {
  enum class Kind {
    data,
    block_begin,
    block_end,
    variable_begin,
    variable_end,
    name,
    string,
    integer,
    floating,
    sign,
    end
  };
  Kind kind = Kind::end;
  std::string text;  ///< of data, names, numbers (without underscores) and strings (unescaped)
  Place place;
};

/// How a text is cut into tokens.
struct Dialect {
  TemplateOptions options;
  /// In the strings of {{ }} backslashes are plain characters: what Ansible does to values of playbooks, but not to
  /// files of the template module.
  bool raw_backslashes = false;
};

/// Data, tags and what is in them; whitespace control, comments and raw blocks are done here. Throws Fault (usage).
[[nodiscard]] std::vector<Token> tokens_of_text(std::string_view text, const Dialect& dialect);
/// A bare expression.
[[nodiscard]] std::vector<Token> tokens_of_expression(std::string_view text);

}  // namespace cef::jinja
