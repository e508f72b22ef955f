#include <cmath>
#include <ostream>

#include <CLI/CLI.hpp>

#include "bench_parts.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/operation/bench_compare.hpp"
#include "cef/report/bench_compare.hpp"

namespace cef::cli {

namespace {

struct CompareArguments {
  std::string first;
  std::string second;
  double fail_on_slower = std::nan("");  ///< per cent; not a number: not asked for
};

int run_compare(const CompareArguments& arguments, const Globals& globals, Console& console) {
  const auto first = operation::read_bench_record(arguments.first);
  if (!first) {
    return report_error(first.error(), globals, console);
  }
  const auto second = operation::read_bench_record(arguments.second);
  if (!second) {
    return report_error(second.error(), globals, console);
  }
  const auto comparison = operation::compare_benches(*first, *second);
  report::SlowerReasons slower;
  if (!std::isnan(arguments.fail_on_slower)) {
    slower = operation::slower_than(comparison, arguments.fail_on_slower);
  }
  switch (globals.output) {
    case OutputMode::table:
      console.out << report::compare_text(comparison, slower, console.style);
      break;
    case OutputMode::json:
      console.out << core::dump_document(report::to_json(comparison, slower)) << '\n';
      break;
    case OutputMode::jsonl:
      console.out << core::dump_line(report::to_json(comparison, slower)) << '\n';
      break;
  }
  return slower && !slower->empty() ? exit_code(core::ErrorCode::invalid_run) : 0;
}

}  // namespace

void add_bench_compare(CLI::App& bench, Action& action) {
  auto* app = bench.add_subcommand("compare", "what changed between two runs that 'cef bench --json' wrote");
  auto arguments = std::make_shared<CompareArguments>();
  app->add_option("first", arguments->first, "output of 'cef bench --json', before")->required();
  app->add_option("second", arguments->second, "the same, after")->required();
  app->add_option(
         "--fail-on-slower", arguments->fail_on_slower,
         "PERCENT: exit 12 when a model takes more than so much longer, beyond chance, or when the runs do not "
         "compare")
      ->check(CLI::Range(0.0, 1e6));
  app->footer(
      "Examples:\n  cef bench compare before.json after.json\n"
      "  cef bench compare before.json after.json --fail-on-slower 10 --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_compare(*arguments, globals, console);
    };
  });
}

}  // namespace cef::cli
