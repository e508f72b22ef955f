#pragma once

#include <string>

#include "cef/operation/file.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::FileHost& host);
std::string file_text(const operation::FleetResult<operation::FileHost>& result, const Style& style);

}  // namespace cef::report
