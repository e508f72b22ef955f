#pragma once

#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::inventory {

/// "web[01:03]" → web01 web02 web03; "[a:c]", "[1:10:2]", several ranges in a name. A name without a range is itself.
/// Error without file and line.
core::Result<std::vector<std::string>> expand_range(const std::string& pattern);

}  // namespace cef::inventory
