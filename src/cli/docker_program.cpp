#include <CLI/CLI.hpp>

#include "cef/core/duration.hpp"
#include "cef/report/docker.hpp"
#include "docker.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct RunArguments : FleetArguments {
  operation::DockerRunOptions run;
  bool fold = false;
};

struct ProgramArguments : FleetArguments {
  std::string container;
  std::vector<std::string> command;
  std::string since;
  std::optional<std::uint64_t> tail;
  bool fold = false;
};

report::Folding folding_of(bool fold) {
  return fold ? report::Folding::folded : report::Folding::each;
}

void add_fold(CLI::App& app, bool& fold) {
  app.add_flag("--fold", fold, "show hosts with the same output together");
}

const CLI::Option* add_run_options(CLI::App& app, operation::DockerRunOptions& options) {
  auto& run = options.run;
  app.add_option("image", run.image, "its name; pulled where the host has none")->required();
  const auto* program =
      app.add_option("command", run.command, "after --: the program in the container and its arguments");
  app.add_option("--name", run.name, "of the container");
  app.add_flag("-d,--detach", run.detach, "leave it running; with --name nothing is done where it runs already");
  app.add_flag("--rm", run.remove, "remove the container when it ends");
  app.add_flag("--replace", run.replace, "replace a container of that name that has another image or other options");
  app.add_option("--publish", run.publish, "HOST_PORT:PORT; may be given several times")->allow_extra_args(false);
  app.add_option("--volume", run.volumes, "FOLDER:MOUNT[:ro]; may be given several times")->allow_extra_args(false);
  app.add_option("--env", options.environment, "KEY=VALUE, or KEY with its value from this environment")
      ->allow_extra_args(false);
  app.add_option("--env-file", options.environment_files, "a file of this machine with lines KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--restart", run.restart, "no, on-failure, always or unless-stopped");
  app.add_option("--gpus", run.gpus, "all, or device=0");
  return program;
}

}  // namespace

void add_docker_run(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("run", "run a program in a container of an image");
  auto arguments = std::make_shared<RunArguments>();
  arguments->timeout = "15m";
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  const auto* program = add_run_options(*app, arguments->run);
  add_fold(*app, arguments->fold);
  app->footer(
      "Examples:\n  cef docker run rpi app:1 -i fleet.yaml --rm -- ./selftest --quick\n"
      "  cef docker run gpu app:1 -i fleet.yaml -d --name app --restart unless-stopped --gpus all --publish 8080:80");
  app->callback([app, program, arguments, &action] {
    refuse_options_of_program(*app, *program);
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerRunHost> presentation{
          "cef.docker-run/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, folding_of(arguments->fold), console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 operation::DockerRunOptions run = arguments->run;
                                 run.fleet = options;
                                 return operation::docker_run(run, events, stop);
                               });
    };
  });
}

void add_docker_exec(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("exec", "run a program in a container that runs");
  auto arguments = std::make_shared<ProgramArguments>();
  add_fleet_options(*app, *arguments);
  app->add_option("container", arguments->container, "its name or id")->required();
  const auto* program =
      app->add_option("command", arguments->command, "after --: the program and its arguments")->required();
  add_fold(*app, arguments->fold);
  app->footer(
      "Examples:\n  cef docker exec rpi app -i fleet.yaml -- cat /etc/os-release\n"
      "  cef docker exec gpu app -i fleet.yaml --fold -- sh -c 'ps | wc -l'");
  app->callback([app, program, arguments, &action] {
    refuse_options_of_program(*app, *program);
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::DockerProgramHost> presentation{
          "cef.docker-exec/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, folding_of(arguments->fold), console.style); }};
      return run_fleet_command(
          *arguments, presentation, globals, console, [&](const auto& options, const auto& events, const auto& stop) {
            return operation::docker_exec({options, arguments->container, arguments->command}, events, stop);
          });
    };
  });
}

void add_docker_logs(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("logs", "what the program of a container said");
  auto arguments = std::make_shared<ProgramArguments>();
  add_fleet_options(*app, *arguments);
  app->add_option("container", arguments->container, "its name or id")->required();
  app->add_option("--tail", arguments->tail, "only so many last lines");
  app->add_option("--since", arguments->since, "only what is not older: 10m");
  add_fold(*app, arguments->fold);
  app->footer(
      "Examples:\n  cef docker logs rpi app -i fleet.yaml --tail 20\n"
      "  cef docker logs all app -i fleet.yaml --since 10m --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const auto since = core::parse_duration(arguments->since.empty() ? "1s" : arguments->since);
      if (!since) {
        return report_error({core::ErrorCode::usage, "--since: " + since.error().message, {}}, globals, console);
      }
      const Presentation<operation::DockerProgramHost> presentation{
          "cef.docker-logs/1", &report::host_json,
          [&](const auto& result) { return report::docker_text(result, folding_of(arguments->fold), console.style); }};
      return run_fleet_command(
          *arguments, presentation, globals, console, [&](const auto& options, const auto& events, const auto& stop) {
            operation::DockerLogsOptions logs{options, {arguments->container, arguments->tail, std::nullopt}};
            if (!arguments->since.empty()) {
              logs.logs.since = *since;
            }
            return operation::docker_logs(logs, events, stop);
          });
    };
  });
}

}  // namespace cef::cli
