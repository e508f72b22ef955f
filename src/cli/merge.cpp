#include "cef/report/merge.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/core/file.hpp"

namespace cef::cli {

namespace {

struct MergeArguments {
  std::vector<std::filesystem::path> sources;
  std::filesystem::path output;
};

bool is_integrity(const core::Json& error) {
  return error.is_object() && error.value("code", "") == core::to_string(core::ErrorCode::integrity);
}

HostCounts counts_of_hosts(const operation::Merged& merged) {
  HostCounts counts;
  counts.stopped_by_threshold = merged.stopped_by_threshold;
  std::size_t i = 0;
  for (const core::Json& host : merged.document.at("hosts")) {
    const auto status = merged.statuses[i++];
    counts.failed += status == fleet::Status::failed ? 1 : 0;
    counts.unreachable += status == fleet::Status::unreachable ? 1 : 0;
    const core::Json alerts = host.value("alerts", core::Json());
    counts.alerting += alerts.is_array() && !alerts.empty() ? 1 : 0;
    counts.integrity = counts.integrity || is_integrity(host.value("error", core::Json()));
  }
  return counts;
}

HostCounts counts_of_recap(const operation::Merged& merged) {
  HostCounts counts;
  for (const core::Json& host : merged.document.at("hosts")) {
    if (merged.forgiven.count(host.value("host", "")) == 0) {
      counts.failed += host.value("failed", 0) > 0 ? 1 : 0;
      counts.unreachable += host.value("unreachable", 0) > 0 ? 1 : 0;
    }
  }
  return counts;
}

HostCounts counts_of_edges(const operation::Merged& merged) {
  HostCounts counts;
  for (const core::Json& edge : merged.document.at("edges")) {
    const core::Json error = edge.value("error", core::Json());
    const bool failed = error.is_object();
    const bool unreachable = failed && error.value("code", "") == core::to_string(core::ErrorCode::unreachable);
    counts.unreachable += unreachable ? 1 : 0;
    counts.failed += failed && !unreachable ? 1 : 0;
    counts.integrity = counts.integrity || is_integrity(error);
  }
  return counts;
}

/// What one run over all hosts would have ended with.
int exit_code_of(const operation::Merged& merged) {
  if (merged.kind == operation::MergedKind::bench && !merged.interrupted) {
    return exit_code(merged.whole->verdict.outcome);
  }
  HostCounts counts = merged.kind == operation::MergedKind::hosts      ? counts_of_hosts(merged)
                      : merged.kind == operation::MergedKind::playbook ? counts_of_recap(merged)
                                                                       : counts_of_edges(merged);
  counts.interrupted = merged.interrupted;
  return exit_code(counts);
}

int show(const operation::Merged& merged, const MergeArguments& arguments, const Globals& globals, Console& console) {
  const core::Json document = report::merged_json(merged);
  if (!arguments.output.empty()) {
    const auto written = core::write_file_atomically(arguments.output, core::dump_document(document) + "\n");
    if (!written) {
      return report_error(written.error(), globals, console);
    }
  }
  if (globals.output == OutputMode::table) {
    console.out << report::merged_text(document, merged, console.style);
  } else if (arguments.output.empty()) {
    console.out << (globals.output == OutputMode::json ? core::dump_document(document) : core::dump_line(document))
                << '\n';
  }
  return exit_code_of(merged);
}

int merge(const MergeArguments& arguments, const Globals& globals, Console& console) {
  const auto files = operation::merge_sources(arguments.sources, arguments.output);
  if (!files) {
    return report_error(files.error(), globals, console);
  }
  const auto merged = operation::merge_files(*files);
  if (!merged) {
    return report_error(merged.error(), globals, console);
  }
  try {
    return show(*merged, arguments, globals, console);
  } catch (const core::Json::exception&) {  // a value of another type than its key has
    return report_error(operation::not_as_printed(), globals, console);
  }
}

}  // namespace

void register_merge(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("merge", "join what the shards of one run printed with --json or --jsonl");
  auto arguments = std::make_shared<MergeArguments>();
  app->add_option("sources", arguments->sources, "files of all the shards, or the folder that holds them")->required();
  app->add_option("-o,--output", arguments->output, "write the JSON that one run would have given to this file");
  app->footer(
      "Exit code: that of one run over all hosts; 5 when a shard is missing, there twice, or of another run.\n"
      "Examples:\n  cef merge ping-1.json ping-2.json\n  cef merge results/ -o ping.json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return merge(*arguments, globals, console); };
  });
}

}  // namespace cef::cli
