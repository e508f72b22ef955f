#include "cef/report/time.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct TimeArguments : FleetArguments {
  std::string server;
  std::string tolerance = "1ms";
  bool install_chrony = false;
};

void add_status(CLI::App& parent, Action& action) {
  auto* app =
      parent.add_subcommand("status", "what keeps each clock, its offset to NTP, and the spread over the hosts");
  auto arguments = std::make_shared<TimeArguments>();
  add_fleet_options(*app, *arguments);
  app->add_option("--server", arguments->server, "measure against this NTP server instead of each host's own");
  app->footer(
      "An offset is reference - host: positive when the host's clock is behind.\n"
      "Examples:\n  cef time status all -i fleet.yaml\n  cef time status rpi --server 10.0.0.1 -i fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::TimeStatusHost> presentation{
          "cef.time-status/1", &report::host_json,
          [&](const auto& result) { return report::time_text(result, console.style); },
          [](const auto& result) {
            return core::Json{{"clocks", report::clocks_json(result)}};
          }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::time_status({options, arguments->server}, events, stop);
                               });
    };
  });
}

int sync(const TimeArguments& arguments, const Globals& globals, Console& console) {
  const auto tolerance = core::parse_duration(arguments.tolerance);
  if (!tolerance) {
    return report_error({core::ErrorCode::usage, "--tolerance: " + tolerance.error().message, {}}, globals, console);
  }
  task::TimeSyncOptions sync_options;
  sync_options.server = arguments.server;
  sync_options.install_chrony = arguments.install_chrony;
  sync_options.tolerance = *tolerance;
  const Presentation<operation::TimeSyncHost> presentation{
      "cef.time-sync/1", &report::host_json,
      [&](const auto& result) { return report::time_text(result, console.style); }};
  return run_fleet_command(arguments, presentation, globals, console,
                           [&](const auto& options, const auto& events, const auto& stop) {
                             return operation::time_sync({options, sync_options}, events, stop);
                           });
}

void add_sync(CLI::App& parent, Action& action) {
  auto* app =
      parent.add_subcommand("sync", "set clocks right by what hosts have: chrony, systemd-timesyncd, ntpdate, ntpd");
  auto arguments = std::make_shared<TimeArguments>();
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("--server", arguments->server, "set clocks by this NTP server, and have hosts keep to it");
  app->add_flag("--install-chrony", arguments->install_chrony, "install chrony where nothing sets the clock");
  app->add_option("--tolerance", arguments->tolerance, "a clock that is off by no more is left alone")
      ->capture_default_str();
  app->footer(
      "Examples:\n  cef time sync all -i fleet.yaml --check\n"
      "  cef time sync gpu --server 10.0.0.1 --install-chrony -K -i fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return sync(*arguments, globals, console); };
  });
}

}  // namespace

void register_time(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("time", "clocks of hosts: status, sync");
  app->require_subcommand(1);
  app->footer("Examples:\n  cef time status all -i fleet.yaml\n  cef time sync all -i fleet.yaml --check");
  add_status(*app, action);
  add_sync(*app, action);
}

}  // namespace cef::cli
