#pragma once

#include "cef/cli/command.hpp"

namespace cef::cli {

/// What works on the files that 'cef bench --json' wrote: subcommands of bench.
void add_bench_report(CLI::App& bench, Action& action);
void add_bench_compare(CLI::App& bench, Action& action);

}  // namespace cef::cli
