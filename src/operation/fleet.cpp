#include "cef/operation/fleet.hpp"

#include "cef/operation/inventory.hpp"
#include "cef/task/command.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

Result<std::vector<fleet::HostPlan>> plan(const FleetOptions& options) {
  const auto view = view_inventory(options.inventory, options.pattern, options.limit);
  if (!view) {
    return fail(view.error());
  }
  if (view->hosts.empty()) {
    return fail(ErrorCode::usage, "no host is left of '" + options.pattern + "'" +
                                      (options.limit.empty() ? "" : " with --limit '" + options.limit + "'"));
  }
  std::vector<fleet::HostPlan> plans;
  for (const auto& host : view->hosts) {
    auto one = fleet::plan_host(view->inventory, host);
    if (!one) {
      return fail(one.error());
    }
    if (options.user) {
      one->target.user = options.user;
    }
    if (options.private_key) {
      one->target.identity_files = {*options.private_key};
    }
    if (options.password) {
      one->target.password = options.password;
    }
    one->become.wanted = one->become.wanted || options.become;
    one->become.user = options.become_user.value_or(one->become.user);
    if (options.become_password) {
      one->become.password = options.become_password;
    }
    plans.push_back(std::move(*one));
  }
  return plans;
}

/// Runs `command` as the plan says, and counts a program that fails as a host that failed.
Result<ssh::ExecResult> run_command(ssh::Connection& connection, const fleet::HostPlan& plan,
                                    const std::string& command, core::Milliseconds timeout,
                                    const core::StopToken& stop) {
  ssh::ExecRequest request;
  request.command = command;
  request.deadline = timeout;
  return plan.become.wanted ? task::exec_become(connection, request, plan.become.user, plan.become.password, stop)
                            : connection.exec(request, stop);
}

template <class Host, class Work>
Result<FleetResult<Host>> over_hosts(const FleetOptions& options, const FleetEvents<Host>& events,
                                     const core::StopToken& stop, const Work& work) {
  const auto plans = plan(options);
  if (!plans) {
    return fail(plans.error());
  }
  FleetResult<Host> result;
  result.started = std::chrono::system_clock::now();
  result.hosts.resize(plans->size());
  std::vector<ssh::Target> targets;
  for (const auto& one : *plans) {
    targets.push_back(one.target);
  }
  const auto start = core::Clock::now();
  const std::shared_ptr<ssh::Connector> connector =
      options.connector ? options.connector : std::shared_ptr<ssh::Connector>(ssh::make_connector(options.connect));
  fleet::Observer observer;
  observer.progress = events.progress;
  observer.finished = [&](std::size_t index, const fleet::Outcome& outcome) {
    result.hosts[index].outcome = outcome;
    if (events.finished) {
      events.finished(result.hosts[index]);
    }
  };
  const auto outcomes = fleet::run(
      targets, *connector, {options.forks},
      [&](std::size_t index, ssh::Connection& connection) {
        return work((*plans)[index], connection, result.hosts[index]);
      },
      observer, stop);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    result.hosts[i].outcome = outcomes[i];
  }
  result.elapsed = core::Clock::now() - start;
  result.interrupted = stop.draining();
  return result;
}

}  // namespace

Result<FleetResult<PingHost>> ping(const FleetOptions& options, const FleetEvents<PingHost>& events,
                                   const core::StopToken& stop) {
  return over_hosts<PingHost>(options, events, stop,
                              [&](const fleet::HostPlan&, ssh::Connection& connection, PingHost& host) -> Result<void> {
                                const auto round_trip = task::ping(connection, options.timeout, stop);
                                if (!round_trip) {
                                  return fail(round_trip.error());
                                }
                                host.round_trip = *round_trip;
                                return {};
                              });
}

Result<FleetResult<ExecHost>> exec(const FleetOptions& options, const std::string& command,
                                   const FleetEvents<ExecHost>& events, const core::StopToken& stop) {
  return over_hosts<ExecHost>(
      options, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, ExecHost& host) -> Result<void> {
        auto ran = run_command(connection, plan, command, options.timeout, stop);
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
      });
}

Result<FleetResult<OsInfoHost>> os_info(const FleetOptions& options, const FleetEvents<OsInfoHost>& events,
                                        const core::StopToken& stop) {
  return over_hosts<OsInfoHost>(
      options, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, OsInfoHost& host) -> Result<void> {
        const auto answer = run_command(connection, plan, probe::os_fragment(), options.timeout, stop);
        if (!answer) {
          return fail(answer.error());
        }
        auto facts = probe::parse_os(answer->out);
        if (!facts) {
          return fail(facts.error());
        }
        host.facts = std::move(*facts);
        return {};
      });
}

}  // namespace cef::operation
