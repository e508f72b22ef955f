#pragma once

#include <string>

#include "cef/operation/service.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::ServiceHost& host);
std::string service_text(const operation::FleetResult<operation::ServiceHost>& result, const Style& style);

}  // namespace cef::report
