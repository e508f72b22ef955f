#pragma once

#include <functional>
#include <ostream>
#include <set>
#include <string>

#include "cef/cli/exit_code.hpp"
#include "cef/report/fleet.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

template <class Host>
int exit_code_of(const operation::FleetResult<Host>& result) {
  HostCounts counts;
  counts.interrupted = result.interrupted;
  counts.stopped_by_threshold = result.stopped_by_threshold;
  for (const auto& host : result.hosts) {
    counts.failed += host.outcome.status == fleet::Status::failed ? 1 : 0;
    counts.unreachable += host.outcome.status == fleet::Status::unreachable ? 1 : 0;
    if constexpr (requires { host.report.alerts; }) {
      counts.alerting += host.report.alerts.empty() ? 0 : 1;
    }
    const auto& error = host.outcome.error;
    counts.integrity = counts.integrity || (error && error->code == core::ErrorCode::integrity);
  }
  return exit_code(counts);
}

/// How the result of a command over hosts is printed.
template <class Host>
struct Presentation {
  const char* schema;
  core::Json (*host_json)(const Host&);
  std::function<std::string(const operation::FleetResult<Host>&)> text;
  /// Keys of the whole document, and of the last line of --jsonl, beside hosts and summary; an object.
  std::function<core::Json(const operation::FleetResult<Host>&)> whole{};
};

/// Runs a command over hosts and prints its result. `operate(options, events, stop)` gives a Result<FleetResult<Host>>.
template <class Host, class Operate>
int run_fleet_command(const FleetArguments& arguments, const Presentation<Host>& presentation, const Globals& globals,
                      Console& console, const Operate& operate) {
  auto options = finish(arguments, console);
  if (!options) {
    return report_error(options.error(), globals, console);
  }
  ProgressLine line(globals, console);
  operation::FleetEvents<Host> events;
  events.progress = [&](const fleet::Progress& progress) { line.show(progress); };
  std::set<std::string> shown;
  const auto show = [&](const Host& host) {
    core::Json event = {{"schema", presentation.schema}, {"event", "host"}};
    event.update(presentation.host_json(host));
    console.out << core::dump_line(event) << '\n' << std::flush;
    shown.insert(host.outcome.host);
  };
  if (globals.output == OutputMode::jsonl) {
    events.finished = show;
  }
  const core::Result<operation::FleetResult<Host>> result = operate(*options, events, console.stop);
  line.clear();
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::json) {
    core::Json document = report::fleet_json(*result, presentation.schema, presentation.host_json);
    document.update(presentation.whole ? presentation.whole(*result) : core::Json::object());
    console.out << core::dump_document(document) << '\n';
  } else if (globals.output == OutputMode::jsonl) {
    core::Json event = {{"schema", presentation.schema}, {"event", "summary"}};
    event.update(report::shard_json(result->shard));
    for (const Host& host : result->hosts) {
      if (shown.count(host.outcome.host) == 0) {  // it was not begun
        show(host);
      }
      if (result->shard) {
        event["shard"]["hosts"].push_back(host.outcome.host);
      }
    }
    event.update(report::summary_json(report::summarise(*result)));
    event.update(report::times_json(result->started, result->elapsed));
    event.update(presentation.whole ? presentation.whole(*result) : core::Json::object());
    console.out << core::dump_line(event) << '\n';
  } else {
    console.out << presentation.text(*result);
  }
  return exit_code_of(*result);
}

}  // namespace cef::cli
