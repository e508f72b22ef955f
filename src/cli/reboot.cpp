#include "cef/report/reboot.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct RebootArguments : FleetArguments {
  std::string wait = "5m";
};

}  // namespace

void register_reboot(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("reboot", "reboot hosts and wait until they are back");
  auto arguments = std::make_shared<RebootArguments>();
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("--wait", arguments->wait, "how long a host may be away")->capture_default_str();
  app->footer(
      "A host is back when it answers with another boot id.\n\n"
      "Examples:\n  cef reboot rpi -i fleet.yaml --batch 25% --max-fail 1\n  cef reboot gpu-1 -i fleet.yaml --wait 15m "
      "-K");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const auto wait = parse_positive(arguments->wait, "--wait");
      if (!wait) {
        return report_error(wait.error(), globals, console);
      }
      const Presentation<operation::RebootHost> presentation{
          "cef.reboot/1", &report::host_json,
          [&](const auto& result) { return report::reboot_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::reboot({options, *wait}, events, stop);
                               });
    };
  });
}

}  // namespace cef::cli
