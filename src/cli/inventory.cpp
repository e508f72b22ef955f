#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/core/near_name.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/report/inventory.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

namespace {

struct Options {
  std::vector<std::filesystem::path> sources;
  std::string pattern = "all";
  std::string limit;
  std::optional<inventory::Shard> shard;
  std::shared_ptr<VaultArguments> vaults = std::make_shared<VaultArguments>();
};

int list(const Options& options, const Globals& globals, Console& console) {
  const auto view = operation::view_inventory(options.sources, options.pattern, options.limit, options.shard,
                                              vault_passwords(options.vaults));
  if (!view) {
    return report_error(view.error(), globals, console);
  }
  operation::warn_if_empty(view->shard);
  console.out << (globals.output == OutputMode::table ? report::inventory_list_text(*view, console.style)
                                                      : report::inventory_list_document(*view) + "\n");
  return 0;
}

int graph(const Options& options, const Globals& globals, Console& console) {
  const auto inventory = operation::load_inventory(options.sources, vault_passwords(options.vaults));
  if (!inventory) {
    return report_error(inventory.error(), globals, console);
  }
  if (!inventory->groups.contains(options.pattern)) {
    std::vector<std::string> names;
    for (const auto& [name, group] : inventory->groups) {
      names.push_back(name);
    }
    return report_error(
        {core::ErrorCode::usage,
         "the inventory has no group '" + options.pattern + "'" + core::did_you_mean(options.pattern, names),
         {}},
        globals, console);
  }
  console.out << (globals.output == OutputMode::table
                      ? report::inventory_graph_text(*inventory, options.pattern)
                      : core::dump_document(report::inventory_graph_json(*inventory, options.pattern)) + "\n");
  return 0;
}

int host(const Options& options, const Globals& globals, Console& console) {
  const auto inventory = operation::load_inventory(options.sources, vault_passwords(options.vaults));
  if (!inventory) {
    return report_error(inventory.error(), globals, console);
  }
  if (!inventory->hosts.contains(options.pattern)) {
    return report_error({core::ErrorCode::usage,
                         "the inventory has no host '" + options.pattern + "'" +
                             core::did_you_mean(options.pattern, inventory->host_order),
                         {}},
                        globals, console);
  }
  if (const auto open = inventory->check_open(options.pattern); !open) {
    return report_error(open.error(), globals, console);
  }
  console.out << (globals.output == OutputMode::table
                      ? report::inventory_host_text(*inventory, options.pattern, console.style)
                      : core::dump_document(report::inventory_host_json(*inventory, options.pattern)) + "\n");
  return 0;
}

}  // namespace

void register_inventory(CLI::App& root, Action& action) {
  auto* app = root.add_subcommand("inventory", "show hosts, groups and variables");
  app->require_subcommand(1);
  app->footer("Examples:\n  cef inventory graph -i fleet.yaml\n  cef inventory host pi-1 -i fleet.yaml --json");
  app->fallthrough();
  auto options = std::make_shared<Options>();
  app->add_option("-i,--inventory", options->sources,
                  "inventory file or folder, or HOST,HOST; may be given several times")
      ->allow_extra_args(false);
  add_vault_options(*app, *options->vaults);
  const auto add = [&](const char* name, const char* help, auto run, const char* footer) {
    auto* sub = app->add_subcommand(name, help);
    sub->footer(footer);
    sub->callback([options, &action, run] {
      action = [options, run](const Globals& globals, Console& console) { return run(*options, globals, console); };
    });
    return sub;
  };
  auto* list_app = add("list", "hosts with address and groups; --json as ansible-inventory --list", list,
                       "Examples:\n  cef inventory list -i inventory/example.yaml\n"
                       "  cef inventory list 'rpi:!pi-03' -i hosts.ini --json");
  list_app->add_option("pattern", options->pattern, "which hosts, as Ansible writes patterns")->capture_default_str();
  list_app->add_option("-l,--limit", options->limit, "a second pattern that hosts must match too");
  add_shard_option(*list_app, options->shard);
  add("graph", "groups as a tree", graph,
      "Examples:\n  cef inventory graph -i inventory/example.yaml\n  cef inventory graph rpi -i inventory/example.yaml")
      ->add_option("group", options->pattern, "the group to begin with")
      ->capture_default_str();
  add("host", "all variables of one host", host,
      "Examples:\n  cef inventory host pi-01 -i inventory/example.yaml\n  cef inventory host pi-01 -i hosts.ini --json")
      ->add_option("name", options->pattern, "the host")
      ->required();
}

}  // namespace cef::cli
