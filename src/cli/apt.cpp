#include "cef/report/apt.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

using task::AptAction;

struct AptArguments : FleetArguments {
  operation::AptOptions apt;
  std::string lock_timeout = "2m";
  std::string reboot_wait = "5m";
};

int run_apt(const AptArguments& arguments, const Globals& globals, Console& console) {
  operation::AptOptions wanted = arguments.apt;
  auto lock = core::parse_duration(arguments.lock_timeout);
  if (!lock) {
    lock = core::fail(core::ErrorCode::usage, "--lock-timeout: " + lock.error().message);
  }
  const auto wait = parse_positive(arguments.reboot_wait, "--reboot-wait");
  if (!lock || !wait) {
    return report_error(lock ? wait.error() : lock.error(), globals, console);
  }
  wanted.apt.lock_timeout = *lock;
  wanted.reboot_wait = *wait;
  const Presentation<operation::AptHost> presentation{
      "cef.apt/1", &report::host_json,
      [&](const auto& result) { return report::apt_text(result, wanted.apt.action, console.style); }};
  return run_fleet_command(arguments, presentation, globals, console,
                           [&](const auto& options, const auto& events, const auto& stop) {
                             wanted.fleet = options;
                             return operation::apt(wanted, events, stop);
                           });
}

std::shared_ptr<AptArguments> add_action(CLI::App& parent, AptAction apt_action, const char* description,
                                         Action& action, CLI::App*& app) {
  app = parent.add_subcommand(task::to_string(apt_action), description);
  auto arguments = std::make_shared<AptArguments>();
  arguments->apt.apt.action = apt_action;
  arguments->timeout = "30m";
  add_fleet_options(*app, *arguments);
  app->add_option("--lock-timeout", arguments->lock_timeout, "how long to wait for another package manager")
      ->capture_default_str();
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return run_apt(*arguments, globals, console); };
  });
  return arguments;
}

void add_change_options(CLI::App& app, AptArguments& arguments) {
  add_rollout_options(app, arguments);
  app.add_flag("--repair", arguments.apt.apt.repair, "first end what an interrupted dpkg left");
  app.add_flag_callback(
      "--no-update", [&arguments] { arguments.apt.apt.update_lists = false; }, "do not read the package lists first");
  app.add_flag("--reboot", arguments.apt.reboot, "reboot the hosts that need it, and wait until they are back");
  app.add_option("--reboot-wait", arguments.reboot_wait, "how long a host may be away")->capture_default_str();
}

}  // namespace

void register_apt(CLI::App& root, Action& action) {
  auto* apt = root.add_subcommand("apt", "packages of Debian hosts: list, update, upgrade, install");
  apt->require_subcommand(1);
  apt->footer(
      "Examples:\n  cef apt list all -i fleet.yaml\n  cef apt upgrade all -i fleet.yaml --batch 25% --max-fail 1");
  CLI::App* app = nullptr;
  add_action(*apt, AptAction::list, "what could be upgraded, what is held back, whether a reboot is due", action, app);
  app->footer("Examples:\n  cef apt list all -i fleet.yaml\n  cef apt list rpi -i fleet.yaml --json");
  add_action(*apt, AptAction::update, "read the package lists anew", action, app);
  app->footer(
      "Examples:\n  cef apt update all -i fleet.yaml\n  cef apt update gpu -i fleet.yaml --lock-timeout 10m -K");

  auto arguments = add_action(*apt, AptAction::upgrade, "read the lists and upgrade every package", action, app);
  add_change_options(*app, *arguments);
  app->add_flag("--full", arguments->apt.apt.full, "also where packages must be removed (apt full-upgrade)");
  app->footer(
      "Examples:\n  cef apt upgrade rpi -i fleet.yaml --check\n"
      "  cef apt upgrade all -i fleet.yaml --batch 1,25% --max-fail 10% --reboot");

  arguments =
      add_action(*apt, AptAction::install, "install packages, or bring them to the newest version", action, app);
  add_change_options(*app, *arguments);
  app->add_option("package", arguments->apt.apt.packages, "NAME or NAME=VERSION")->required();
  app->footer(
      "Examples:\n  cef apt install rpi chrony lm-sensors -i fleet.yaml\n"
      "  cef apt install gpu iperf3 -i fleet.yaml --no-update --check");
}

}  // namespace cef::cli
