#include "cef/report/file.hpp"

namespace cef::report {

using core::Json;

Json host_json(const operation::FileHost& host) {
  const task::FileReport& report = host.report;
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"remote", report.remote},
                                       {"local", report.local.empty() ? Json(nullptr) : Json(report.local.string())},
                                       {"size_bytes", report.size},
                                       {"sha256", report.sha256},
                                       {"transferred_bytes", report.sent_bytes},
                                       {"resumed_from_bytes", report.resumed_from}});
}

std::string file_text(const operation::FleetResult<operation::FileHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"SIZE", Align::right}, {"MOVED", Align::right}, {"FILE"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const task::FileReport& report = host.report;
    const bool known = !report.remote.empty();
    std::string note = error_text(host.outcome);
    if (report.resumed_from > 0) {
      note = "went on at " + core::to_human(core::Bytes{report.resumed_from}) + (note.empty() ? "" : "; " + note);
    }
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   known ? core::to_human(core::Bytes{report.size}) : "-",
                   known ? core::to_human(core::Bytes{report.sent_bytes}) : "-",
                   or_dash(report.local.empty() ? report.remote : report.local.string()), note});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
