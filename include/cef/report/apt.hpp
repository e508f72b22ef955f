#pragma once

#include <string>

#include "cef/operation/apt.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::AptHost& host);
std::string apt_text(const operation::FleetResult<operation::AptHost>& result, task::AptAction action,
                     const Style& style);

}  // namespace cef::report
