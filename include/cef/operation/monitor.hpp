#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cef/operation/fleet.hpp"
#include "cef/operation/monitor_values.hpp"

namespace cef::operation {

struct MonitorOptions {
  FleetOptions fleet;
  probe::Metrics metrics = probe::k_all_metrics;
  std::vector<AlertRule> alerts;       ///< what they need is asked for as well
  core::Milliseconds window{1'000};    ///< over which a host measures CPU use and network rates
  core::Milliseconds interval{5'000};  ///< of a stream: from the start of a sample to that of the next
  std::uint64_t count = 1;             ///< of a stream: samples; 0 until stopped
};

struct Alert {
  std::string rule;
  std::string value_name;
  double value = 0;
  double limit = 0;
};

struct MonitorReport {
  std::chrono::system_clock::time_point taken;  ///< by the clock of this machine
  probe::MonitorFacts facts;
  std::vector<Alert> alerts;
};

using MonitorHost = TaskHost<MonitorReport>;

/// One sample of every host.
core::Result<FleetResult<MonitorHost>> monitor(const MonitorOptions& options, const FleetEvents<MonitorHost>& events,
                                               const core::StopToken& stop);

/// Called one at a time, from the threads of `monitor_stream`.
struct MonitorEvents {
  std::function<void(const std::vector<std::string>& hosts)> begun;
  /// A host answered, or did not, in time for a sample; samples count from 0.
  std::function<void(std::uint64_t sample, const MonitorHost&)> sampled;
  /// Every host is in.
  std::function<void(std::uint64_t sample, const FleetResult<MonitorHost>&)> round;
};

struct MonitorStreamResult {
  FleetResult<MonitorHost> last;  ///< of the last whole sample
  std::uint64_t samples = 0;
  std::uint64_t alerts = 0;  ///< over all samples
};

/// Samples of all hosts in step, each over one connection that stays open. A host that is lost, or that has not
/// answered when the next sample is due, is unreachable in this one and tried again in the next; it holds no other host
/// up. Errors: usage.
core::Result<MonitorStreamResult> monitor_stream(const MonitorOptions& options, const MonitorEvents& events,
                                                 const core::StopToken& stop);

}  // namespace cef::operation
