#include "cef/operation/monitor.hpp"

#include "monitor_sample.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::fail;
using core::Result;

probe::Metrics metrics_of(const MonitorOptions& options) {
  probe::Metrics metrics = options.metrics;
  for (const auto& rule : options.alerts) {
    metrics = metrics | rule.value->metric;
  }
  return metrics;
}

Result<void> take_sample(const task::Host& host, const MonitorOptions& options, core::Milliseconds window,
                         MonitorReport& report) {
  const probe::Metrics metrics = metrics_of(options);
  const auto answer = host.run(probe::monitor_fragment(metrics, core::seconds(window)));
  if (!answer) {
    return fail(answer.error());
  }
  auto facts = probe::parse_monitor(answer->out, metrics);
  if (!facts) {
    return fail(answer->exit_status == 0 ? facts.error() : task::script_error("asking the host", *answer));
  }
  report.taken = std::chrono::system_clock::now();
  report.facts = std::move(*facts);
  for (const auto& rule : options.alerts) {
    if (const auto value = rule.broken_by(report.facts)) {
      report.alerts.push_back({rule.text, rule.value->name, *value, rule.limit});
    }
  }
  return {};
}

Result<FleetResult<MonitorHost>> monitor(const MonitorOptions& options, const FleetEvents<MonitorHost>& events,
                                         const core::StopToken& stop) {
  return over_task_hosts<MonitorReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, MonitorReport& report) { return take_sample(host, options, options.window, report); },
      fleet::Drive::loops);
}

}  // namespace cef::operation
