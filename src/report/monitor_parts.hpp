#pragma once

#include <optional>
#include <string>

#include "cef/operation/monitor.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// A value by its name, yellow and red when it is high; "-" when the host does not tell.
Cell value_cell(const char* name, const probe::MonitorFacts& facts);
Cell percent_cell(std::optional<double> percent);
Cell celsius_cell(std::optional<double> celsius);
/// "87% 64°C" of the busiest and the hottest GPU; "none", "broken".
Cell gpu_cell(const probe::MonitorFacts& facts);
/// "ok", "alert", "unreachable", …
Cell monitor_status_cell(const operation::MonitorHost& host);
/// The sensor that stands for the CPU; "-".
std::string sensor_text(const probe::MonitorFacts& facts);
/// What a person must know beyond the numbers: the error, alerts, throttling, GPUs without a driver.
std::string note_text(const operation::MonitorHost& host);

}  // namespace cef::report
