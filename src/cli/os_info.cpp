#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

void register_os_info(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("os-info", "what hosts are: system, kernel, board, processors, memory");
  auto arguments = std::make_shared<FleetArguments>();
  add_fleet_options(*app, *arguments);
  app->footer("Examples:\n  cef os-info all -i inventory/local.yaml\n  cef os-info gpu -i fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command<operation::OsInfoHost>(
          *arguments, "cef.os-info/1", globals, console,
          [](const auto& options, const auto& events, const auto& stop) {
            return operation::os_info(options, events, stop);
          },
          [&](const auto& result) { return report::hosts_text(result, console.style); });
    };
  });
}

}  // namespace cef::cli
