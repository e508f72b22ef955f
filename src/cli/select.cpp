#include <memory>

#include <CLI/CLI.hpp>

#include "bench_options.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/report/select.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

namespace {

constexpr const char* k_examples =
    "Profiles each edge, predicts every candidate and says which one each policy would take, and why; no trial runs.\n"
    "Exit 0: every edge has a choice.\n"
    "\n"
    "Examples:\n"
    "  cef select\n"
    "  cef select rpi -i fleet.yaml --accuracy-budget 2 --state cold --repository http://control:8080 --json";

int exit_code_of(const operation::BenchResult& result) {
  if (result.interrupted) {
    return exit_code(core::ErrorCode::interrupted);
  }
  HostCounts counts;
  for (const auto& edge : result.edges) {
    if (edge.error && edge.error->code == core::ErrorCode::unreachable) {
      ++counts.unreachable;
    } else if (edge.error) {
      ++counts.failed;
      counts.integrity = counts.integrity || edge.error->code == core::ErrorCode::integrity;
    }
  }
  return exit_code(counts);
}

int run_select(BenchArguments arguments, const Globals& globals, Console& console) {
  auto& options = arguments.options;
  if (auto asked = ask_login_password(arguments.ask_password, options.password); !asked) {
    return report_error(asked.error(), globals, console);
  }
  const auto result = [&] {
    BenchProgress progress(console, globals.verbosity >= 0);
    return operation::explain_selection(
        options,
        [&](const operation::BenchEvent& event) {
          progress.show(event);
          if (globals.output == OutputMode::jsonl && event.finished != nullptr) {
            core::Json line = {{"event", "edge"}};
            line.update(report::select_edge_json(*event.finished));
            console.out << core::dump_line(line) << '\n' << std::flush;
          }
        },
        console.stop);
  }();
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::table) {
    console.out << report::select_text(*result, console.style);
  } else if (globals.output == OutputMode::json) {
    console.out << core::dump_document(report::select_json(*result)) << '\n';
  } else {
    core::Json last = {{"event", "result"}};
    last.update(report::select_json(*result));
    console.out << core::dump_line(last) << '\n';
  }
  return exit_code_of(*result);
}

}  // namespace

void register_select(CLI::App& root, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  auto* options = &arguments->options;
  auto* app = root.add_subcommand("select", "explain which model each edge should run, without running it");
  app->footer(k_examples);
  add_edge_options(*app, *arguments);
  app->add_option("--dataset", options->dataset, "for accuracies: embedded, cifar10:FILE, cifar100:FILE or folder:DIR")
      ->capture_default_str();
  app->add_option("--models", options->models, "names, separated by commas (default: the embedded ones)")
      ->delimiter(',');
  app->add_option("--precisions", options->precisions, "fp32, bf16, int8: of models named without one (default: fp32)")
      ->delimiter(',');
  app->add_flag("--exact-only", options->exact_only, "fp32 only");
  app->add_option("--weights", options->weights, "folder with the weight files: NAME.safetensors or NAME.pth");
  app->add_option("--repository", options->repository,
                  "URL of the model repository from which edges fetch (default: from this machine)");
  app->add_option("--accuracy-budget", options->accuracy_budget_points, "points below greedy's that may be spent")
      ->capture_default_str();
  app->add_option("--trial-images", options->trials.images_per_trial, "images in a trial")
      ->check(whole_number)
      ->capture_default_str();
  app->add_option("--threads", options->threads, "of inference (default: the best number for each candidate)");
  add_state_option(*app, options->trials.state, "explain the choice for cold (nothing on the node) or warm");
  add_profile_options(*app, *options);
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return run_select(*arguments, globals, console); };
  });
}

}  // namespace cef::cli
