#include "cef/report/hosts.hpp"

#include <algorithm>

#include "cef/core/duration.hpp"

namespace cef::report {

using core::Json;
using fleet::Status;

Json host_json(const operation::PingHost& host) {
  Json json = begin_host(host.outcome);
  json["round_trip_seconds"] = host.outcome.status == Status::ok ? Json(core::seconds(host.round_trip)) : Json(nullptr);
  return end_host(std::move(json), host.outcome);
}

Json host_json(const operation::ExecHost& host) {
  Json json = begin_host(host.outcome);
  json["exit_status"] = host.ran ? Json(host.result.exit_status) : Json(nullptr);
  json["signal"] = host.result.signal.empty() ? Json(nullptr) : Json(host.result.signal);
  json["stdout"] = host.result.out;
  json["stderr"] = host.result.err;
  json["stdout_cut"] = host.result.out_cut;
  json["stderr_cut"] = host.result.err_cut;
  return end_host(std::move(json), host.outcome);
}

Json host_json(const operation::OsInfoHost& host) {
  Json json = begin_host(host.outcome);
  if (host.outcome.status != Status::ok) {
    json["facts"] = nullptr;
    return end_host(std::move(json), host.outcome);
  }
  const probe::OsFacts& facts = host.facts;
  Json& out = json["facts"];
  out["hostname"] = facts.hostname;
  out["os"] = {{"id", facts.os_id}, {"version", facts.os_version}, {"name", facts.os_name}};
  out["kernel"] = {{"name", facts.kernel}, {"release", facts.kernel_release}};
  out["architecture"] = facts.architecture;
  out["board"] = facts.board;
  out["cpu"] = {{"model", facts.cpu_model}, {"count", facts.cpus}, {"load_1m", facts.load_1m}};
  out["memory"] = {{"total_bytes", facts.memory_total.count}, {"available_bytes", facts.memory_available.count}};
  out["uptime_seconds"] = facts.uptime_seconds;
  out["virtualisation"] = facts.virtualisation;
  return end_host(std::move(json), host.outcome);
}

std::string hosts_text(const operation::FleetResult<operation::PingHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"CONNECT", Align::right}, {"ROUND TRIP", Align::right}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const bool ok = host.outcome.status == Status::ok;
    table.add_row({host.outcome.host, status_cell(host.outcome.status),
                   ok ? core::to_human(host.outcome.connect_time) : "-", ok ? core::to_human(host.round_trip) : "-",
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

std::string hosts_text(const operation::FleetResult<operation::OsInfoHost>& result, const Style& style) {
  Table table({{"HOST"},
               {"OS"},
               {"KERNEL"},
               {"ARCH"},
               {"CPUS", Align::right},
               {"MEMORY", Align::right},
               {"UPTIME", Align::right},
               {"VIRT"},
               {"BOARD"}});
  std::string errors;
  for (const auto& host : result.hosts) {
    const probe::OsFacts& facts = host.facts;
    if (host.outcome.status != Status::ok) {
      const Cell status = status_cell(host.outcome.status);
      table.add_row({host.outcome.host, status, "-", "-", "-", "-", "-", "-", "-"});
      errors += host.outcome.host + ": " + error_text(host.outcome) + "\n";
      continue;
    }
    table.add_row({host.outcome.host, or_dash(facts.os_name), or_dash(facts.kernel_release),
                   or_dash(facts.architecture), std::to_string(facts.cpus), core::to_human(facts.memory_total),
                   core::to_human(std::chrono::seconds(static_cast<long long>(facts.uptime_seconds))),
                   or_dash(facts.virtualisation), or_dash(facts.board)});
  }
  return table.str(style) + errors + summary_text(summarise(result), style);
}

std::string exec_text(const operation::FleetResult<operation::ExecHost>& result, Folding folding, const Style& style) {
  std::vector<std::pair<std::string, std::string>> blocks;  // hosts, body
  for (const auto& host : result.hosts) {
    std::string body = fleet::to_string(host.outcome.status);
    body = paint(body, status_cell(host.outcome.status).colour, style);
    body += host.outcome.error ? ": " + error_text(host.outcome) + "\n" : "\n";
    for (const auto& [text, cut] :
         {std::pair{&host.result.out, host.result.out_cut}, {&host.result.err, host.result.err_cut}}) {
      body += printable(*text) + (text->empty() || text->back() == '\n' ? "" : "\n");
      body += cut ? paint("(the output was cut here)", Colour::yellow, style) + "\n" : "";
    }
    const auto same =
        std::find_if(blocks.begin(), blocks.end(), [&](const auto& block) { return block.second == body; });
    if (folding == Folding::folded && same != blocks.end()) {
      same->first += " " + host.outcome.host;
    } else {
      blocks.emplace_back(host.outcome.host, body);
    }
  }
  std::string out;
  for (const auto& [hosts, body] : blocks) {
    out += paint(hosts, Colour::bold, style) + " | " + body;
  }
  return out + summary_text(summarise(result), style);
}

}  // namespace cef::report
