#include "cef/report/repo.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"

namespace cef::cli {

namespace {

/// Prints a result as the globals want it; --jsonl gives it as one event.
template <class Result>
int write(const core::Result<Result>& result, const Globals& globals, Console& console) {
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::table) {
    console.out << report::repo_text(*result, console.style);
  } else if (globals.output == OutputMode::json) {
    console.out << core::dump_document(report::to_json(*result)) << '\n';
  } else {
    core::Json line = {{"event", "result"}};
    line.update(report::to_json(*result));
    console.out << core::dump_line(line) << '\n';
  }
  return 0;
}

void add_folder(CLI::App& app, std::string& folder, const char* description) {
  app.add_option("-d,--repo", folder, description)->envname("CEF_REPOSITORY")->capture_default_str();
}

void add_init(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("init", "make an empty repository");
  auto folder = std::make_shared<std::string>("models-repo");
  app->add_option("folder", *folder, "the folder")->capture_default_str();
  app->footer("Examples:\n  cef repo init\n  cef repo init /srv/models");
  app->callback([folder, &action] {
    action = [folder](const Globals& globals, Console& console) {
      return write(operation::repo_init(*folder), globals, console);
    };
  });
}

void add_add(CLI::App& parent, Action& action) {
  struct Arguments {
    std::string folder = "models-repo";
    std::string archive;
    registry::AddOptions options;
  };
  auto* app = parent.add_subcommand("add", "check an archive and put it in; makes the repository if there is none");
  auto arguments = std::make_shared<Arguments>();
  app->add_option("archive", arguments->archive, "a .zip, .tar, .tar.gz or .tar.zst")->required();
  add_folder(*app, arguments->folder, "the repository's folder");
  app->add_option("--name", arguments->options.given.name, "instead of what the archive says");
  app->add_option("--version", arguments->options.given.version, "instead of what the archive says");
  app->add_option("--task", arguments->options.given.task, "what the model does, for example image-classification");
  app->add_option("--architecture", arguments->options.given.architecture, "where it runs: any, amd64 or arm64");
  app->add_flag("--replace", arguments->options.replace, "also when the version is there with another content");
  app->footer(
      "Name, version, task and architecture come from the options, else from cef-model.yaml in the archive, else from\n"
      "its name, NAME-VERSION.zip.\n\n"
      "Examples:\n  cef repo add resnet18-1.2.zip\n"
      "  cef repo add build.zip --repo /srv/models --name detector --version 2.0 --architecture arm64");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return write(operation::repo_add(arguments->folder, arguments->archive, arguments->options, console.stop),
                   globals, console);
    };
  });
}

void add_list(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("list", "what a repository holds");
  auto folder = std::make_shared<std::string>("models-repo");
  add_folder(*app, *folder, "the repository's folder or URL");
  app->footer("Examples:\n  cef repo list\n  cef repo list --repo http://10.0.0.1:8080 --json");
  app->callback([folder, &action] {
    action = [folder](const Globals& globals, Console& console) {
      return write(operation::repo_list(*folder), globals, console);
    };
  });
}

void add_verify(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("verify", "read every bundle anew; exits 10 when one is missing or damaged");
  auto folder = std::make_shared<std::string>("models-repo");
  add_folder(*app, *folder, "the repository's folder");
  app->footer("Examples:\n  cef repo verify\n  cef repo verify --repo /srv/models --json");
  app->callback([folder, &action] {
    action = [folder](const Globals& globals, Console& console) {
      const auto result = operation::repo_verify(*folder, console.stop);
      const int code = write(result, globals, console);
      return result && !result->problems.empty() ? exit_code(core::ErrorCode::integrity) : code;
    };
  });
}

void add_serve(CLI::App& parent, Action& action) {
  struct Arguments {
    std::string folder = "models-repo";
    std::string address = "127.0.0.1";
    int port = 8080;
  };
  auto* app = parent.add_subcommand("serve", "serve a repository over HTTP until Ctrl-C");
  auto arguments = std::make_shared<Arguments>();
  add_folder(*app, arguments->folder, "the repository's folder");
  app->add_option("--address", arguments->address, "the address to listen at; 0.0.0.0 for every one")
      ->capture_default_str();
  app->add_option("--port", arguments->port, "0 for any that is free")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app->footer("Examples:\n  cef repo serve --address 0.0.0.0\n  cef repo serve --repo /srv/models --port 0 --jsonl");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const bool json = globals.output != OutputMode::table;
      registry::ServeOptions options{arguments->folder, arguments->address, arguments->port, {}};
      options.on_request = [&](const registry::ServedRequest& request) {
        if (json) {
          console.out << core::dump_line({{"event", "request"},
                                          {"client", request.client},
                                          {"method", request.method},
                                          {"path", request.path},
                                          {"status", request.status},
                                          {"bytes", request.bytes}})
                      << std::endl;
        } else {
          console.out << report::printable(request.client + " " + request.method + " " + request.path) << " "
                      << request.status << std::endl;
        }
      };
      const auto done = operation::repo_serve(
          options,
          [&](int port) {
            const std::string url = "http://" + arguments->address + ":" + std::to_string(port);
            console.out << (json ? core::dump_line({{"event", "serving"}, {"url", url}})
                                 : "Serving " + arguments->folder + " at " + url + " until Ctrl-C")
                        << std::endl;
          },
          console.stop);
      return done ? 0 : report_error(done.error(), globals, console);
    };
  });
}

}  // namespace

void register_repo(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("repo", "a model repository: init, add, list, verify, serve");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef repo add resnet18-1.2.zip --repo /srv/models\n  cef repo serve --repo /srv/models --address "
      "0.0.0.0");
  add_init(*app, action);
  add_add(*app, action);
  add_list(*app, action);
  add_verify(*app, action);
  add_serve(*app, action);
}

}  // namespace cef::cli
