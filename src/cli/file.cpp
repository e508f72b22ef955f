#include "cef/report/file.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct PutArguments : FleetArguments {
  operation::FilePutOptions put;
};
struct GetArguments : FleetArguments {
  operation::FileGetOptions get;
};

Presentation<operation::FileHost> presentation(const char* schema, const Console& console) {
  return {schema, &report::host_json,
          [&console](const auto& result) { return report::file_text(result, console.style); }};
}

void add_put(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("put", "put a file on hosts, where it is not there already");
  auto arguments = std::make_shared<PutArguments>();
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("local", arguments->put.local, "the file here")->required();
  app->add_option("remote", arguments->put.remote, "the path there; a folder keeps the file's name")->required();
  app->add_option("--mode", arguments->put.mode, "octal, for example 0644");
  app->add_option("--owner", arguments->put.owner, "USER or USER:GROUP (needs -b)");
  app->footer(
      "Examples:\n  cef file put rpi motd /etc/motd -b -i fleet.yaml\n"
      "  cef file put all app.conf /etc/app/ -b --mode 0640 --owner root:app --batch 25% -i fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation("cef.file-put/1", console), globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 arguments->put.fleet = options;
                                 return operation::file_put(arguments->put, events, stop);
                               });
    };
  });
}

void add_get(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("get", "fetch a file from hosts into FOLDER/HOST/NAME");
  auto arguments = std::make_shared<GetArguments>();
  add_fleet_options(*app, *arguments);
  app->add_option("remote", arguments->get.remote, "the file there")->required();
  app->add_option("folder", arguments->get.folder, "the folder here")->required();
  app->footer(
      "Examples:\n  cef file get all /etc/os-release fetched -i fleet.yaml\n"
      "  cef file get gpu /var/log/syslog logs -b -i fleet.yaml");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_fleet_command(*arguments, presentation("cef.file-get/1", console), globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 arguments->get.fleet = options;
                                 return operation::file_get(arguments->get, events, stop);
                               });
    };
  });
}

}  // namespace

void register_file(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("file", "files of hosts: put, get");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef file put rpi motd /etc/motd -b -i fleet.yaml\n  cef file get all /etc/os-release fetched -i "
      "fleet.yaml");
  add_put(*app, action);
  add_get(*app, action);
}

}  // namespace cef::cli
