#pragma once

#include <vector>

#include "cef/cli/command.hpp"

namespace cef::cli {

/// Every command of cef, in the order in which `--help` shows them.
[[nodiscard]] const std::vector<Register>& commands();

}  // namespace cef::cli
