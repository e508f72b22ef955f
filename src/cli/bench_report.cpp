#include <ostream>

#include <CLI/CLI.hpp>

#include "bench_parts.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/core/file.hpp"
#include "cef/operation/bench_record.hpp"
#include "cef/report/bench_page.hpp"

namespace cef::cli {

using core::ErrorCode;
using core::fail;

namespace {

struct ReportArguments {
  std::string file;
  std::string output;
  std::string language = "en";
};

/// By the end of the file's name; Markdown on stdout without one.
core::Result<bool> wants_html(const std::string& output) {
  if (output.ends_with(".html") || output.ends_with(".htm")) {
    return true;
  }
  if (output.empty() || output.ends_with(".md")) {
    return false;
  }
  return fail(ErrorCode::usage, "-o " + output + ": end the name in .html or .md");
}

int run_report(const ReportArguments& arguments, const Globals& globals, Console& console) {
  const auto html = wants_html(arguments.output);
  if (!html) {
    return report_error(html.error(), globals, console);
  }
  const auto record = operation::read_bench_record(arguments.file);
  if (!record) {
    return report_error(record.error(), globals, console);
  }
  const auto language = report::parse_language(arguments.language).value_or(report::Language::english);
  const std::string page = *html ? report::bench_html(*record, language) : report::bench_markdown(*record, language);
  if (arguments.output.empty()) {
    console.out << page;
    return 0;
  }
  if (auto written = core::write_file_atomically(arguments.output, page); !written) {
    return report_error(written.error(), globals, console);
  }
  if (globals.output != OutputMode::table) {
    const core::Json json = {{"schema", "cef.bench-report/1"},
                             {"file", arguments.file},
                             {"output", arguments.output},
                             {"verdict", record->verdict.outcome}};
    console.out << (globals.output == OutputMode::json ? core::dump_document(json) : core::dump_line(json)) << '\n';
  }
  return 0;
}

}  // namespace

void add_bench_report(CLI::App& bench, Action& action) {
  auto* app = bench.add_subcommand("report", "a test record (HTML or Markdown) of what 'cef bench --json' wrote");
  auto arguments = std::make_shared<ReportArguments>();
  app->add_option("file", arguments->file, "output of 'cef bench --json'")->required();
  app->add_option("-o,--output", arguments->output,
                  "write to this file, as its name ends: .html or .md (default: Markdown to stdout)");
  app->add_option("--lang", arguments->language, "language of the page: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  app->footer(
      "Examples:\n  cef bench report run.json -o run.html\n"
      "  cef bench report run.json -o run.md --lang ko");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return run_report(*arguments, globals, console); };
  });
}

}  // namespace cef::cli
