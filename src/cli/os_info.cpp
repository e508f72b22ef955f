#include <CLI/CLI.hpp>

#include "cef/report/hosts.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

void register_os_info(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("os-info", "what hosts are: system, kernel, board, processors, memory");
  auto arguments = std::make_shared<FleetArguments>();
  add_fleet_options(*app, *arguments);
  app->footer("Examples:\n  cef os-info all -i inventory/local.yaml\n  cef os-info gpu -i fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::OsInfoHost> presentation{
          "cef.os-info/1", &report::host_json,
          [&](const auto& result) { return report::hosts_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console, &operation::os_info);
    };
  });
}

}  // namespace cef::cli
