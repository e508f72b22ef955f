#include <CLI/CLI.hpp>

#include "cef/core/shell.hpp"
#include "cef/report/hosts.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

namespace {

struct ExecArguments : FleetArguments {
  std::vector<std::string> words;
  bool fold = false;

  /// One word is a line for the host's shell; several are a program and its arguments, quoted one by one.
  [[nodiscard]] std::string command() const { return words.size() == 1 ? words.front() : core::shell_join(words); }
};

}  // namespace

void register_exec(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("exec", "run a command on hosts");
  auto arguments = std::make_shared<ExecArguments>();
  add_fleet_options(*app, *arguments);
  app->add_flag("--fold", arguments->fold, "show hosts with the same output together");
  const auto* program =
      app->add_option("command", arguments->words,
                      "after --: one word is a line for the host's shell, several are a program and its arguments")
          ->required();
  app->footer(
      "Examples:\n  cef exec all -i inventory/local.yaml -- uname -a\n"
      "  cef exec rpi -i fleet.yaml --fold -b -- 'dmesg | tail -n 3'");
  app->callback([app, program, arguments, &action] {
    refuse_options_of_program(*app, *program);
    action = [arguments](const Globals& globals, Console& console) {
      const auto folding = arguments->fold ? report::Folding::folded : report::Folding::each;
      const Presentation<operation::ExecHost> presentation{"cef.exec/1", &report::host_json, [&](const auto& result) {
                                                             return report::exec_text(result, folding, console.style);
                                                           }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 return operation::exec(options, arguments->command(), events, stop);
                               });
    };
  });
}

}  // namespace cef::cli
