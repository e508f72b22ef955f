#include "bench_options.hpp"

#include <CLI/CLI.hpp>

#include "fleet_options.hpp"

namespace cef::cli {

std::string whole_number(const std::string& text) {
  const bool whole = !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  return whole ? "" : "'" + text + "' is not a whole number of 0 or more";
}

void add_edge_options(CLI::App& app, BenchArguments& arguments) {
  auto& options = arguments.options;
  app.add_option("pattern", options.pattern, "edges, as in Ansible's patterns (default: this machine)");
  app.add_option("-i,--inventory", options.inventory,
                 "inventory file or folder, or HOST,HOST; may be given several times")
      ->allow_extra_args(false);
  app.add_option("-l,--limit", options.limit, "a second pattern that hosts must match too");
  add_shard_option(app, options.shard);
  app.add_option("-u,--user", options.user, "log in as this user");
  app.add_option("--private-key", options.private_key, "log in with this key");
  add_ask_pass_option(app, arguments.ask_password);
  add_connection_options(app, options.connect);
  const auto vaults = std::make_shared<VaultArguments>();
  add_vault_options(app, *vaults);
  options.vault_passwords = vault_passwords(vaults);
  app.add_flag("--parallel", options.parallel, "all edges at the same time (only for machines of their own)");
  app.add_option("--runner-path", options.runner_path, "cef on the edges (default: the path it has here, else PATH)");
}

CLI::Option* add_state_option(CLI::App& app, bench::State& state, const std::string& what) {
  return app
      .add_option_function<std::string>(
          "--state",
          [&state](const std::string& name) { state = name == "cold" ? bench::State::cold : bench::State::warm; }, what)
      ->check(CLI::IsMember({"warm", "cold"}))
      ->default_str("warm");
}

void add_profile_options(CLI::App& app, operation::BenchOptions& options) {
  app.add_option_function<std::string>(
         "--profile",
         [&options](const std::string& use) {
           options.profile = use == "fresh"    ? operation::ProfileUse::fresh
                             : use == "cached" ? operation::ProfileUse::cached
                                               : operation::ProfileUse::automatic;
         },
         "of an edge: auto (times of layers at most a day old, load and link measured), fresh (all measured), "
         "cached (all, at most ten minutes old)")
      ->check(CLI::IsMember({"auto", "fresh", "cached"}))
      ->default_str("auto");
  app.add_option("--probe-ties", options.probe_ties,
                 "run candidates with near predictions for a moment before choosing (default: yes)")
      ->option_text("yes|no");
}

}  // namespace cef::cli
