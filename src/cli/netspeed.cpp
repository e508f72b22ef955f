#include "cef/report/netspeed.hpp"

#include <CLI/CLI.hpp>

#include "fleet_command.hpp"
#include "monitor.hpp"

namespace cef::cli {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::uint64_t k_least_bytes = std::uint64_t{64} * 1024;

struct NetspeedArguments : FleetArguments {
  int seconds = 5;
  std::string max_bytes = "256M";
  std::string iperf3;
  bool parallel = false;
};

Result<task::NetspeedOptions> read(const NetspeedArguments& arguments) {
  task::NetspeedOptions options;
  options.time = std::chrono::seconds(arguments.seconds);
  const auto bytes = core::parse_bytes(arguments.max_bytes);
  if (!bytes || bytes->count < k_least_bytes) {
    return fail(ErrorCode::usage,
                "--max-bytes: '" + arguments.max_bytes + "' is not a size of 64K or more; write for example 8M or 1G");
  }
  options.max_bytes = *bytes;
  if (!arguments.iperf3.empty()) {
    const auto server = task::parse_iperf3_server(arguments.iperf3);
    if (!server) {
      return fail(server.error());
    }
    options.server = *server;
  }
  return options;
}

int run_netspeed(const NetspeedArguments& arguments, const Globals& globals, Console& console) {
  const auto netspeed = read(arguments);
  if (!netspeed) {
    return report_error(netspeed.error(), globals, console);
  }
  const Presentation<operation::NetspeedHost> presentation{
      "cef.netspeed/1", &report::host_json,
      [&](const auto& result) { return report::netspeed_text(result, console.style); }};
  return run_fleet_command(arguments, presentation, globals, console,
                           [&](const auto& options, const auto& events, const auto& stop) {
                             return operation::netspeed({options, *netspeed, arguments.parallel}, events, stop);
                           });
}

}  // namespace

void add_netspeed(CLI::App& monitor, Action& action) {
  auto* app = monitor.add_subcommand("netspeed", "uplink, downlink and round-trip time of hosts, as measured");
  auto arguments = std::make_shared<NetspeedArguments>();
  add_fleet_options(*app, *arguments);
  app->add_option("--seconds", arguments->seconds, "at most so long in each direction")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  app->add_option("--max-bytes", arguments->max_bytes, "at most so much in each direction")->capture_default_str();
  app->add_option("--iperf3", arguments->iperf3,
                  "HOST[:PORT]: hosts measure against this iperf3 server; they need iperf3")
      ->type_name("SERVER");
  app->add_flag("--parallel", arguments->parallel, "all at once, as many as --forks; else hosts go in turn");
  app->footer(
      "Examples:\n  cef monitor netspeed rpi -i fleet.yaml\n  cef monitor netspeed gpu --seconds 10 --max-bytes 2G -i "
      "fleet.yaml --json");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      return run_netspeed(*arguments, globals, console);
    };
  });
}

}  // namespace cef::cli
