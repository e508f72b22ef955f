#include "cef/report/service.hpp"

namespace cef::report {

using core::Json;

Json host_json(const operation::ServiceHost& host) {
  Json units = Json::array();
  for (const auto& unit : host.report.units) {
    units.push_back({{"name", unit.name},
                     {"load", unit.load},
                     {"active", unit.active},
                     {"sub", unit.sub},
                     {"enabled", unit.enabled},
                     {"main_pid", unit.main_pid == 0 ? Json(nullptr) : Json(unit.main_pid)},
                     {"since", unit.since}});
  }
  return task_host_json(host.outcome, {{"changed", host.report.changed}, {"units", std::move(units)}});
}

std::string service_text(const operation::FleetResult<operation::ServiceHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"SERVICE"}, {"STATE"}, {"AT BOOT"}, {"SINCE"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const Cell status = change_cell(host.outcome.status, host.report.changed, result.check);
    std::string note = error_text(host.outcome);
    for (const auto& unit : host.report.units) {
      const bool well = unit.active == "active";
      table.add_row({host.outcome.host,
                     status,
                     or_dash(unit.name),
                     {printable(unit.active + " (" + unit.sub + ")"), well ? Colour::green : Colour::yellow},
                     or_dash(unit.enabled),
                     or_dash(unit.since),
                     note});
      note.clear();
    }
    if (host.report.units.empty()) {
      table.add_row({host.outcome.host, status, "-", "-", "-", "-", note});
    }
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
