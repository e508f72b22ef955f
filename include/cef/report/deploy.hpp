#pragma once

#include <string>

#include "cef/operation/deploy.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

core::Json host_json(const operation::DeployHost& host);
core::Json host_json(const operation::DeployStatusHost& host);
core::Json host_json(const operation::RollbackHost& host);
core::Json host_json(const operation::PruneHost& host);

std::string deploy_text(const operation::FleetResult<operation::DeployHost>& result, const Style& style);
std::string deploy_text(const operation::FleetResult<operation::DeployStatusHost>& result, const Style& style);
std::string deploy_text(const operation::FleetResult<operation::RollbackHost>& result, const Style& style);
std::string deploy_text(const operation::FleetResult<operation::PruneHost>& result, const Style& style);

}  // namespace cef::report
