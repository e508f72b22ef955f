#pragma once

#include <string>

#include "cef/operation/docker.hpp"
#include "cef/report/fleet.hpp"
#include "cef/report/hosts.hpp"

namespace cef::report {

core::Json host_json(const operation::DockerStatusHost& host);
core::Json host_json(const operation::DockerInstallHost& host);
core::Json host_json(const operation::DockerBuildHost& host);
core::Json host_json(const operation::DockerRunHost& host);
core::Json host_json(const operation::DockerProgramHost& host);
core::Json host_json(const operation::DockerPsHost& host);
core::Json host_json(const operation::DockerStopHost& host);

std::string docker_text(const operation::FleetResult<operation::DockerStatusHost>& result, const Style& style);
std::string docker_text(const operation::FleetResult<operation::DockerInstallHost>& result, const Style& style);
enum class BuildOutput { of_failures, all };
std::string docker_text(const operation::FleetResult<operation::DockerBuildHost>& result, BuildOutput output,
                        const Style& style);
/// A table of detached containers, or what the programs said.
std::string docker_text(const operation::FleetResult<operation::DockerRunHost>& result, Folding folding,
                        const Style& style);
std::string docker_text(const operation::FleetResult<operation::DockerProgramHost>& result, Folding folding,
                        const Style& style);
std::string docker_text(const operation::FleetResult<operation::DockerPsHost>& result, const Style& style);
std::string docker_text(const operation::FleetResult<operation::DockerStopHost>& result, const Style& style);

}  // namespace cef::report
