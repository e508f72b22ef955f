#include "cef/report/deploy.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct DeployArguments : FleetArguments {
  task::DeployOptions deploy;
  std::string transfer_timeout = "1h";
  operation::DeployModelOptions model;
  operation::DeployFileOptions file;
};

struct DeployedArguments : FleetArguments {
  operation::DeployedOptions deployed;
  std::string to;
  unsigned keep = 3;
  bool verify = false;
};

template <class Host>
Presentation<Host> presentation(const char* schema, const Console& console) {
  return {schema, &report::host_json,
          [&console](const auto& result) { return report::deploy_text(result, console.style); }};
}

void add_dest(CLI::App& app, std::string& dest) {
  app.add_option("--dest", dest, "the folder of models on the host; relative to the home")->capture_default_str();
}

void add_deploy_options(CLI::App& app, DeployArguments& arguments) {
  add_fleet_options(app, arguments);
  add_rollout_options(app, arguments);
  add_dest(app, arguments.deploy.dest);
  app.add_option("--verify-cmd", arguments.deploy.verify_command,
                 "runs in the new release on the host; unless it exits 0, nothing is switched");
  app.add_option("--keep", arguments.deploy.keep, "releases that stay on the host")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
}

void add_model(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("model", "have hosts pull a model from a repository");
  auto arguments = std::make_shared<DeployArguments>();
  add_deploy_options(*app, *arguments);
  app->add_option("model", arguments->model.wanted, "NAME, or NAME@VERSION; else the newest")->required();
  app->add_option("--repo", arguments->model.repository, "the repository's URL, or with --push its folder")
      ->envname("CEF_REPOSITORY")
      ->required();
  app->add_flag("--push", arguments->model.push, "send over SSH from the repository's folder");
  app->add_option("--task", arguments->model.task, "the model must be for this task");
  app->add_option("--transfer-timeout", arguments->transfer_timeout, "for a host to pull")->capture_default_str();
  app->footer(
      "Examples:\n  cef deploy model rpi resnet18 --repo http://10.0.0.1:8080 -i fleet.yaml --batch 25% --max-fail 1\n"
      "  cef deploy model gpu resnet152@2.1 --repo /srv/models --push -i fleet.yaml --verify-cmd './selftest'");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const auto transfer = parse_positive(arguments->transfer_timeout, "--transfer-timeout");
      if (!transfer) {
        return report_error(transfer.error(), globals, console);
      }
      return run_fleet_command(*arguments, presentation<operation::DeployHost>("cef.deploy/1", console), globals,
                               console, [&](const auto& options, const auto& events, const auto& stop) {
                                 auto wanted = arguments->model;
                                 wanted.fleet = options;
                                 wanted.deploy = arguments->deploy;
                                 wanted.deploy.transfer_deadline = *transfer;
                                 return operation::deploy_model(wanted, events, stop);
                               });
    };
  });
}

void add_file(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("file", "send an archive over SSH; 'cef deploy FILE.zip PATTERN' is the same");
  auto arguments = std::make_shared<DeployArguments>();
  app->add_option("archive", arguments->file.archive, "a .zip, .tar, .tar.gz or .tar.zst")->required();
  add_deploy_options(*app, *arguments);
  app->add_option("--name", arguments->file.given.name, "instead of what the archive says");
  app->add_option("--version", arguments->file.given.version, "instead of what the archive says");
  app->add_option("--architecture", arguments->file.given.architecture, "any, amd64 or arm64");
  app->footer(
      "Examples:\n  cef deploy resnet18-1.2.zip rpi -i fleet.yaml\n"
      "  cef deploy file build.zip gpu --name detector --version 2.0 --dest /srv/models -b -i fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation<operation::DeployHost>("cef.deploy/1", console), globals,
                               console, [&](const auto& options, const auto& events, const auto& stop) {
                                 auto wanted = arguments->file;
                                 wanted.fleet = options;
                                 wanted.deploy = arguments->deploy;
                                 return operation::deploy_file(wanted, events, stop);
                               });
    };
  });
}

std::shared_ptr<DeployedArguments> add_deployed(CLI::App& app) {
  auto arguments = std::make_shared<DeployedArguments>();
  add_fleet_options(app, *arguments);
  add_dest(app, arguments->deployed.dest);
  return arguments;
}

void add_status(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("status", "which models hosts have");
  auto arguments = add_deployed(*app);
  app->add_option("model", arguments->deployed.name, "only this one");
  app->add_flag("--verify", arguments->verify, "read every file of the current releases and compare its digest");
  app->footer(
      "Examples:\n  cef deploy status all -i fleet.yaml\n  cef deploy status rpi resnet18 --verify -i fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation<operation::DeployStatusHost>("cef.deploy-status/1", console),
                               globals, console, [&](const auto& options, const auto& events, const auto& stop) {
                                 arguments->deployed.fleet = options;
                                 return operation::deploy_status(arguments->deployed, arguments->verify, events, stop);
                               });
    };
  });
}

void add_rollback(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("rollback", "make the release before, or the one of --to, current again");
  auto arguments = add_deployed(*app);
  add_rollout_options(*app, *arguments);
  app->add_option("model", arguments->deployed.name, "which")->required();
  app->add_option("--to", arguments->to, "a version, or a release as status shows it");
  app->footer(
      "Examples:\n  cef deploy rollback rpi resnet18 -i fleet.yaml\n"
      "  cef deploy rollback all resnet18 --to 1.1 --check -i fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation<operation::RollbackHost>("cef.deploy-rollback/1", console),
                               globals, console, [&](const auto& options, const auto& events, const auto& stop) {
                                 arguments->deployed.fleet = options;
                                 return operation::deploy_rollback(arguments->deployed, arguments->to, events, stop);
                               });
    };
  });
}

void add_prune(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("prune", "remove old releases, and what broken transfers left");
  auto arguments = add_deployed(*app);
  add_check_option(*app, *arguments);
  app->add_option("model", arguments->deployed.name, "only this one");
  app->add_option("--keep", arguments->keep, "releases that stay")->capture_default_str()->check(CLI::Range(1, 1000));
  app->footer(
      "Examples:\n  cef deploy prune all -i fleet.yaml --check\n  cef deploy prune rpi resnet18 --keep 1 -i "
      "fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation<operation::PruneHost>("cef.deploy-prune/1", console), globals,
                               console, [&](const auto& options, const auto& events, const auto& stop) {
                                 arguments->deployed.fleet = options;
                                 return operation::deploy_prune(arguments->deployed, arguments->keep, events, stop);
                               });
    };
  });
}

}  // namespace

void register_deploy(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("deploy", "models on hosts: pull, push, status, rollback, prune");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef deploy model rpi resnet18 --repo http://10.0.0.1:8080 -i fleet.yaml\n  cef deploy "
      "resnet18-1.2.zip rpi -i fleet.yaml");
  add_model(*app, action);
  add_file(*app, action);
  add_status(*app, action);
  add_rollback(*app, action);
  add_prune(*app, action);
}

}  // namespace cef::cli
