// Ansible's INI inventory: sections [group], [group:vars] and [group:children].
#include <algorithm>
#include <optional>
#include <sstream>

#include "builder.hpp"
#include "cef/core/near_name.hpp"
#include "cef/core/text.hpp"
#include "cef/core/yaml.hpp"
#include "python_literal.hpp"

namespace cef::inventory {

using core::Result;

namespace {

/// Words as Python's shlex splits them (POSIX rules, `#` begins a comment); nothing when a quote is not closed.
std::optional<std::vector<std::string>> split_words(const std::string& line) {
  std::vector<std::string> words;
  bool open = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else if (quote == '"' && c == '\\' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\')) {
        words.back() += line[++i];
      } else {
        words.back() += c;
      }
      continue;
    }
    if (c == '#') {
      break;
    }
    if (c == ' ' || c == '\t') {
      open = false;
      continue;
    }
    if (!open) {
      words.emplace_back();
      open = true;
    }
    if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '\\' && i + 1 < line.size()) {
      words.back() += line[++i];
    } else {
      words.back() += c;
    }
  }
  return quote == 0 ? std::optional(std::move(words)) : std::nullopt;
}

class IniReader {
 public:
  IniReader(Builder& builder, const std::string& file) : builder_(builder), place_{file, 0} {}

  Result<void> read(const std::string& text) {
    std::istringstream lines(text);
    std::string raw;
    bool anything = false;
    while (std::getline(lines, raw)) {
      ++place_.line;
      const std::string line = core::trim(raw);
      if (line.empty() || line[0] == '#' || line[0] == ';') {
        continue;
      }
      anything = true;
      auto done = line[0] == '[' && is_section(line) ? open_section(line)
                  : kind_ == "vars"                  ? read_variable(line)
                  : kind_ == "children"              ? read_child(line)
                                                     : read_host(line);
      if (!done) {
        return done;
      }
    }
    place_.line = std::max(place_.line, 1);
    return anything ? Result<void>{} : place_.refuse("is empty; write at least one host");
  }

 private:
  /// "[web]" is a section, "[2001:db8::1]:22" and "[a:c].example" are hosts.
  static bool is_section(const std::string& line) {
    const std::string rest = core::trim(line.substr(std::min(line.find(']'), line.size() - 1) + 1));
    return rest.empty() || rest[0] == '#' || rest[0] == ';';
  }

  Result<void> open_section(const std::string& line) {
    const std::size_t close = line.find(']');
    if (close == std::string::npos) {
      return place_.refuse("section '" + line + "' has no ']'");
    }
    const std::string inside = line.substr(1, close - 1);
    const std::size_t colon = inside.find(':');
    group_ = core::trim(inside.substr(0, colon));
    kind_ = colon == std::string::npos ? "hosts" : core::trim(inside.substr(colon + 1));
    if (kind_ != "hosts" && kind_ != "vars" && kind_ != "children") {
      return place_.refuse("section '[" + inside + "]' has the unknown kind '" + kind_ + "'; write [" + group_ +
                           "], [" + group_ + ":vars] or [" + group_ + ":children]" +
                           core::did_you_mean(kind_, {"vars", "children"}));
    }
    return builder_.add_group(group_, place_, kind_ != "vars");
  }

  Result<void> read_variable(const std::string& line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      return place_.refuse("'" + line + "' is not NAME=VALUE, which [" + group_ + ":vars] needs");
    }
    return builder_.set_group_vars(
        group_, {{core::trim(line.substr(0, equals)), python_literal_or_text(core::trim(line.substr(equals + 1)))}},
        place_);
  }

  Result<void> read_child(const std::string& line) {
    const auto words = split_words(line);
    if (!words || words->size() != 1) {
      return place_.refuse("'" + line + "' is not one group's name, which [" + group_ + ":children] needs");
    }
    if (auto added = builder_.add_group(words->front(), place_, false); !added) {
      return added;
    }
    return builder_.add_child(group_, words->front(), place_);
  }

  Result<void> read_host(const std::string& line) {
    const auto words = split_words(line);
    if (!words) {
      return place_.refuse("a quote is not closed");
    }
    Variables vars;
    for (std::size_t i = 1; i < words->size(); ++i) {
      const std::string& word = (*words)[i];
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos || equals == 0) {
        return place_.refuse("'" + word + "' after the host's name is not NAME=VALUE; put one host on a line");
      }
      vars[word.substr(0, equals)] = python_literal_or_text(word.substr(equals + 1));
    }
    return builder_.add_hosts(group_, words->front(), vars, place_);
  }

  Builder& builder_;
  Place place_;
  std::string group_ = "ungrouped";
  std::string kind_ = "hosts";
};

}  // namespace

Result<void> read_ini(Builder& builder, const std::string& text, const std::string& file) {
  if (const int line = core::first_line_not_utf8(text); line != 0) {
    return Place{file, line}.refuse("is not UTF-8; save the file as UTF-8");
  }
  return IniReader(builder, file).read(text);
}

}  // namespace cef::inventory
