#pragma once

#include "cef/cli/command.hpp"
#include "cef/operation/history.hpp"
#include "cef/operation/monitor.hpp"

namespace cef::cli {

/// The live table, until q or Ctrl-C; `store` may be null. Errors: usage (no terminal); what goes wrong with `store`.
core::Result<operation::MonitorStreamResult> watch(const operation::MonitorOptions& options,
                                                   operation::HistoryStore* store, Console& console);

}  // namespace cef::cli
