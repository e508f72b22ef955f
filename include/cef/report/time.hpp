#pragma once

#include <string>

#include "cef/operation/time.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::TimeStatusHost& host);
core::Json host_json(const operation::TimeSyncHost& host);
/// {"hosts":…,"spread_us":…,…}; null when no clock could be read.
core::Json clocks_json(const operation::FleetResult<operation::TimeStatusHost>& result);
core::Json clocks_json(const std::optional<operation::ClockSpread>& spread);
std::string time_text(const operation::FleetResult<operation::TimeStatusHost>& result, const Style& style);
std::string time_text(const operation::FleetResult<operation::TimeSyncHost>& result, const Style& style);

}  // namespace cef::report
