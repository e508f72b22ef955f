#include "cef/report/docker.hpp"

#include <algorithm>
#include <sstream>

namespace cef::report {

using fleet::Status;
using operation::FleetResult;

namespace {

constexpr std::size_t k_short_id = 12;
constexpr std::size_t k_last_lines = 20;

/// "sha256:9cf533732f2f…" as docker shows it.
std::string short_id(const std::string& id) {
  const std::size_t colon = id.find(':');
  return or_dash(id.substr(colon == std::string::npos ? 0 : colon + 1, k_short_id));
}

std::string human(const std::optional<core::Bytes>& bytes) {
  return bytes ? core::to_human(*bytes) : "-";
}

Cell container_state(const std::string& state) {
  return {or_dash(state), state == "running"                         ? Colour::green
                          : state == "restarting" || state == "dead" ? Colour::red
                                                                     : Colour::none};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return or_dash(text);
}

void add_containers(Table& table, const std::string& host, const std::vector<probe::DockerContainer>& containers) {
  for (const auto& one : containers) {
    table.add_row({host, or_dash(one.name), or_dash(one.image), container_state(one.state), or_dash(one.status),
                   joined(one.ports)});
  }
}

Table container_table() {
  return Table({{"HOST"}, {"CONTAINER"}, {"IMAGE"}, {"STATE"}, {"SINCE"}, {"PORTS"}});
}

/// All, or only the last lines with a word on how many there are.
std::string lines_of(const std::string& text, bool all) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  }
  const std::size_t first = all || lines.size() <= k_last_lines ? 0 : lines.size() - k_last_lines;
  std::string out = first == 0 ? "" : "  (the last " + std::to_string(k_last_lines) + " lines)\n";
  for (std::size_t i = first; i < lines.size(); ++i) {
    out += "  " + printable(lines[i]) + "\n";
  }
  return out;
}

/// Programs in containers are shown as those of `cef exec` are.
template <class Host>
std::string programs_text(const FleetResult<Host>& result, Folding folding, const Style& style) {
  FleetResult<operation::ExecHost> programs;
  programs.elapsed = result.elapsed;
  programs.interrupted = result.interrupted;
  programs.stopped_by_threshold = result.stopped_by_threshold;
  for (const auto& host : result.hosts) {
    programs.hosts.push_back({host.outcome, host.report.program.result, host.report.program.ran});
  }
  return exec_text(programs, folding, style);
}

}  // namespace

std::string docker_text(const FleetResult<operation::DockerStatusHost>& result, const Style& style) {
  Table table({{"HOST"},
               {"STATUS"},
               {"DAEMON"},
               {"CLIENT"},
               {"SERVER"},
               {"STORAGE"},
               {"IMAGES", Align::right},
               {"FREE", Align::right},
               {"RUNNING", Align::right},
               {"NOTE"}});
  Table containers = container_table();
  bool some = false;
  for (const auto& host : result.hosts) {
    const auto& facts = host.report.facts;
    const bool asked = host.outcome.status == Status::ok || host.outcome.status == Status::failed;
    const auto images =
        std::find_if(facts.uses.begin(), facts.uses.end(), [](const auto& use) { return use.type == "images"; });
    const auto running = std::count_if(facts.containers.begin(), facts.containers.end(),
                                       [](const auto& one) { return one.state == "running"; });
    const bool up = facts.state == probe::DockerState::running;
    table.add_row({host.outcome.host,
                   status_cell(host.outcome.status),
                   {asked ? probe::to_string(facts.state) : "-", up ? Colour::green : Colour::none},
                   or_dash(facts.client_version),
                   or_dash(facts.server_version),
                   or_dash(facts.storage_driver),
                   images == facts.uses.end() ? "-" : human(images->size),
                   human(facts.root_free),
                   up ? std::to_string(running) + "/" + std::to_string(facts.containers.size()) : "-",
                   error_text(host.outcome)});
    some = some || !facts.containers.empty();
    add_containers(containers, host.outcome.host, facts.containers);
  }
  return table.str(style) + (some ? "\n" + containers.str(style) + "\n" : "") + summary_text(summarise(result), style);
}

std::string docker_text(const FleetResult<operation::DockerInstallHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"BEFORE"}, {"AFTER"}, {"BY"}, {"DAEMON"}, {"USER ADDED"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   or_dash(report.version_before), or_dash(report.version_after),
                   or_dash(report.method == "none" ? "" : report.method), report.started ? "started" : "-",
                   report.user_added ? or_dash(report.user) : "-", error_text(host.outcome)});
  }
  std::string outputs;
  for (const auto& host : result.hosts) {
    if (host.outcome.status == Status::failed && !host.report.output.empty()) {
      outputs += host.outcome.host + ":\n" + lines_of(host.report.output, false);
    }
  }
  return table.str(style) + outputs + summary_text(summarise(result), style);
}

std::string docker_text(const FleetResult<operation::DockerBuildHost>& result, BuildOutput output, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"TAG"}, {"BEFORE"}, {"AFTER"}, {"SENT", Align::right}, {"NOTE"}});
  std::string outputs;
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   or_dash(report.tag), short_id(report.image_before), short_id(report.image_after),
                   report.sent_bytes == 0 ? "-" : core::to_human(core::Bytes{report.sent_bytes}),
                   error_text(host.outcome)});
    const bool all = output == BuildOutput::all;
    if (!report.output.empty() && (all || host.outcome.status == Status::failed)) {
      outputs += host.outcome.host + ":\n" + lines_of(report.output, all);
    }
  }
  return table.str(style) + outputs + summary_text(summarise(result), style);
}

std::string docker_text(const FleetResult<operation::DockerRunHost>& result, Folding folding, const Style& style) {
  const bool programs =
      std::any_of(result.hosts.begin(), result.hosts.end(), [](const auto& host) { return host.report.program.ran; });
  if (programs) {
    return programs_text(result, folding, style);
  }
  Table table({{"HOST"}, {"STATUS"}, {"NAME"}, {"ACTION"}, {"CONTAINER"}, {"IMAGE"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   or_dash(report.name), or_dash(report.action), short_id(report.container), short_id(report.image_id),
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

std::string docker_text(const FleetResult<operation::DockerProgramHost>& result, Folding folding, const Style& style) {
  return programs_text(result, folding, style);
}

std::string docker_text(const FleetResult<operation::DockerPsHost>& result, const Style& style) {
  Table containers = container_table();
  std::string errors;
  for (const auto& host : result.hosts) {
    if (host.outcome.status != Status::ok) {
      errors += host.outcome.host + ": " + error_text(host.outcome) + "\n";
    } else if (host.report.containers.empty()) {
      containers.add_row({host.outcome.host, "-", "-", "-", "-", "-"});
    }
    add_containers(containers, host.outcome.host, host.report.containers);
  }
  return containers.str(style) + errors + summary_text(summarise(result), style);
}

std::string docker_text(const FleetResult<operation::DockerStopHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"CONTAINER"}, {"BEFORE"}, {"AFTER"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const Cell status = change_cell(host.outcome.status, host.report.changed, result.check);
    std::string note = error_text(host.outcome);
    for (const auto& one : host.report.containers) {
      table.add_row({host.outcome.host, status, or_dash(one.name), or_dash(one.before), or_dash(one.after), note});
      note.clear();
    }
    if (host.report.containers.empty()) {
      table.add_row({host.outcome.host, status, "-", "-", "-", note});
    }
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
