#pragma once

#include "cef/operation/monitor.hpp"
#include "cef/task/host.hpp"

namespace cef::operation {

/// What is asked for, and what the alerts need.
[[nodiscard]] probe::Metrics metrics_of(const MonitorOptions& options);
/// One round trip. Error: that of the connection, or host_failed.
[[nodiscard]] core::Result<void> take_sample(const task::Host& host, const MonitorOptions& options,
                                             core::Milliseconds window, MonitorReport& report);

}  // namespace cef::operation
