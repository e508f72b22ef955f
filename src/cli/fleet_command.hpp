#pragma once

#include <ostream>

#include "cef/cli/exit_code.hpp"
#include "cef/report/hosts.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

template <class Host>
int exit_code_of(const operation::FleetResult<Host>& result) {
  HostCounts counts;
  counts.interrupted = result.interrupted;
  for (const auto& host : result.hosts) {
    counts.failed += host.outcome.status == fleet::Status::failed ? 1 : 0;
    counts.unreachable += host.outcome.status == fleet::Status::unreachable ? 1 : 0;
  }
  return exit_code(counts);
}

/// Runs a command over hosts and prints its result. `operate(options, events, stop)` gives a Result<FleetResult<Host>>,
/// `to_text(result)` what a person reads.
template <class Host, class Operate, class ToText>
int run_fleet_command(const FleetArguments& arguments, const char* schema, const Globals& globals, Console& console,
                      const Operate& operate, const ToText& to_text) {
  auto options = finish(arguments, console);
  if (!options) {
    return report_error(options.error(), globals, console);
  }
  ProgressLine line(globals, console);
  operation::FleetEvents<Host> events;
  events.progress = [&](const fleet::Progress& progress) { line.show(progress); };
  if (globals.output == OutputMode::jsonl) {
    events.finished = [&](const Host& host) {
      core::Json event = {{"schema", schema}, {"event", "host"}};
      event.update(report::host_json(host));
      console.out << core::dump_line(event) << '\n' << std::flush;
    };
  }
  const core::Result<operation::FleetResult<Host>> result = operate(*options, events, console.stop);
  line.clear();
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::json) {
    console.out << core::dump_document(report::fleet_json(*result, schema)) << '\n';
  } else if (globals.output == OutputMode::jsonl) {
    core::Json event = {{"schema", schema}, {"event", "summary"}};
    event.update(report::summary_json(*result));
    console.out << core::dump_line(event) << '\n';
  } else {
    console.out << to_text(*result);
  }
  return exit_code_of(*result);
}

}  // namespace cef::cli
