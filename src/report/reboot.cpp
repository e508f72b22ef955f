#include "cef/report/reboot.hpp"

namespace cef::report {

using core::Json;

Json host_json(const operation::RebootHost& host) {
  const task::RebootReport& report = host.report;
  const bool back = !report.boot_id_after.empty();
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"boot_id_before", report.boot_id_before},
                                       {"boot_id_after", back ? Json(report.boot_id_after) : Json(nullptr)},
                                       {"down_seconds", back ? Json(core::seconds(report.down_for)) : Json(nullptr)}});
}

std::string reboot_text(const operation::FleetResult<operation::RebootHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"BACK AFTER", Align::right}, {"BOOT ID"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const task::RebootReport& report = host.report;
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   report.boot_id_after.empty() ? "-" : core::to_human(report.down_for), or_dash(report.boot_id_after),
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
