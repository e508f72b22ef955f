#include "cef/report/docker.hpp"

namespace cef::report {

using core::Json;

namespace {

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json or_null(const std::optional<core::Bytes>& bytes) {
  return bytes ? Json(bytes->count) : Json(nullptr);
}

Json containers_json(const std::vector<probe::DockerContainer>& containers) {
  Json all = Json::array();
  for (const auto& one : containers) {
    all.push_back({{"id", one.id},
                   {"name", one.name},
                   {"image", one.image},
                   {"state", one.state},
                   {"status", one.status},
                   {"created_at", or_null(one.created)},
                   {"command", one.command},
                   {"ports", one.ports}});
  }
  return all;
}

void add_program(Json& json, const task::DockerProgram& program) {
  const ssh::ExecResult& result = program.result;
  json["exit_status"] = program.ran ? Json(result.exit_status) : Json(nullptr);
  json["signal"] = or_null(result.signal);
  json["stdout"] = result.out;
  json["stderr"] = result.err;
  json["stdout_cut"] = result.out_cut;
  json["stderr_cut"] = result.err_cut;
}

}  // namespace

Json host_json(const operation::DockerStatusHost& host) {
  const probe::DockerFacts& facts = host.report.facts;
  Json uses = Json::object();
  for (const auto& use : facts.uses) {
    uses[use.type] = {{"count", use.count},
                      {"active", use.active},
                      {"size_bytes", or_null(use.size)},
                      {"reclaimable_bytes", or_null(use.reclaimable)}};
  }
  return task_host_json(host.outcome, {{"state", probe::to_string(facts.state)},
                                       {"client_version", or_null(facts.client_version)},
                                       {"server_version", or_null(facts.server_version)},
                                       {"service", or_null(facts.service)},
                                       {"storage_driver", or_null(facts.storage_driver)},
                                       {"root_dir", or_null(facts.root_dir)},
                                       {"root_size_bytes", or_null(facts.root_size)},
                                       {"root_free_bytes", or_null(facts.root_free)},
                                       {"runtimes", facts.runtimes},
                                       {"disk_use", std::move(uses)},
                                       {"containers", containers_json(facts.containers)}});
}

Json host_json(const operation::DockerInstallHost& host) {
  const task::DockerInstallReport& report = host.report;
  Json packages = Json::array();
  for (const auto& one : report.packages) {
    packages.push_back({{"name", one.name}, {"from", or_null(one.from)}, {"to", or_null(one.to)}});
  }
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"method", report.method},
                                       {"version_before", or_null(report.version_before)},
                                       {"version_after", or_null(report.version_after)},
                                       {"installed", report.installed},
                                       {"packages", std::move(packages)},
                                       {"started", report.started},
                                       {"user", or_null(report.user)},
                                       {"user_added", report.user_added},
                                       {"output", report.output}});
}

Json host_json(const operation::DockerBuildHost& host) {
  const task::DockerBuildReport& report = host.report;
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"tag", report.tag},
                                       {"directory", or_null(report.directory)},
                                       {"image_before", or_null(report.image_before)},
                                       {"image_after", or_null(report.image_after)},
                                       {"sent_bytes", report.sent_bytes},
                                       {"output", report.output}});
}

Json host_json(const operation::DockerRunHost& host) {
  const task::DockerRunReport& report = host.report;
  Json json = {{"changed", report.changed},
               {"action", or_null(report.action)},
               {"name", or_null(report.name)},
               {"container", or_null(report.container)},
               {"image_id", or_null(report.image_id)}};
  add_program(json, report.program);
  return task_host_json(host.outcome, std::move(json));
}

Json host_json(const operation::DockerProgramHost& host) {
  Json json;
  add_program(json, host.report.program);
  return task_host_json(host.outcome, std::move(json));
}

Json host_json(const operation::DockerPsHost& host) {
  return task_host_json(host.outcome, {{"containers", containers_json(host.report.containers)}});
}

Json host_json(const operation::DockerStopHost& host) {
  Json containers = Json::array();
  for (const auto& one : host.report.containers) {
    containers.push_back({{"name", one.name}, {"before", one.before}, {"after", one.after}});
  }
  return task_host_json(host.outcome, {{"changed", host.report.changed}, {"containers", std::move(containers)}});
}

}  // namespace cef::report
