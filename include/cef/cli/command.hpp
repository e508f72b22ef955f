#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/report/table.hpp"

namespace CLI {
class App;
}

namespace cef::cli {

enum class OutputMode { table, json, jsonl };

/// Options every command has, filled by the time it runs.
struct Globals {
  OutputMode output = OutputMode::table;
  int verbosity = 0;  ///< -q: -1, -v: 1, -vv: 2
};

/// Where a command speaks. Result on `out`, everything else on `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  report::Style style;           ///< of stdout
  bool err_is_terminal = false;  ///< progress is drawn only then
  core::StopToken stop;          ///< raised by Ctrl-C
};

/// What a command gives `main`: the exit code of DESIGN's table, decided by exit_code.hpp alone.
using Action = std::function<int(const Globals&, Console&)>;

/// An error that ends a command: one line on stderr, or `{"error":{…}}` when JSON was asked for. Gives the exit code.
int report_error(const core::Error& error, const Globals& globals, Console& console);

/// Each subcommand's file has one of these: adds its CLI::App below `root`; sets `action` when that app was chosen.
using Register = void (*)(CLI::App& root, Action& action);

/// One registration function per file in src/cli; `commands.cpp` lists them.
void register_inventory(CLI::App& root, Action& action);
void register_ping(CLI::App& root, Action& action);
void register_exec(CLI::App& root, Action& action);
void register_os_info(CLI::App& root, Action& action);
void register_file(CLI::App& root, Action& action);
void register_service(CLI::App& root, Action& action);
void register_reboot(CLI::App& root, Action& action);
void register_apt(CLI::App& root, Action& action);
void register_time(CLI::App& root, Action& action);
void register_monitor(CLI::App& root, Action& action);
void register_docker(CLI::App& root, Action& action);
void register_repo(CLI::App& root, Action& action);
void register_deploy(CLI::App& root, Action& action);
void register_playbook(CLI::App& root, Action& action);
void register_model(CLI::App& root, Action& action);
void register_bench(CLI::App& root, Action& action);
void register_select(CLI::App& root, Action& action);
void register_runner(CLI::App& root, Action& action);
void register_merge(CLI::App& root, Action& action);

/// The whole program, testable in process. `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, Console& console);
/// What src/main.cpp calls: signals, terminal, locale, then `run`.
int main(int argc, char** argv);

}  // namespace cef::cli
