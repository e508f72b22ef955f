#include "cef/report/hosts.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "cef/core/duration.hpp"

namespace cef::report {

using core::Json;
using fleet::Status;

namespace {

Json begin_host(const fleet::Outcome& outcome) {
  Json json;
  json["host"] = outcome.host;
  json["status"] = fleet::to_string(outcome.status);
  json["connect_seconds"] = core::seconds(outcome.connect_time);
  json["elapsed_seconds"] = core::seconds(outcome.elapsed);
  return json;
}

Json with_error(Json json, const fleet::Outcome& outcome) {
  json["error"] = outcome.error ? core::to_json(*outcome.error) : Json(nullptr);
  return json;
}

Cell status_cell(Status status) {
  static const std::map<Status, Colour> colours = {{Status::ok, Colour::green},
                                                   {Status::failed, Colour::red},
                                                   {Status::unreachable, Colour::red},
                                                   {Status::skipped, Colour::yellow}};
  return {fleet::to_string(status), colours.at(status)};
}

std::string error_text(const fleet::Outcome& outcome) {
  return outcome.error ? printable(outcome.error->line()) : "";
}

struct Counts {
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t unreachable = 0;
  std::size_t skipped = 0;
};

template <class Host>
Counts count(const operation::FleetResult<Host>& result) {
  Counts counts;
  for (const auto& host : result.hosts) {
    counts.ok += host.outcome.status == Status::ok ? 1 : 0;
    counts.failed += host.outcome.status == Status::failed ? 1 : 0;
    counts.unreachable += host.outcome.status == Status::unreachable ? 1 : 0;
    counts.skipped += host.outcome.status == Status::skipped ? 1 : 0;
  }
  return counts;
}

template <class Host>
std::string summary_text(const operation::FleetResult<Host>& result, const Style& style) {
  const Counts counts = count(result);
  std::string text = std::to_string(result.hosts.size()) + (result.hosts.size() == 1 ? " host" : " hosts") + ": " +
                     paint(std::to_string(counts.ok) + " ok", counts.ok > 0 ? Colour::green : Colour::none, style);
  for (const auto& [number, name] :
       {std::pair{counts.failed, "failed"}, {counts.unreachable, "unreachable"}, {counts.skipped, "skipped"}}) {
    if (number > 0) {
      text += ", " + paint(std::to_string(number) + " " + name, Colour::red, style);
    }
  }
  return text + " in " + core::to_human(result.elapsed) + (result.interrupted ? " (interrupted)" : "") + "\n";
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

}  // namespace

Json host_json(const operation::PingHost& host) {
  Json json = begin_host(host.outcome);
  json["round_trip_seconds"] = host.outcome.status == Status::ok ? Json(core::seconds(host.round_trip)) : Json(nullptr);
  return with_error(std::move(json), host.outcome);
}

Json host_json(const operation::ExecHost& host) {
  Json json = begin_host(host.outcome);
  json["exit_status"] = host.ran ? Json(host.result.exit_status) : Json(nullptr);
  json["signal"] = host.result.signal.empty() ? Json(nullptr) : Json(host.result.signal);
  json["stdout"] = host.result.out;
  json["stderr"] = host.result.err;
  json["stdout_cut"] = host.result.out_cut;
  json["stderr_cut"] = host.result.err_cut;
  return with_error(std::move(json), host.outcome);
}

Json host_json(const operation::OsInfoHost& host) {
  Json json = begin_host(host.outcome);
  if (host.outcome.status != Status::ok) {
    json["facts"] = nullptr;
    return with_error(std::move(json), host.outcome);
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
  return with_error(std::move(json), host.outcome);
}

template <class Host>
Json summary_json(const operation::FleetResult<Host>& result) {
  const Counts counts = count(result);
  return {{"hosts", result.hosts.size()},      {"ok", counts.ok},           {"failed", counts.failed},
          {"unreachable", counts.unreachable}, {"skipped", counts.skipped}, {"interrupted", result.interrupted}};
}

template <class Host>
Json fleet_json(const operation::FleetResult<Host>& result, const char* schema) {
  Json json;
  json["schema"] = schema;
  json["started_at"] = core::to_rfc3339(result.started);
  json["elapsed_seconds"] = core::seconds(result.elapsed);
  json["hosts"] = Json::array();
  for (const auto& host : result.hosts) {
    json["hosts"].push_back(host_json(host));
  }
  json["summary"] = summary_json(result);
  return json;
}

template Json fleet_json(const operation::FleetResult<operation::PingHost>&, const char*);
template Json fleet_json(const operation::FleetResult<operation::ExecHost>&, const char*);
template Json fleet_json(const operation::FleetResult<operation::OsInfoHost>&, const char*);
template Json summary_json(const operation::FleetResult<operation::PingHost>&);
template Json summary_json(const operation::FleetResult<operation::ExecHost>&);
template Json summary_json(const operation::FleetResult<operation::OsInfoHost>&);

std::string hosts_text(const operation::FleetResult<operation::PingHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"CONNECT", Align::right}, {"ROUND TRIP", Align::right}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const bool ok = host.outcome.status == Status::ok;
    table.add_row({host.outcome.host, status_cell(host.outcome.status),
                   ok ? core::to_human(host.outcome.connect_time) : "-", ok ? core::to_human(host.round_trip) : "-",
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(result, style);
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
  return table.str(style) + errors + summary_text(result, style);
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
  return out + summary_text(result, style);
}

std::string progress_text(const fleet::Progress& progress) {
  std::string text = std::to_string(progress.done) + "/" + std::to_string(progress.total) + " done";
  if (progress.failed > 0) {
    text += ", " + std::to_string(progress.failed) + " failed";
  }
  if (progress.unreachable > 0) {
    text += ", " + std::to_string(progress.unreachable) + " unreachable";
  }
  for (std::size_t i = 0; i < progress.running.size(); ++i) {
    text += (i == 0 ? "; at work: " : ", ") + progress.running[i];
  }
  return text;
}

}  // namespace cef::report
