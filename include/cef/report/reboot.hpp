#pragma once

#include <string>

#include "cef/operation/reboot.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::RebootHost& host);
std::string reboot_text(const operation::FleetResult<operation::RebootHost>& result, const Style& style);

}  // namespace cef::report
