#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cef/cli/command.hpp"
#include "cef/operation/fleet.hpp"
#include "vault_options.hpp"

namespace CLI {
class Option;
}

namespace cef::cli {

/// The options that every command over hosts has, as they are on the command line.
struct FleetArguments {
  operation::FleetOptions options;
  std::string timeout = "60s";
  std::string user;
  std::string private_key;
  std::string become_user;
  std::string become_method;
  std::string become_password_file;
  std::shared_ptr<VaultArguments> vaults = std::make_shared<VaultArguments>();
  std::vector<std::string> batch;
  std::string max_fail;
  bool ask_password = false;
  bool ask_become_password = false;
};

/// How connections are made: --connect-timeout, --retries, --host-key-checking, --known-hosts, --ssh-config.
void add_connection_options(CLI::App& app, ssh::ConnectOptions& options);
/// --shard I/N.
void add_shard_option(CLI::App& app, std::optional<inventory::Shard>& shard);
/// Adds all to a subcommand; the pattern is its first positional.
void add_fleet_options(CLI::App& app, FleetArguments& arguments);
/// The same without the pattern.
void add_host_options(CLI::App& app, FleetArguments& arguments);
/// Throws for options after the name of a program without "--": `ls -la` would be --limit a.
void refuse_options_of_program(const CLI::App& app, const CLI::Option& program);
/// Asks on the terminal itself, so that stdin may be anything. Errors: usage, there is none; interrupted, by a signal.
core::Result<std::string> ask_on_terminal(const std::string& prompt, bool echo);
/// `instead`: what the message names where there is no terminal.
core::Result<core::Secret> ask_secret(const std::string& prompt, const std::string& instead = "a password file");
/// -k, and what it does.
void add_ask_pass_option(CLI::App& app, bool& wanted);
core::Result<void> ask_login_password(bool wanted, std::optional<core::Secret>& password);
/// The text of a file without white space around it; warns when others can read it. Error: usage.
core::Result<core::Secret> read_password_file(const std::string& file);
/// A duration above 0. Error (usage): names the option.
core::Result<core::Milliseconds> parse_positive(const std::string& text, const std::string& option);
/// --check: for commands that change something.
void add_check_option(CLI::App& app, FleetArguments& arguments);
/// --check, --batch, --max-fail: for commands that roll a change out.
void add_rollout_options(CLI::App& app, FleetArguments& arguments);
/// Reads durations, asks for passwords (on the terminal, without echo), reads the password file. Error: usage.
core::Result<operation::FleetOptions> finish(const FleetArguments& arguments, Console& console);

/// Draws progress over itself on a terminal's stderr, once a second has gone by, and removes it at the end.
class ProgressLine {
 public:
  ProgressLine(const Globals& globals, Console& console);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const fleet::Progress& progress);
  /// Before something else is written; nothing is drawn after it.
  void clear();

 private:
  void draw();
  Console& console_;
  bool enabled_;
  std::mutex mutex_;
  std::condition_variable ended_signal_;
  bool ended_ = false;
  bool drawn_ = false;
  std::string text_;
  std::thread thread_;  ///< draws also while no host begins or ends
};

}  // namespace cef::cli
