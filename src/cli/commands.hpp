#pragma once

#include <string>
#include <vector>

#include "cef/cli/command.hpp"

namespace cef::cli {

/// Every command of cef, in the order in which `--help` shows them.
[[nodiscard]] const std::vector<Register>& commands();

/// The name nearest to `typed` among `names` when it is near enough to be what was meant, else "".
[[nodiscard]] std::string nearest(const std::string& typed, const std::vector<std::string>& names);

}  // namespace cef::cli
