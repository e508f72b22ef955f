#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cef/core/json.hpp"
#include "cef/operation/fleet.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// Counts over the hosts of a result.
struct Summary {
  std::size_t hosts = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t unreachable = 0;
  std::size_t skipped = 0;
  std::optional<std::size_t> changed;  ///< of commands that can change something
  bool check = false;
  bool interrupted = false;
  bool stopped_by_threshold = false;
  std::chrono::nanoseconds elapsed{0};

  void count(fleet::Status status);
};

template <class Host>
concept CanChange = requires(const Host& host) {
  host.report.changed;
};

template <class Host>
Summary summarise(const operation::FleetResult<Host>& result) {
  Summary summary;
  summary.hosts = result.hosts.size();
  summary.check = result.check;
  summary.interrupted = result.interrupted;
  summary.stopped_by_threshold = result.stopped_by_threshold;
  summary.elapsed = result.elapsed;
  if constexpr (CanChange<Host>) {
    summary.changed = 0;
  }
  for (const auto& host : result.hosts) {
    summary.count(host.outcome.status);
    if constexpr (CanChange<Host>) {
      summary.changed = *summary.changed + (host.report.changed ? 1 : 0);
    }
  }
  return summary;
}

core::Json summary_json(const Summary& summary);
/// {"started_at":…,"elapsed_seconds":…}
core::Json times_json(std::chrono::system_clock::time_point started, std::chrono::nanoseconds elapsed);
/// {"shard":{"index":…,"count":…,"selected":…,"places":[…]}}; an empty object without a shard.
core::Json shard_json(const std::optional<operation::ShardView>& shard);
/// "4 hosts: 3 ok, 1 unreachable in 1.2 s"
std::string summary_text(const Summary& summary, const Style& style);

/// The keys that the entry of every host begins and ends with.
core::Json begin_host(const fleet::Outcome& outcome);
core::Json end_host(core::Json json, const fleet::Outcome& outcome);

Cell status_cell(fleet::Status status);
/// As `status_cell`, but a host that changed, or in a check would change, says so.
Cell change_cell(fleet::Status status, bool changed, bool check);
/// Empty without an error.
std::string error_text(const fleet::Outcome& outcome);
std::string or_dash(const std::string& text);

/// The entry of a host with a report, whose keys are null for a host that was not asked.
core::Json task_host_json(const fleet::Outcome& outcome, core::Json report);

/// {"schema":SCHEMA,"started_at":…,"elapsed_seconds":…,"hosts":[…],"summary":{…}}
template <class Host>
core::Json fleet_json(const operation::FleetResult<Host>& result, const char* schema,
                      core::Json (*host_json)(const Host&)) {
  core::Json json;
  json["schema"] = schema;
  json.update(times_json(result.started, result.elapsed));
  json.update(shard_json(result.shard));
  json["hosts"] = core::Json::array();
  for (const auto& host : result.hosts) {
    json["hosts"].push_back(host_json(host));
  }
  json["summary"] = summary_json(summarise(result));
  return json;
}

/// "12/50 done, 1 unreachable; at work: pi-1, pi-2, …"
std::string progress_text(const fleet::Progress& progress);

}  // namespace cef::report
