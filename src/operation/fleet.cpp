#include "cef/operation/fleet.hpp"

#include "cef/operation/inventory.hpp"
#include "cef/task/command.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<FleetPlan> plan_hosts(const FleetOptions& options) {
  const auto view =
      view_inventory(options.inventory, options.pattern, options.limit, options.shard, options.vault_passwords);
  if (!view) {
    return fail(view.error());
  }
  if (view->shard ? view->shard->selected == 0 : view->hosts.empty()) {
    if (view->inventory.hosts.empty()) {
      return fail(ErrorCode::usage, "the inventory names no host");
    }
    return fail(ErrorCode::usage, "no host is left of '" + options.pattern + "'" +
                                      (options.limit.empty() ? "" : " with --limit '" + options.limit + "'"));
  }
  const inventory::GivenLogin given{options.user, options.private_key, options.password};
  FleetPlan plan{{}, view->shard};
  for (const auto& host : view->hosts) {
    auto one = fleet::plan_host(view->inventory, host, given);
    if (!one) {
      return fail(one.error());
    }
    one->become.wanted = one->become.wanted || options.become;
    one->become.user = options.become_user.value_or(one->become.user);
    one->become.method = options.become_method.value_or(one->become.method);
    if (options.become_password) {
      one->become.password = options.become_password;
    }
    plan.hosts.push_back(std::move(*one));
  }
  return plan;
}

Result<FleetResult<PingHost>> ping(const FleetOptions& options, const FleetEvents<PingHost>& events,
                                   const core::StopToken& stop) {
  return over_hosts<PingHost>(
      options, events, stop,
      [&](const fleet::HostPlan&, ssh::Connection& connection, PingHost& host) -> Result<void> {
        const auto round_trip = task::ping(connection, options.timeout, stop);
        if (!round_trip) {
          return fail(round_trip.error());
        }
        host.round_trip = *round_trip;
        return {};
      },
      fleet::Drive::loops);
}

Result<FleetResult<ExecHost>> exec(const FleetOptions& options, const std::string& command,
                                   const FleetEvents<ExecHost>& events, const core::StopToken& stop) {
  return over_hosts<ExecHost>(
      options, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, ExecHost& host) -> Result<void> {
        auto ran = host_of(plan, connection, options, stop).run(command);
        if (!ran) {
          return fail(ran.error());
        }
        host.result = std::move(*ran);
        host.ran = true;
        if (host.result.exit_status != 0) {
          return fail(ErrorCode::host_failed,
                      host.result.signal.empty()
                          ? "the command exited with status " + std::to_string(host.result.exit_status)
                          : "the command was killed by signal " + host.result.signal);
        }
        return {};
      },
      fleet::Drive::loops);
}

Result<FleetResult<OsInfoHost>> os_info(const FleetOptions& options, const FleetEvents<OsInfoHost>& events,
                                        const core::StopToken& stop) {
  return over_hosts<OsInfoHost>(
      options, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, OsInfoHost& host) -> Result<void> {
        const auto answer = host_of(plan, connection, options, stop).run(probe::os_fragment());
        if (!answer) {
          return fail(answer.error());
        }
        auto facts = probe::parse_os(answer->out);
        if (!facts) {
          return fail(facts.error());
        }
        host.facts = std::move(*facts);
        return {};
      },
      fleet::Drive::loops);
}

}  // namespace cef::operation
