#include "cef/report/docker.hpp"

#include <CLI/CLI.hpp>

#include "docker.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct InstallArguments : FleetArguments {
  std::string script;
  bool add_user = false;
  std::string user;
};

struct PsArguments : FleetArguments {
  bool all = false;
};

struct StopArguments : FleetArguments {
  std::vector<std::string> containers;
};

struct BuildArguments : FleetArguments {
  operation::DockerBuildOptions build;
  std::string context;
  bool show_output = false;
};

void add_install(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("install", "put docker on hosts, with its daemon running now and at boot");
  auto arguments = std::make_shared<InstallArguments>();
  arguments->timeout = "15m";
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("--script", arguments->script,
                  "send this file of this machine and run it as root by sh, instead of the distribution's package");
  app->add_flag("--add-user", arguments->add_user, "put the login user into group docker");
  app->add_option("--add-user-name", arguments->user, "put this user into group docker");
  app->footer(
      "Examples:\n  cef docker install all -i fleet.yaml --add-user --batch 25%\n"
      "  cef docker install gpu -i fleet.yaml --script get-docker.sh -K");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerInstallHost> presentation{
          "cef.docker-install/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, console.style); }};
      return run_fleet_command(
          *arguments, presentation, globals, console, [&](const auto& options, const auto& events, const auto& stop) {
            operation::DockerInstallOptions install{options, {}, arguments->add_user, arguments->user};
            if (!arguments->script.empty()) {
              install.script = arguments->script;
            }
            return operation::docker_install(install, events, stop);
          });
    };
  });
}

void add_status(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("status", "versions, daemon, disk use and containers");
  auto arguments = std::make_shared<FleetArguments>();
  add_fleet_options(*app, *arguments);
  app->footer("Examples:\n  cef docker status all -i fleet.yaml\n  cef docker status gpu -i fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerStatusHost> presentation{
          "cef.docker-status/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [](const auto& options, const auto& events, const auto& stop) {
                                 return operation::docker_status(options, events, stop);
                               });
    };
  });
}

void add_build(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("build", "build an image on each host");
  auto arguments = std::make_shared<BuildArguments>();
  arguments->timeout = "15m";
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  auto& build = arguments->build;
  app->add_option("--tag", build.tag, "name of the image: app:1")->required();
  app->add_option("--model", build.model, "from this deployed model's current release");
  app->add_option("--dest", build.dest, "where the models are on the host; relative to the home of the login user")
      ->capture_default_str();
  app->add_option("--dir", build.directory, "from this folder of the host");
  app->add_option("--context", arguments->context, "from this folder of this machine, which is sent");
  app->add_flag("--show-output", arguments->show_output, "show what the builds said, not only those that failed");
  app->footer(
      "Examples:\n  cef docker build rpi -i fleet.yaml --tag classifier:3 --model classifier\n"
      "  cef docker build gpu -i fleet.yaml --tag web:1 --context ./web --show-output");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const auto output = arguments->show_output ? report::BuildOutput::all : report::BuildOutput::of_failures;
      const Presentation<operation::DockerBuildHost> presentation{
          "cef.docker-build/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, output, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 operation::DockerBuildOptions build_options = arguments->build;
                                 build_options.fleet = options;
                                 if (!arguments->context.empty()) {
                                   build_options.context = arguments->context;
                                 }
                                 return operation::docker_build(build_options, events, stop);
                               });
    };
  });
}

void add_ps(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("ps", "containers that run");
  auto arguments = std::make_shared<PsArguments>();
  add_fleet_options(*app, *arguments);
  app->add_flag("-a,--all", arguments->all, "also those that do not run");
  app->footer("Examples:\n  cef docker ps all -i fleet.yaml\n  cef docker ps rpi -i fleet.yaml --all --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerPsHost> presentation{
          "cef.docker-ps/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::docker_ps({options, arguments->all}, events, stop);
                               });
    };
  });
}

void add_stop(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("stop", "stop containers that run");
  auto arguments = std::make_shared<StopArguments>();
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("container", arguments->containers, "names or ids")->required();
  app->footer(
      "Examples:\n  cef docker stop rpi classifier -i fleet.yaml\n"
      "  cef docker stop all web worker -i fleet.yaml --check");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerStopHost> presentation{
          "cef.docker-stop/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::docker_stop({options, arguments->containers}, events, stop);
                               });
    };
  });
}

}  // namespace

void register_docker(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("docker", "docker on hosts: install, status, build, run, exec, ps, logs, stop");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef docker status all -i fleet.yaml\n  cef docker run rpi app:1 -i fleet.yaml --rm -- ./selftest");
  add_install(*app, action);
  add_status(*app, action);
  add_build(*app, action);
  add_docker_run(*app, action);
  add_docker_exec(*app, action);
  add_ps(*app, action);
  add_docker_logs(*app, action);
  add_stop(*app, action);
}

}  // namespace cef::cli
