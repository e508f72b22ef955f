#pragma once

#include <string>

#include "cef/operation/netspeed.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::NetspeedHost& host);
std::string netspeed_text(const operation::FleetResult<operation::NetspeedHost>& result, const Style& style);

}  // namespace cef::report
