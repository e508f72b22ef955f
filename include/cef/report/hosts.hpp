#pragma once

#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/operation/fleet.hpp"
#include "cef/report/fleet.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// The entry of one host in a document, and the object of a "host" event in JSON Lines.
core::Json host_json(const operation::PingHost& host);
core::Json host_json(const operation::ExecHost& host);
core::Json host_json(const operation::OsInfoHost& host);

std::string hosts_text(const operation::FleetResult<operation::PingHost>& result, const Style& style);
std::string hosts_text(const operation::FleetResult<operation::OsInfoHost>& result, const Style& style);

enum class Folding { each, folded };
/// A block a host; folded, hosts with the same output, status and errors share one.
std::string exec_text(const operation::FleetResult<operation::ExecHost>& result, Folding folding, const Style& style);

}  // namespace cef::report
