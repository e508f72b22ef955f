#include "cef/cli/exit_code.hpp"

#include <ostream>

#include "cef/cli/command.hpp"
#include "cef/operation/bench.hpp"

namespace cef::cli {

int exit_code(core::ErrorCode code) noexcept {
  switch (code) {
    case core::ErrorCode::general:
      return 1;
    case core::ErrorCode::host_failed:
      return 2;
    case core::ErrorCode::timeout:
      return 2;
    case core::ErrorCode::unreachable:
      return 4;
    case core::ErrorCode::usage:
      return 5;
    case core::ErrorCode::threshold:
      return 8;
    case core::ErrorCode::integrity:
      return 10;
    case core::ErrorCode::invalid_run:
      return 12;
    case core::ErrorCode::interrupted:
      return 130;
    case core::ErrorCode::internal:
      return 70;
  }
  return 70;
}

int exit_code(bench::Outcome outcome) noexcept {
  return outcome == bench::Outcome::pass ? 0 : exit_code(core::ErrorCode::invalid_run);
}

int report_error(const core::Error& error, const Globals& globals, Console& console) {
  if (globals.output == OutputMode::table) {
    console.err << "cef: " << report::printable(error.line()) << '\n';
  } else {
    console.err << core::dump_line({{"error", core::to_json(error)}}) << '\n';
  }
  return exit_code(error.code);
}

int exit_code(const HostCounts& counts) noexcept {
  if (counts.interrupted) {
    return 130;
  }
  if (counts.stopped_by_threshold) {
    return 8;
  }
  if (counts.integrity) {
    return 10;
  }
  return (counts.failed + counts.alerting > 0 ? 2 : 0) + (counts.unreachable > 0 ? 4 : 0);
}

}  // namespace cef::cli
