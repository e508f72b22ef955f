#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::core {

enum class YamlKind { null, scalar, list, map };

struct YamlEntry;

/// A value of a YAML document with the place where it stands. Aliases are expanded, `<<` is merged (keys of the map
/// itself win), duplicate keys were refused.
struct YamlNode {
  YamlKind kind = YamlKind::null;
  std::string text;     ///< of a scalar, unresolved
  bool quoted = false;  ///< a quoted or block scalar is always a string
  std::string tag;      ///< "!vault" and the like; empty for the standard ones
  int line = 0;         ///< from 1
  int column = 0;       ///< from 1
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;

  /// The value of a key of a map; nullptr when there is none.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  /// Plain scalars by YAML 1.1's rules as PyYAML reads them: yes/no/on/off are booleans, 010 is octal, 1:30 is 90.
  [[nodiscard]] Json to_json() const;
};

/// A key of a map and its value.
struct YamlEntry {
  YamlNode first;
  YamlNode second;
};

/// What a plain scalar is by YAML 1.1: null, boolean, integer, float or string.
[[nodiscard]] Json resolve_yaml_scalar(std::string_view text);

/// Reads one document; an empty file is a null node. Errors (usage) begin with "ORIGIN:LINE:COLUMN: ". Refused: what is
/// not UTF-8, a line that begins with a tab, a second document, more than 64 levels, aliases that expand beyond a
/// million nodes.
[[nodiscard]] Result<YamlNode> parse_yaml(std::string_view text, std::string_view origin);

/// Control characters become spaces: for messages that quote what was read.
[[nodiscard]] std::string on_one_line(std::string text);

/// The first line (from 1) that is not UTF-8, 0 when all is.
[[nodiscard]] int first_line_not_utf8(std::string_view text);

}  // namespace cef::core
