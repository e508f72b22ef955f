#pragma once

#include <string>

#include "run.hpp"

namespace cef::jinja {

struct YamlStyle {
  int indent = 2;
  int width = 80;
  bool sort_keys = true;
  bool flow_leaves = false;  ///< lists and maps of scalars only stand in one line
  bool explicit_start = false;
};

/// A value as PyYAML writes it.
[[nodiscard]] std::string yaml_text(Run& run, const Value& value, const YamlStyle& style);

}  // namespace cef::jinja
