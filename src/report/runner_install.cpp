#include "cef/report/runner_install.hpp"

namespace cef::report {

using core::Json;

Json host_json(const operation::RunnerInstallHost& host) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const auto& report = host.report;
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"architecture", text_or_null(report.architecture)},
                                       {"version_before", text_or_null(report.version_before)},
                                       {"version", text_or_null(report.version)},
                                       {"package", text_or_null(report.package)}});
}

std::string runner_install_text(const operation::FleetResult<operation::RunnerInstallHost>& result,
                                const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"ARCHITECTURE"}, {"BEFORE"}, {"NOW"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   or_dash(report.architecture), or_dash(report.version_before), or_dash(report.version),
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
