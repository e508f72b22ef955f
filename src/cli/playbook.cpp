#include "cef/report/playbook.hpp"

#include <algorithm>
#include <ostream>

#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cef/cli/exit_code.hpp"
#include "cef/core/log.hpp"
#include "cef/operation/ansible_config.hpp"
#include "cef/report/fleet.hpp"
#include "fleet_options.hpp"
#include "stopping.hpp"

namespace cef::cli {

namespace {

struct PlaybookArguments : FleetArguments {
  PlaybookArguments() { timeout = "30m"; }
  operation::PlaybookOptions playbook;
  std::string connection;
  bool flush_cache = false;  ///< has no effect
  bool step = false;
  bool syntax_check = false;
  bool list_tasks = false;
  bool list_hosts = false;
  bool list_tags = false;
};

void add_options(CLI::App& app, PlaybookArguments& arguments) {
  auto& playbook = arguments.playbook;
  app.add_option("file", playbook.files, "playbooks")->required();
  add_host_options(app, arguments);
  add_check_option(app, arguments);
  app.add_flag("-D,--diff", playbook.diff, "show what changes in files");
  app.add_option("-e,--extra-vars", playbook.extra_vars, "variables that win over all: NAME=VALUE, a map, @FILE")
      ->allow_extra_args(false);
  app.add_option("-t,--tags", playbook.tags, "only tasks with one of these tags")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--skip-tags", playbook.skip_tags, "no task with one of these tags")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--roles-path", playbook.roles_path, "folders of roles, A:B, besides roles/ at the playbook")
      ->delimiter(':')
      ->allow_extra_args(false);
  app.add_option("-c,--connection", arguments.connection, "ssh, or local: every host is this machine")
      ->check(CLI::IsMember({"ssh", "smart", "local"}));
  app.add_option("--start-at-task", playbook.start_at_task, "begin at the task with this name");
  app.add_flag("--step", arguments.step, "ask before each task");
  app.add_flag("--allow-missing-modules", playbook.allow_missing_modules,
               "run what names modules that cef has not where conditions may leave them out; a host that comes to one "
               "fails there");
  app.add_flag("--force-handlers", playbook.force_handlers, "run handlers also where a task failed");
  app.add_flag("--resume", playbook.resume,
               "go on where the last run of this playbook ended: hosts skip plays they did");
  app.add_flag("--flush-cache", arguments.flush_cache, "for ansible-playbook's sake: facts are not kept between runs");
  app.add_flag("--syntax-check", arguments.syntax_check, "read and check, run nothing");
  app.add_flag("--list-tasks", arguments.list_tasks, "list the tasks, run nothing");
  app.add_flag("--list-hosts", arguments.list_hosts, "list the hosts, run nothing");
  app.add_flag("--list-tags", arguments.list_tags, "list the tags, run nothing");
}

/// The configuration's ids are tried first, its file last.
void add_vaults(const operation::AnsibleConfig& config, VaultArguments& vaults) {
  vaults.ids.insert(vaults.ids.begin(), config.vault_ids.begin(), config.vault_ids.end());
  if (!config.vault_password_file.empty()) {
    vaults.password_files.push_back(config.vault_password_file);
  }
}

core::Result<operation::PlaybookOptions> options_of(const PlaybookArguments& arguments, Console& console) {
  const auto config = operation::read_ansible_config();
  if (!config) {
    return core::fail(config.error());
  }
  PlaybookArguments given = arguments;
  given.vaults = std::make_shared<VaultArguments>(*arguments.vaults);
  add_vaults(*config, *given.vaults);
  auto fleet = finish(given, console);
  if (!fleet) {
    return core::fail(fleet.error());
  }
  operation::PlaybookOptions options = arguments.playbook;
  options.fleet = std::move(*fleet);
  options.local = arguments.connection == "local";
  for (const std::string& warning : config->warnings) {
    core::log_warning(warning);
  }
  operation::apply(*config, options);
  if (::isatty(STDIN_FILENO) == 1) {
    if (!given.vaults->given()) {
      options.fleet.vault_passwords = vault_passwords(std::make_shared<VaultArguments>(VaultArguments{{}, {}, true}));
    }
    options.ask = ask_on_terminal;
  }
  if (arguments.step) {
    options.step = [](const std::string& task) {
      const auto answer = ask_on_terminal("Perform task: " + task + " (N)o/(y)es/(c)ontinue: ", true).value_or("n");
      return answer.empty() ? 'n' : static_cast<char>(std::tolower(static_cast<unsigned char>(answer[0])));
    };
  }
  return options;
}

int exit_code_of(const playbook::RunResult& result) {
  HostCounts counts;
  counts.interrupted = result.interrupted;
  for (const auto& [host, recap] : result.recaps) {
    if (result.forgiven.count(host) > 0) {
      continue;
    }
    counts.failed += recap.failed > 0 ? 1 : 0;
    counts.unreachable += recap.unreachable > 0 ? 1 : 0;
  }
  return exit_code(counts);
}

int list(const PlaybookArguments& arguments, const operation::PlaybookOptions& options, const Globals& globals,
         Console& console) {
  operation::PlaybookListing wanted{arguments.list_hosts, arguments.list_tasks, arguments.list_tags};
  const auto text = operation::list_playbooks(options, wanted);
  if (!text) {
    return report_error(text.error(), globals, console);
  }
  console.out << *text;
  return 0;
}

int run_files(const PlaybookArguments& arguments, const Globals& globals, Console& console) {
  auto options = options_of(arguments, console);
  if (!options) {
    return report_error(options.error(), globals, console);
  }
  options->verbosity = std::max(globals.verbosity, 0);
  if (arguments.syntax_check || arguments.list_tasks || arguments.list_hosts || arguments.list_tags) {
    return list(arguments, *options, globals, console);
  }
  if (console.err_is_terminal && globals.verbosity >= 0) {
    tell_of_stopping();
  }
  report::PlaybookText text(console.style, globals.verbosity, options->diff);
  report::PlaybookJson document;
  const auto result = operation::run_playbooks(
      *options,
      [&](const playbook::Event& event) {
        if (globals.output == OutputMode::json) {
          document.event(event);
        } else if (globals.output == OutputMode::jsonl) {
          console.out << core::dump_line(report::event_json(event)) << '\n' << std::flush;
        } else {
          console.out << text.event(event) << std::flush;
        }
      },
      console.stop);
  if (!result) {
    return report_error(result.error(), globals, console);
  }
  if (globals.output == OutputMode::json) {
    console.out << core::dump_document(document.document(*result)) << '\n';
  } else if (globals.output == OutputMode::jsonl) {
    core::Json last = {{"schema", "cef.playbook/1"}, {"event", "summary"}};
    last.update(report::recap_json(*result));
    last.update(report::times_json(result->started, result->run.elapsed));
    console.out << core::dump_line(last) << '\n';
  } else {
    console.out << text.recap(result->run);
  }
  const int code = exit_code_of(result->run);
  if (code != 0 && !options->fleet.check && globals.output == OutputMode::table && globals.verbosity >= 0) {
    console.err << "cef: the same command with --resume goes on where this run ended\n";
  }
  return code;
}

}  // namespace

void register_playbook(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("playbook", "Ansible playbooks, on hosts that need no Python");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n  cef playbook run playbooks/ping.yaml -i fleet.yaml\n"
      "  cef playbook run site.yaml -i fleet.yaml --syntax-check");
  auto* run = app->add_subcommand("run", "run playbooks");
  auto arguments = std::make_shared<PlaybookArguments>();
  add_options(*run, *arguments);
  run->footer(
      "Examples:\n  cef playbook run site.yaml -i fleet.yaml --check --diff\n"
      "  cef playbook run site.yaml -i fleet.yaml --limit rpi -e version=1.2 --json");
  run->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) { return run_files(*arguments, globals, console); };
  });
}

}  // namespace cef::cli
