#include "monitor.hpp"

#include <CLI/CLI.hpp>

#include "cef/core/paths.hpp"
#include "cef/report/monitor.hpp"
#include "fleet_command.hpp"
#include "monitor_watch.hpp"

namespace cef::cli {

using core::ErrorCode;
using core::fail;
using core::Result;
using operation::MonitorHost;
using operation::MonitorOptions;

namespace {

constexpr core::Milliseconds k_least_interval{500};
constexpr const char* k_schema = "cef.monitor/1";

struct MonitorArguments : FleetArguments {
  std::vector<std::string> metrics;
  std::vector<std::string> alerts;
  std::string window = "1s";
  std::string interval;
  std::optional<std::uint64_t> count;
  std::string save;
  bool saves = false;
  bool openmetrics = false;
  bool watch = false;

  [[nodiscard]] bool streams() const { return !interval.empty() || count.value_or(1) != 1; }
};

Result<core::Milliseconds> duration_of(const char* option, const std::string& text, core::Milliseconds least) {
  const auto duration = core::parse_duration(text);
  if (!duration || *duration < least) {
    return fail(ErrorCode::usage, std::string(option) + ": '" + text + "' is not a duration of at least " +
                                      core::to_human(least) + "; write for example 5s");
  }
  return *duration;
}

Result<void> check_combination(const MonitorArguments& arguments, const Globals& globals) {
  if (arguments.saves && !arguments.save.empty() && arguments.save.find_first_of("/.") == std::string::npos) {
    return fail(ErrorCode::usage, "--save: '" + arguments.save + "' does not look like a file; write --save=./" +
                                      arguments.save + ", or put --save last");
  }
  if (arguments.options.pattern.empty()) {
    return fail(ErrorCode::usage, "which hosts? write for example 'cef monitor all'");
  }
  const bool machine = globals.output != OutputMode::table;
  if (arguments.watch && (machine || arguments.openmetrics)) {
    return fail(ErrorCode::usage, "--watch draws on a terminal; it does not go with --json, --jsonl or --openmetrics");
  }
  if (arguments.openmetrics && (machine || arguments.streams())) {
    return fail(ErrorCode::usage, "--openmetrics gives one sample; it goes neither with --json nor with a stream");
  }
  if (!arguments.watch && arguments.streams() && globals.output == OutputMode::json) {
    return fail(ErrorCode::usage, "a stream of samples is no single document; write --jsonl instead of --json");
  }
  return {};
}

Result<MonitorOptions> monitor_options(const MonitorArguments& arguments, const Globals& globals, Console& console) {
  if (auto checked = check_combination(arguments, globals); !checked) {
    return fail(checked.error());
  }
  MonitorOptions options;
  const auto metrics = operation::parse_metrics(arguments.metrics);
  if (!metrics) {
    return fail(metrics.error());
  }
  options.metrics = *metrics;
  for (const auto& text : arguments.alerts) {
    auto rule = operation::parse_alert(text);
    if (!rule) {
      return fail(rule.error());
    }
    options.alerts.push_back(std::move(*rule));
  }
  const auto window = duration_of("--window", arguments.window, core::Milliseconds(100));
  const auto interval =
      duration_of("--interval", arguments.interval.empty() ? (arguments.watch ? "2s" : "5s") : arguments.interval,
                  k_least_interval);
  for (const auto* one : {&window, &interval}) {
    if (!*one) {
      return fail(one->error());
    }
  }
  options.window = *window;
  options.interval = *interval;
  options.count = arguments.count.value_or(arguments.interval.empty() && !arguments.watch ? 1 : 0);
  auto fleet = finish(arguments, console);
  if (!fleet) {
    return fail(fleet.error());
  }
  options.fleet = std::move(*fleet);
  return options;
}

Result<std::optional<operation::HistoryStore>> open_store(const MonitorArguments& arguments) {
  if (!arguments.saves) {
    return std::optional<operation::HistoryStore>();
  }
  auto store = operation::HistoryStore::create(arguments.save.empty() ? operation::default_history_file()
                                                                      : core::expand_home(arguments.save));
  return store ? Result<std::optional<operation::HistoryStore>>(std::move(*store)) : fail(store.error());
}

std::string one_sample_text(const operation::FleetResult<MonitorHost>& result, const MonitorArguments& arguments,
                            const MonitorOptions& options, Console& console) {
  if (!arguments.openmetrics) {
    return report::monitor_text(result, options.metrics, console.style);
  }
  for (const auto& host : result.hosts) {
    if (host.outcome.error) {
      console.err << "cef: " << report::printable(host.outcome.host + ": " + host.outcome.error->line()) << '\n';
    }
  }
  return report::openmetrics_text(result);
}

int run_once(const MonitorArguments& arguments, const MonitorOptions& options, operation::HistoryStore* store,
             const Globals& globals, Console& console) {
  const Presentation<MonitorHost> presentation{k_schema, &report::host_json, [&](const auto& result) {
                                                 return one_sample_text(result, arguments, options, console);
                                               }};
  Result<void> saved;
  const int code = run_fleet_command(arguments, presentation, globals, console,
                                     [&](const auto&, const auto& events, const auto& stop) {
                                       auto result = operation::monitor(options, events, stop);
                                       if (result && store != nullptr) {
                                         saved = store->add(result->hosts);
                                       }
                                       return result;
                                     });
  return saved ? code : report_error(saved.error(), globals, console);
}

int stream_exit_code(const operation::MonitorStreamResult& result, const MonitorOptions& options) {
  HostCounts counts;
  for (const auto& host : result.last.hosts) {
    counts.failed += host.outcome.status == fleet::Status::failed ? 1 : 0;
    counts.unreachable += host.outcome.status == fleet::Status::unreachable ? 1 : 0;
  }
  counts.alerting = result.alerts;
  counts.interrupted = result.last.interrupted && options.count != 0;
  return exit_code(counts);
}

int run_stream(const MonitorOptions& options, operation::HistoryStore* store, const Globals& globals,
               Console& console) {
  const bool lines = globals.output == OutputMode::jsonl;
  Result<void> saved;
  const core::StopToken stop = console.stop;
  operation::MonitorEvents events;
  if (lines) {
    events.sampled = [&](std::uint64_t sample, const MonitorHost& host) {
      console.out << core::dump_line(report::sample_json(sample, host)) << '\n' << std::flush;
    };
  }
  events.round = [&](std::uint64_t sample, const operation::FleetResult<MonitorHost>& round) {
    if (store != nullptr && saved) {
      saved = store->add(round.hosts);
      if (!saved) {
        stop.request();
      }
    }
    if (!lines) {
      console.out << (sample == 0 ? "" : "\n") << core::to_rfc3339(round.started) << '\n'
                  << report::monitor_text(round, options.metrics, console.style) << std::flush;
    }
    if (!console.out) {  // the reader of a pipe left
      stop.request();
    }
  };
  const auto result = operation::monitor_stream(options, events, stop);
  if (!result || !saved) {
    return report_error(result ? saved.error() : result.error(), globals, console);
  }
  if (lines) {
    core::Json event = {
        {"schema", k_schema}, {"event", "summary"}, {"samples", result->samples}, {"alerts", result->alerts}};
    event.update(report::shard_json(result->last.shard));
    event.update(report::summary_json(report::summarise(result->last)));
    console.out << core::dump_line(event) << '\n';
  }
  return stream_exit_code(*result, options);
}

int run_monitor(const MonitorArguments& arguments, const Globals& globals, Console& console) {
  const auto options = monitor_options(arguments, globals, console);
  if (!options) {
    return report_error(options.error(), globals, console);
  }
  auto opened = open_store(arguments);
  if (!opened) {
    return report_error(opened.error(), globals, console);
  }
  operation::HistoryStore* store = *opened ? &**opened : nullptr;
  if (arguments.watch) {
    const auto result = watch(*options, store, console);
    if (!result) {
      return report_error(result.error(), globals, console);
    }
    HostCounts counts;
    counts.alerting = result->alerts;
    return exit_code(counts);
  }
  return arguments.streams() ? run_stream(*options, store, globals, console)
                             : run_once(arguments, *options, store, globals, console);
}

void add_monitor_options(CLI::App& app, MonitorArguments& arguments) {
  add_fleet_options(app, arguments);
  app.get_option("pattern")->required(false);  // `history` has none
  arguments.options.pattern.clear();
  app.add_option("metric", arguments.metrics, "temperature, cpu, memory, disk, network, gpu or all (default)");
  app.add_option("--window", arguments.window, "over which CPU use and network rates are measured")
      ->capture_default_str();
  app.add_option("--interval", arguments.interval, "a stream: time from one sample to the next");
  app.add_option("--count", arguments.count, "a stream: so many samples; 0, the default, until Ctrl-C")
      ->check(CLI::Range(0, 1'000'000'000));
  app.add_flag("--watch", arguments.watch, "a live table on the terminal; q leaves");
  app.add_option("--alert", arguments.alerts,
                 "a limit such as 'temperature>80', 'disk>=90' or 'rx>10M': hosts beyond it are listed, exit code 2")
      ->allow_extra_args(false);
  app.add_flag("--openmetrics", arguments.openmetrics, "print OpenMetrics, with the names of node_exporter");
  app.add_option("--save", arguments.save, "keep the samples for 'cef monitor history'; =FILE instead of the usual one")
      ->expected(0, 1);
}

}  // namespace

void register_monitor(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("monitor", "temperature, CPU, memory, disks, network and GPUs of hosts");
  auto arguments = std::make_shared<MonitorArguments>();
  add_monitor_options(*app, *arguments);
  add_history(*app, action);
  add_netspeed(*app, action);
  app->footer(
      "Examples:\n  cef monitor all -i inventory/local.yaml cpu memory\n"
      "  cef monitor rpi -i fleet.yaml --alert 'temperature>80' --interval 30s --jsonl --save");
  app->callback([app, arguments, &action] {
    if (!app->get_subcommands().empty()) {
      return;
    }
    arguments->saves = app->count("--save") > 0;
    action = [arguments](const Globals& globals, Console& console) {
      return run_monitor(*arguments, globals, console);
    };
  });
}

}  // namespace cef::cli
