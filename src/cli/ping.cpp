#include <CLI/CLI.hpp>

#include "cef/report/hosts.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

void register_ping(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("ping", "prove that hosts answer and run commands");
  auto arguments = std::make_shared<FleetArguments>();
  add_fleet_options(*app, *arguments);
  app->footer(
      "Examples:\n  cef ping all -i inventory/local.yaml\n  cef ping 'rpi:!pi-03' -i fleet.yaml --connect-timeout 3s "
      "--json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::PingHost> presentation{"cef.ping/1", &report::host_json, [&](const auto& result) {
                                                             return report::hosts_text(result, console.style);
                                                           }};
      return run_fleet_command(*arguments, presentation, globals, console, &operation::ping);
    };
  });
}

}  // namespace cef::cli
