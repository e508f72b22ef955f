#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/task/host.hpp"

namespace cef::operation {

struct FleetPlan {
  std::vector<fleet::HostPlan> hosts;
  std::optional<ShardView> shard;
};

/// The hosts that the options mean, in the order of the pattern; at least one, unless it is a shard. Error: usage.
core::Result<FleetPlan> plan_hosts(const FleetOptions& options);

/// A connected host, as tasks see it.
inline task::Host host_of(const fleet::HostPlan& plan, ssh::Connection& connection, const FleetOptions& options,
                          const core::StopToken& stop) {
  return {connection, plan.become, options.timeout, stop};
}

/// `work(plan, connection, host)` on every host.
/// `drive`: loops for work that is one command and what is made of its answer.
template <class Host, class Work>
core::Result<FleetResult<Host>> over_hosts(const FleetOptions& options, const FleetEvents<Host>& events,
                                           const core::StopToken& stop, const Work& work,
                                           fleet::Drive drive = fleet::Drive::threads) {
  const auto plan = plan_hosts(options);
  if (!plan) {
    return core::fail(plan.error());
  }
  warn_if_empty(plan->shard);
  FleetResult<Host> result;
  result.started = std::chrono::system_clock::now();
  result.shard = plan->shard;
  result.hosts.resize(plan->hosts.size());
  std::vector<ssh::Target> targets;
  for (const auto& one : plan->hosts) {
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
  const fleet::RunOptions run_options{options.forks, options.batches, options.max_fail, drive};
  const auto outcomes = fleet::run(
      targets, *connector, run_options,
      [&](std::size_t index, ssh::Connection& connection) {
        return work(plan->hosts[index], connection, result.hosts[index]);
      },
      observer, stop);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    result.hosts[i].outcome = outcomes[i];
  }
  result.elapsed = core::Clock::now() - start;
  result.interrupted = stop.draining();
  result.stopped_by_threshold = fleet::stopped_by_threshold(outcomes, run_options);
  result.check = options.check;
  return result;
}

/// `work(task::Host, report)` on every host.
template <class Report, class Work>
core::Result<FleetResult<TaskHost<Report>>> over_task_hosts(const FleetOptions& options,
                                                            const FleetEvents<TaskHost<Report>>& events,
                                                            const core::StopToken& stop, const Work& work,
                                                            fleet::Drive drive = fleet::Drive::threads) {
  return over_hosts<TaskHost<Report>>(
      options, events, stop,
      [&](const fleet::HostPlan& plan, ssh::Connection& connection, TaskHost<Report>& host) -> core::Result<void> {
        return work(host_of(plan, connection, options, stop), host.report);
      },
      drive);
}

}  // namespace cef::operation
