#include "cef/report/deploy.hpp"

namespace cef::report {

using core::Json;

namespace {

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

Json host_json(const operation::DeployHost& host) {
  const task::DeployReport& report = host.report;
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"model", report.model},
                                       {"version", report.version},
                                       {"sha256", report.sha256},
                                       {"path", report.path},
                                       {"previous", or_null(report.previous)},
                                       {"via", report.via},
                                       {"transferred_bytes", report.transferred_bytes},
                                       {"resumed_from_bytes", report.resumed_from},
                                       {"pruned", report.pruned}});
}

Json host_json(const operation::DeployStatusHost& host) {
  Json models = Json::array();
  for (const auto& model : host.report.models) {
    models.push_back({{"name", model.name},
                      {"current", or_null(model.current)},
                      {"releases", model.releases},
                      {"damaged", model.damaged}});
  }
  return task_host_json(host.outcome, {{"path", host.report.path}, {"models", std::move(models)}});
}

Json host_json(const operation::RollbackHost& host) {
  return task_host_json(host.outcome, {{"changed", host.report.changed},
                                       {"model", host.report.model},
                                       {"from", or_null(host.report.from)},
                                       {"to", or_null(host.report.to)}});
}

Json host_json(const operation::PruneHost& host) {
  return task_host_json(host.outcome, {{"changed", host.report.changed}, {"removed", host.report.removed}});
}

std::string deploy_text(const operation::FleetResult<operation::DeployHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"MODEL"}, {"BEFORE"}, {"MOVED", Align::right}, {"VIA"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const task::DeployReport& report = host.report;
    std::string note = error_text(host.outcome);
    if (report.resumed_from > 0) {
      note = "went on at " + core::to_human(core::Bytes{report.resumed_from}) + (note.empty() ? "" : "; " + note);
    }
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   report.model.empty() ? "-" : printable(report.model + "@" + report.version),
                   or_dash(report.previous),
                   report.model.empty() ? "-" : core::to_human(core::Bytes{report.transferred_bytes}),
                   report.model.empty() ? "-" : report.via, note});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

std::string deploy_text(const operation::FleetResult<operation::DeployStatusHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"MODEL"}, {"CURRENT"}, {"OTHER RELEASES"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const Cell status = status_cell(host.outcome.status);
    std::string note = error_text(host.outcome);
    for (const auto& model : host.report.models) {
      std::string others;
      for (const auto& release : model.releases) {
        others += release == model.current ? "" : (others.empty() ? "" : " ") + release;
      }
      table.add_row({host.outcome.host, status, or_dash(model.name), or_dash(model.current), or_dash(others), note});
      note.clear();
    }
    if (host.report.models.empty()) {
      table.add_row({host.outcome.host, status, "-", "-", "-", note});
    }
  }
  return table.str(style) + summary_text(summarise(result), style);
}

std::string deploy_text(const operation::FleetResult<operation::RollbackHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"FROM"}, {"TO"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    table.add_row({host.outcome.host, change_cell(host.outcome.status, host.report.changed, result.check),
                   or_dash(host.report.from), or_dash(host.report.to), error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

std::string deploy_text(const operation::FleetResult<operation::PruneHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"REMOVED", Align::right}, {"NOTE"}});
  std::string below;
  for (const auto& host : result.hosts) {
    table.add_row({host.outcome.host, change_cell(host.outcome.status, host.report.changed, result.check),
                   std::to_string(host.report.removed.size()), error_text(host.outcome)});
    for (const auto& name : host.report.removed) {
      below += host.outcome.host + ": " + printable(name) + "\n";
    }
  }
  return table.str(style) + below + summary_text(summarise(result), style);
}

}  // namespace cef::report
