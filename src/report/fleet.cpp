#include "cef/report/fleet.hpp"

#include <algorithm>
#include <map>

#include "cef/core/duration.hpp"

namespace cef::report {

using core::Json;
using fleet::Status;

void Summary::count(Status status) {
  ok += status == Status::ok ? 1 : 0;
  failed += status == Status::failed ? 1 : 0;
  unreachable += status == Status::unreachable ? 1 : 0;
  skipped += status == Status::skipped ? 1 : 0;
}

Json begin_host(const fleet::Outcome& outcome) {
  Json json;
  json["host"] = outcome.host;
  json["status"] = fleet::to_string(outcome.status);
  json["connect_seconds"] = core::seconds(outcome.connect_time);
  json["elapsed_seconds"] = core::seconds(outcome.elapsed);
  return json;
}

Json end_host(Json json, const fleet::Outcome& outcome) {
  json["error"] = outcome.error ? core::to_json(*outcome.error) : Json(nullptr);
  return json;
}

Json task_host_json(const fleet::Outcome& outcome, Json report) {
  Json json = begin_host(outcome);
  const bool asked = outcome.status == Status::ok || outcome.status == Status::failed;
  for (auto& [key, value] : report.items()) {
    json[key] = asked ? std::move(value) : Json(nullptr);
  }
  return end_host(std::move(json), outcome);
}

Cell status_cell(Status status) {
  static const std::map<Status, Colour> colours = {{Status::ok, Colour::green},
                                                   {Status::failed, Colour::red},
                                                   {Status::unreachable, Colour::red},
                                                   {Status::skipped, Colour::yellow}};
  return {fleet::to_string(status), colours.at(status)};
}

Cell change_cell(Status status, bool changed, bool check) {
  if (status != Status::ok || !changed) {
    return status_cell(status);
  }
  return {check ? "would change" : "changed", Colour::yellow};
}

std::string error_text(const fleet::Outcome& outcome) {
  std::string text = outcome.error ? printable(outcome.error->line()) : "";
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

Json summary_json(const Summary& summary) {
  Json json = {{"hosts", summary.hosts},     {"ok", summary.ok},
               {"failed", summary.failed},   {"unreachable", summary.unreachable},
               {"skipped", summary.skipped}, {"interrupted", summary.interrupted}};
  if (summary.changed) {
    json["changed"] = *summary.changed;
    json["check"] = summary.check;
    json["stopped_by_threshold"] = summary.stopped_by_threshold;
  }
  return json;
}

Json times_json(std::chrono::system_clock::time_point started, std::chrono::nanoseconds elapsed) {
  return {{"started_at", core::to_rfc3339(started)}, {"elapsed_seconds", core::seconds(elapsed)}};
}

Json shard_json(const std::optional<operation::ShardView>& shard) {
  Json json = Json::object();
  if (shard) {
    json["shard"] = {{"index", shard->shard.index},
                     {"count", shard->shard.count},
                     {"selected", shard->selected},
                     {"places", shard->places}};
  }
  return json;
}

std::string summary_text(const Summary& summary, const Style& style) {
  std::string text = std::to_string(summary.hosts) + (summary.hosts == 1 ? " host" : " hosts") + ": " +
                     paint(std::to_string(summary.ok) + " ok", summary.ok > 0 ? Colour::green : Colour::none, style);
  if (summary.changed.value_or(0) > 0) {
    text += ", " + paint(std::to_string(*summary.changed) + (summary.check ? " would change" : " changed"),
                         Colour::yellow, style);
  }
  for (const auto& [number, name] :
       {std::pair{summary.failed, "failed"}, {summary.unreachable, "unreachable"}, {summary.skipped, "skipped"}}) {
    if (number > 0) {
      text += ", " + paint(std::to_string(number) + " " + name, Colour::red, style);
    }
  }
  return text + " in " + core::to_human(summary.elapsed) + (summary.interrupted ? " (interrupted)" : "") +
         (summary.stopped_by_threshold ? " (stopped: too many hosts failed)" : "") + "\n";
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
