#pragma once

#include <string_view>

#include "cef/core/json.hpp"

namespace cef::inventory {

/// A value as Ansible's INI reader sees it: a Python literal (number, string, True, None, list, tuple, dict) where it
/// is one, else the text itself.
core::Json python_literal_or_text(std::string_view text);

}  // namespace cef::inventory
