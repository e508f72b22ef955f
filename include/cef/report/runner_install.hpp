#pragma once

#include <string>

#include "cef/operation/runner_install.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::RunnerInstallHost& host);
std::string runner_install_text(const operation::FleetResult<operation::RunnerInstallHost>& result, const Style& style);

}  // namespace cef::report
