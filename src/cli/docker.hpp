#pragma once

#include "cef/cli/command.hpp"

namespace cef::cli {

/// The subcommands of `cef docker` that show what a program said.
void add_docker_run(CLI::App& parent, Action& action);
void add_docker_exec(CLI::App& parent, Action& action);
void add_docker_logs(CLI::App& parent, Action& action);

}  // namespace cef::cli
