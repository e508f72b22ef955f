#pragma once

#include "cef/cli/command.hpp"

namespace cef::cli {

/// `cef monitor netspeed`: adds its subcommand below `monitor`.
void add_netspeed(CLI::App& monitor, Action& action);
/// `cef monitor history`: the same.
void add_history(CLI::App& monitor, Action& action);

}  // namespace cef::cli
