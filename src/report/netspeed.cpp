#include "cef/report/netspeed.hpp"

#include <array>
#include <cstdio>

namespace cef::report {

using core::Json;

namespace {

Json speed_json(const std::optional<task::LinkSpeed>& speed) {
  if (!speed) {
    return nullptr;
  }
  return {{"mbit_per_s", speed->mbit_per_s},
          {"payload_mbit_per_s", speed->payload_mbit_per_s},
          {"bytes", speed->bytes.count},
          {"seconds", core::seconds(speed->elapsed)},
          {"moved_bytes", speed->moved.count}};
}

std::string number(const char* format, double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string mbit(double value) {
  return number(value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
}

std::string link_cell(const std::optional<task::LinkSpeed>& speed) {
  return speed ? mbit(speed->mbit_per_s) : "-";
}

std::string payload_cell(const std::optional<task::LinkSpeed>& speed) {
  return speed ? mbit(speed->payload_mbit_per_s) : "-";
}

std::string milliseconds(std::chrono::nanoseconds trip) {
  return number("%.2f", core::seconds(trip) * 1000);
}

}  // namespace

Json host_json(const operation::NetspeedHost& host) {
  const auto& report = host.report;
  Json trip = nullptr;
  if (report.round_trip) {
    trip = {{"min", core::seconds(report.round_trip->min)}, {"median", core::seconds(report.round_trip->median)}};
  }
  return task_host_json(host.outcome, {{"means", task::to_string(report.means)},
                                       {"round_trip_seconds", std::move(trip)},
                                       {"downlink", speed_json(report.downlink)},
                                       {"uplink", speed_json(report.uplink)}});
}

std::string netspeed_text(const operation::FleetResult<operation::NetspeedHost>& result, const Style& style) {
  Table table({{"HOST"},
               {"STATUS"},
               {"RTT MIN ms", Align::right},
               {"MEDIAN", Align::right},
               {"DOWN Mbit/s", Align::right},
               {"PAYLOAD", Align::right},
               {"UP Mbit/s", Align::right},
               {"PAYLOAD", Align::right},
               {"NOTE"}});
  for (const auto& host : result.hosts) {
    const auto& report = host.report;
    table.add_row({host.outcome.host, status_cell(host.outcome.status),
                   report.round_trip ? milliseconds(report.round_trip->min) : "-",
                   report.round_trip ? milliseconds(report.round_trip->median) : "-", link_cell(report.downlink),
                   payload_cell(report.downlink), link_cell(report.uplink), payload_cell(report.uplink),
                   error_text(host.outcome)});
  }
  return table.str(style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
