#include "cef/report/time.hpp"

#include <cstdlib>

namespace cef::report {

using core::Json;

namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json measurement_json(const std::optional<probe::ClockMeasurement>& measured) {
  if (!measured) {
    return nullptr;
  }
  return {{"server", measured->server},
          {"stratum", or_null(measured->stratum)},
          {"offset_us", measured->offset_us},
          {"uncertainty_us", or_null(measured->uncertainty_us)},
          {"means", measured->means}};
}

Json service_json(const probe::ClockFacts& clock) {
  return {{"name", probe::to_string(clock.service)}, {"running", clock.running}};
}

std::string size_text(std::int64_t us) {
  return us == 0 ? "0" : core::to_human(std::chrono::microseconds(us));
}

/// "3.25 s behind ± 40 µs"
std::string measured_text(std::int64_t offset_us, const std::optional<std::int64_t>& uncertainty_us) {
  return task::offset_text(offset_us) + (uncertainty_us ? " ± " + size_text(*uncertainty_us) : "");
}

Cell measured_cell(const std::optional<probe::ClockMeasurement>& measured) {
  if (!measured) {
    return "-";
  }
  constexpr std::int64_t k_much_us = 100'000;
  return {measured_text(measured->offset_us, measured->uncertainty_us),
          std::llabs(measured->offset_us) > k_much_us ? Colour::yellow : Colour::none};
}

std::string service_text(const probe::ClockFacts& clock) {
  const std::string name = probe::to_string(clock.service);
  return clock.running || clock.service == probe::TimeService::none ? name : name + " (off)";
}

Cell synchronised_cell(const std::optional<bool>& synchronised) {
  if (!synchronised) {
    return "-";
  }
  return *synchronised ? Cell("yes", Colour::green) : Cell("no", Colour::yellow);
}

bool was_asked(const fleet::Outcome& outcome) {
  return outcome.status == fleet::Status::ok || outcome.status == fleet::Status::failed;
}

}  // namespace

Json host_json(const operation::TimeStatusHost& host) {
  const auto& report = host.report;
  Json servers = Json::array();
  for (const auto& server : report.clock.servers) {
    servers.push_back({{"name", server.name}, {"selected", server.selected}});
  }
  Json control = nullptr;
  if (report.control) {
    control = {{"offset_us", report.control->offset_us}, {"uncertainty_us", report.control->uncertainty_us}};
  }
  return task_host_json(host.outcome, {{"service", service_json(report.clock)},
                                       {"time_zone", report.clock.time_zone},
                                       {"synchronised", or_null(report.clock.synchronised)},
                                       {"servers", std::move(servers)},
                                       {"ntp", measurement_json(report.measurement)},
                                       {"control", std::move(control)}});
}

Json host_json(const operation::TimeSyncHost& host) {
  const auto& report = host.report;
  return task_host_json(host.outcome, {{"changed", report.changed},
                                       {"service", service_json(report.before.clock)},
                                       {"actions", report.actions},
                                       {"before", measurement_json(report.before.measurement)},
                                       {"after", measurement_json(report.after)}});
}

Json clocks_json(const operation::FleetResult<operation::TimeStatusHost>& result) {
  return clocks_json(operation::clock_spread(result));
}

Json clocks_json(const std::optional<operation::ClockSpread>& spread) {
  if (!spread) {
    return nullptr;
  }
  return {{"hosts", spread->hosts},
          {"spread_us", spread->spread_us},
          {"uncertainty_us", spread->uncertainty_us},
          {"most_behind", spread->most_behind},
          {"most_ahead", spread->most_ahead}};
}

std::string time_text(const operation::FleetResult<operation::TimeStatusHost>& result, const Style& style) {
  Table table(
      {{"HOST"}, {"STATUS"}, {"SERVICE"}, {"SYNCED"}, {"ZONE"}, {"NTP OFFSET"}, {"FROM HERE"}, {"SERVER"}, {"BY"}});
  std::string errors;
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    const auto& measured = report.measurement;
    const bool asked = was_asked(host.outcome);
    table.add_row({host.outcome.host, status_cell(host.outcome.status), asked ? service_text(report.clock) : "-",
                   synchronised_cell(report.clock.synchronised), or_dash(report.clock.time_zone),
                   measured_cell(measured),
                   report.control ? measured_text(report.control->offset_us, report.control->uncertainty_us) : "-",
                   measured ? or_dash(measured->server) : "-", measured ? or_dash(measured->means) : "-"});
    if (host.outcome.error) {
      errors += host.outcome.host + ": " + error_text(host.outcome) + "\n";
    }
  }
  std::string text = table.str(style) + errors;
  if (const auto spread = operation::clock_spread(result); spread && spread->hosts > 1) {
    text += "the clocks of " + std::to_string(spread->hosts) + " hosts are within " + size_text(spread->spread_us) +
            " ± " + size_text(spread->uncertainty_us) +
            " of each other (most behind: " + printable(spread->most_behind) +
            ", most ahead: " + printable(spread->most_ahead) + ")\n";
  }
  return text + summary_text(summarise(result), style);
}

std::string time_text(const operation::FleetResult<operation::TimeSyncHost>& result, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"SERVICE"}, {"SERVER"}, {"BEFORE"}, {"AFTER"}, {"NOTE"}});
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    std::string note = error_text(host.outcome);
    if (note.empty()) {
      for (const auto& action : report.actions) {
        note += (note.empty() ? "" : "; ") + printable(action);
      }
    }
    table.add_row({host.outcome.host, change_cell(host.outcome.status, report.changed, result.check),
                   was_asked(host.outcome) ? service_text(report.before.clock) : "-",
                   report.before.measurement ? or_dash(report.before.measurement->server) : "-",
                   measured_cell(report.before.measurement), measured_cell(report.after), note});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
