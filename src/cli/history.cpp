#include <CLI/CLI.hpp>

#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"
#include "cef/report/history.hpp"
#include "monitor.hpp"

namespace cef::cli {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

struct HistoryArguments {
  operation::HistoryOptions options;
  std::string file;
  std::string since = "24h";
  std::string keep;
  std::string svg;
};

Result<core::Milliseconds> duration_of(const char* option, const std::string& text) {
  const auto duration = core::parse_duration(text);
  if (!duration || duration->count() == 0) {
    return fail(ErrorCode::usage,
                std::string(option) + ": '" + text + "' is not a duration above 0; write for example 24h or 30d");
  }
  return *duration;
}

Result<operation::HistoryResult> read_history(const HistoryArguments& arguments) {
  operation::HistoryOptions options = arguments.options;
  if (!arguments.file.empty()) {
    options.file = core::expand_home(arguments.file);
  }
  const auto since = duration_of("--since", arguments.since);
  if (!since) {
    return fail(since.error());
  }
  options.since = *since;
  if (!arguments.keep.empty()) {
    const auto keep = duration_of("--keep", arguments.keep);
    if (!keep) {
      return fail(keep.error());
    }
    options.keep = *keep;
  }
  auto result = operation::history(options);
  if (result && !arguments.svg.empty()) {
    if (auto written = core::write_file_atomically(core::expand_home(arguments.svg), report::history_svg(*result));
        !written) {
      return fail(written.error());
    }
  }
  return result;
}

int run_history(const HistoryArguments& arguments, const Globals& globals, Console& console) {
  const auto result = read_history(arguments);
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::table) {
    console.out << report::history_text(*result, console.style);
    return 0;
  }
  const core::Json document = report::history_json(*result);
  if (globals.output == OutputMode::json) {
    console.out << core::dump_document(document) << '\n';
    return 0;
  }
  for (const auto& series : document.at("series")) {
    core::Json event = {{"schema", document.at("schema")}, {"event", "series"}};
    event.update(series);
    console.out << core::dump_line(event) << '\n';
  }
  return 0;
}

}  // namespace

void add_history(CLI::App& monitor, Action& action) {
  auto* app = monitor.add_subcommand("history", "what 'cef monitor --save' kept: figures, sparklines and plots");
  auto arguments = std::make_shared<HistoryArguments>();
  app->add_option("--host", arguments->options.hosts, "only this host; may be given several times")
      ->allow_extra_args(false)
      ->delimiter(',');
  app->add_option("--metric", arguments->options.values,
                  "temperature, cpu, load, memory, swap, disk, inodes, rx, tx, gpu, gpu.temperature, gpu.memory, "
                  "throttled; default: temperature, cpu, memory")
      ->allow_extra_args(false)
      ->delimiter(',');
  app->add_option("--since", arguments->since, "how far back")->capture_default_str();
  app->add_option("--file", arguments->file, "instead of ~/.local/share/cef/history.db");
  app->add_option("--svg", arguments->svg, "write a plot to this file");
  app->add_option("--keep", arguments->keep, "delete what is older, for example 30d");
  app->footer(
      "Examples:\n  cef monitor history --metric temperature --since 7d --svg week.svg\n"
      "  cef monitor history --host pi-1 --metric cpu,load --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_history(*arguments, globals, console);
    };
  });
}

}  // namespace cef::cli
