#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "bench_options.hpp"
#include "bench_parts.hpp"
#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/file.hpp"
#include "cef/operation/bench.hpp"
#include "cef/report/bench.hpp"
#include "cef/report/bench_trace.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

namespace {

constexpr const char* k_examples =
    "For each edge, greedy takes the most accurate model and advanced the one predicted to be fastest within the\n"
    "accuracy budget; both run, and the verdict compares them. Exit 0: thresholds met; 12: missed, or INVALID.\n"
    "\n"
    "Examples:\n"
    "  cef bench\n"
    "  cef bench --images 500 --min-seconds 2 --oracle\n"
    "  cef bench rpi -i fleet.yaml --accuracy-budget 3 --json\n"
    "  cef bench --dataset cifar10:test_batch.bin --weights DIR --models resnet20,resnet56 --predictions p.tsv";

int exit_code_of(const operation::BenchResult& result) {
  if (result.interrupted) {
    return exit_code(core::ErrorCode::interrupted);
  }
  if (result.shard && result.edges.empty()) {
    return 0;
  }
  return exit_code(result.verdict.outcome);
}

int run_bench(BenchArguments arguments, const std::string& trace, const Globals& globals, Console& console) {
  auto& options = arguments.options;
  auto trace_file = core::begin_file(trace);
  if (!trace_file) {
    return report_error(trace_file.error(), globals, console);
  }
  if (auto asked = ask_login_password(arguments.ask_password, options.password); !asked) {
    return report_error(asked.error(), globals, console);
  }
  const auto result = [&] {
    BenchProgress progress(console, globals.verbosity >= 0);
    return operation::bench(
        options,
        [&](const operation::BenchEvent& event) {
          progress.show(event);
          if (globals.output == OutputMode::jsonl) {
            console.out << core::dump_line(report::to_json(event)) << '\n' << std::flush;
          }
        },
        console.stop);
  }();
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  switch (globals.output) {
    case OutputMode::table:
      console.out << report::bench_text(*result, console.style);
      break;
    case OutputMode::json:
      console.out << core::dump_document(report::to_json(*result)) << '\n';
      break;
    case OutputMode::jsonl: {
      core::Json last = {{"event", "result"}};
      last.update(report::to_json(*result));
      console.out << core::dump_line(last) << '\n';
      break;
    }
  }
  if (*trace_file) {
    auto written = (*trace_file)->write(report::bench_trace(*result));
    if (auto done = written ? (*trace_file)->commit() : written; !done) {
      return report_error(done.error(), globals, console);
    }
  }
  return exit_code_of(*result);
}

void add_what(CLI::App& app, operation::BenchOptions& options) {
  app.add_option("--dataset", options.dataset, "embedded, cifar10:FILE, cifar100:FILE or folder:DIR")
      ->capture_default_str();
  app.add_option("--models", options.models, "names, separated by commas (default: the embedded ones)")->delimiter(',');
  app.add_option("--precisions", options.precisions, "fp32, bf16, int8: of models named without one (default: fp32)")
      ->delimiter(',');
  app.add_option("--calibration", options.calibration,
                 "data set by which int8 is calibrated (default: images that are not evaluated)");
  app.add_flag("--exact-only", options.exact_only, "fp32 only, so that the effect of selection alone can be read");
  app.add_option("--repository", options.repository,
                 "URL of the model repository from which edges fetch (default: from this machine)");
  app.add_option("--weights", options.weights, "folder with the weight files: NAME.safetensors or NAME.pth");
  app.add_option("--images", options.images, "the first N images only (default: all)")->check(whole_number);
  app.add_option("--threads", options.threads, "of inference (default: the best number for each candidate)");
  add_profile_options(app, options);
  app.add_flag("--oracle", options.oracle, "measure every candidate, not only the two chosen");
  app.add_option("--predictions", options.predictions, "write index, label and predicted classes, tab-separated");
}

void add_how(CLI::App& app, operation::BenchOptions& options) {
  const auto group = "Trials and verdict";
  app.add_option("--accuracy-budget", options.accuracy_budget_points, "points below greedy's that advanced may spend")
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-accuracy-drop", options.thresholds.max_accuracy_drop_points, "points; more fails")
      ->capture_default_str()
      ->group(group);
  app.add_option("--min-saving", options.thresholds.min_saving_percent, "per cent of latency; less fails")
      ->capture_default_str()
      ->group(group);
  auto& trials = options.trials;
  app.add_option("--min-seconds", trials.min_seconds, "of timed trials an edge")->capture_default_str()->group(group);
  app.add_option("--max-seconds", trials.max_seconds, "the trials end here in any case")
      ->capture_default_str()
      ->group(group);
  app.add_option("--min-trials", trials.min_trials, "of each model")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-trials", trials.max_trials, "of each model")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
  app.add_option("--trial-images", trials.images_per_trial, "images in a trial, one at a time")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
  app.add_option("--warmup-trials", trials.warmup_trials, "of each model, not counted")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
  app.add_option("--cold-trials", trials.cold_trials, "of each model, which is fetched and loaded anew")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
  add_state_option(app, trials.state, "the trials that the verdict is about: warm or cold")->group(group);
  app.add_option_function<std::vector<double>>(
         "--deadline",
         [&trials](const std::vector<double>& milliseconds) {
           for (const double ms : milliseconds) {
             trials.deadlines.emplace_back(ms / 1e3);
           }
         },
         "milliseconds an image: also tell the share that is right and in time; may be given several times")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--seed", trials.seed, "of the first image and of the bootstrap")
      ->check(whole_number)
      ->capture_default_str()
      ->group(group);
}

void add_limits(CLI::App& app, operation::BenchOptions& options) {
  const auto group = "When an edge changed too much (INVALID)";
  auto& limits = options.limits;
  app.add_option("--max-load-change", limits.load_share, "of other programs, as a share of the edge's CPUs")
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-temperature-rise", limits.temperature_celsius, "of the processor, degrees Celsius")
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-link-change", limits.link_ratio, "of the round trip and the rate, a factor")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--allow-throttling", limits.throttling, "a throttled processor is no reason")->group(group);
}

}  // namespace

void register_bench(CLI::App& root, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  auto* options = &arguments->options;
  auto* app = root.add_subcommand("bench", "measure which model each edge should run, and judge the choice");
  app->footer(k_examples);
  add_edge_options(*app, *arguments);
  add_what(*app, *options);
  add_how(*app, *options);
  add_limits(*app, *options);
  auto trace = std::make_shared<std::string>();
  app->add_option("--trace", *trace, "write the trials to this file, for Perfetto or chrome://tracing");
  add_bench_report(*app, action);
  add_bench_compare(*app, action);
  app->callback([app, arguments, trace, &action] {
    if (!app->get_subcommands().empty()) {
      return;
    }
    action = [arguments, trace](const Globals& globals, Console& console) {
      return run_bench(*arguments, *trace, globals, console);
    };
  });
}

}  // namespace cef::cli
