#include "cef/report/playbook.hpp"

#include <algorithm>
#include <ostream>

#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cef/cli/exit_code.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/operation/ansible_config.hpp"
#include "cef/report/fleet.hpp"
#include "fleet_options.hpp"
#include "stopping.hpp"

namespace cef::cli {

namespace {

struct PlaybookArguments : FleetArguments {
  PlaybookArguments() { timeout = "30m"; }
  operation::PlaybookOptions playbook;
  std::vector<std::string> vault_ids;
  std::vector<std::string> vault_password_files;
  std::string connection;
  bool ask_vault_password = false;
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
  app.add_flag("--force-handlers", playbook.force_handlers, "run handlers also where a task failed");
  app.add_flag("--resume", playbook.resume,
               "go on where the last run of this playbook ended: hosts skip plays they did");
  app.add_option("--vault-id", arguments.vault_ids, "a password of vaults: a file or program, or 'prompt' to be asked")
      ->option_text("[LABEL@]FILE ...")
      ->allow_extra_args(false);
  app.add_option("--vault-password-file,--vault-pass-file", arguments.vault_password_files,
                 "a file that holds the password of vaults, or a program that says it")
      ->allow_extra_args(false);
  app.add_flag("-J,--ask-vault-password,--ask-vault-pass", arguments.ask_vault_password,
               "ask for the password of vaults");
  app.add_flag("--flush-cache", arguments.flush_cache, "for ansible-playbook's sake: facts are not kept between runs");
  app.add_flag("--syntax-check", arguments.syntax_check, "read and check, run nothing");
  app.add_flag("--list-tasks", arguments.list_tasks, "list the tasks, run nothing");
  app.add_flag("--list-hosts", arguments.list_hosts, "list the hosts, run nothing");
  app.add_flag("--list-tags", arguments.list_tags, "list the tags, run nothing");
}

constexpr const char* k_default_label = "default";

/// Of what stands after "LABEL@"; empty: -J.
core::Result<core::Secret> vault_password(const std::string& label, const std::string& source) {
  if (source.empty() || source == "prompt") {
    return ask_secret(source.empty() ? "Vault password: " : "Vault password (" + label + "): ");
  }
  const std::string file = core::expand_home(source);
  struct stat status {};
  const bool program = ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  return program ? operation::password_of_program(file, label) : read_password_file(file);
}

/// As Ansible does, a file that cannot be read is passed over where there are other passwords.
core::Result<std::vector<core::VaultPassword>> vault_passwords(const std::vector<std::string>& ids) {
  std::vector<core::VaultPassword> passwords;
  core::Result<core::Secret> password;
  for (const std::string& id : ids) {
    const std::size_t at = id.find('@');
    const std::string label = at == std::string::npos || at == 0 ? k_default_label : id.substr(0, at);
    const std::string source = at == std::string::npos ? id : id.substr(at + 1);
    password = vault_password(label, source);
    if (password) {
      passwords.push_back({label, *password});
    } else if (source.empty() || source == "prompt") {
      return core::fail(password.error());
    } else {
      core::log_warning(password.error().message);
    }
  }
  return passwords.empty() ? core::Result<std::vector<core::VaultPassword>>(core::fail(password.error())) : passwords;
}

std::vector<std::string> vault_ids(const PlaybookArguments& arguments, const operation::AnsibleConfig& config) {
  std::vector<std::string> ids = config.vault_ids;
  ids.insert(ids.end(), arguments.vault_ids.begin(), arguments.vault_ids.end());
  const auto add = [&](const std::string& source) { ids.push_back(std::string(k_default_label) + "@" + source); };
  std::for_each(arguments.vault_password_files.begin(), arguments.vault_password_files.end(), add);
  if (!config.vault_password_file.empty()) {
    add(config.vault_password_file);
  }
  if (arguments.ask_vault_password || (ids.empty() && ::isatty(STDIN_FILENO) == 1)) {
    add("");
  }
  return ids;
}

core::Result<operation::PlaybookOptions> options_of(const PlaybookArguments& arguments, Console& console) {
  auto fleet = finish(arguments, console);
  if (!fleet) {
    return core::fail(fleet.error());
  }
  operation::PlaybookOptions options = arguments.playbook;
  options.fleet = std::move(*fleet);
  options.local = arguments.connection == "local";
  const auto config = operation::read_ansible_config();
  if (!config) {
    return core::fail(config.error());
  }
  for (const std::string& warning : config->warnings) {
    core::log_warning(warning);
  }
  operation::apply(*config, options);
  if (const auto ids = vault_ids(arguments, *config); !ids.empty()) {
    options.vault_passwords = [ids] { return vault_passwords(ids); };
  }
  if (::isatty(STDIN_FILENO) == 1) {
    options.ask = [](const std::string& prompt, bool echo) { return ask_on_terminal(prompt, echo).value_or(""); };
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
