#include "cef/report/service.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct ServiceArguments : FleetArguments {
  std::vector<std::string> units;
};

void add_action(CLI::App& parent, task::ServiceAction service_action, const char* description, Action& action) {
  const std::string name = task::to_string(service_action);
  auto* app = parent.add_subcommand(name, description);
  auto arguments = std::make_shared<ServiceArguments>();
  add_fleet_options(*app, *arguments);
  if (service_action != task::ServiceAction::status) {
    add_rollout_options(*app, *arguments);
  }
  app->add_option("service", arguments->units, "names of systemd units")->required();
  app->footer("Examples:\n  cef service " + name + " rpi ssh -i fleet.yaml\n  cef service " + name +
              " gpu docker.service containerd.service -i fleet.yaml --json");
  app->callback([arguments, service_action, &action] {
    action = [arguments, service_action](const Globals& globals, Console& console) {
      const Presentation<operation::ServiceHost> presentation{
          "cef.service/1", &report::host_json,
          [&](const auto& result) { return report::service_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::service({options, service_action, arguments->units}, events, stop);
                               });
    };
  });
}

}  // namespace

void register_service(CLI::App& root, Action& action) {
  auto* app =
      root.add_subcommand("service", "systemd services of hosts: status, start, stop, restart, enable, disable");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef service status rpi ssh -i fleet.yaml\n  cef service restart rpi detector -i fleet.yaml --batch "
      "25% --max-fail 0");
  using task::ServiceAction;
  add_action(*app, ServiceAction::status, "how services are; a host fails when one is not active", action);
  add_action(*app, ServiceAction::start, "start those that do not run", action);
  add_action(*app, ServiceAction::stop, "stop those that run", action);
  add_action(*app, ServiceAction::restart, "restart them; each must run afterwards", action);
  add_action(*app, ServiceAction::enable, "start at boot from now on", action);
  add_action(*app, ServiceAction::disable, "start at boot no more", action);
}

}  // namespace cef::cli
