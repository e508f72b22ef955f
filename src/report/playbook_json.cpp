#include "cef/core/duration.hpp"
#include "cef/operation/merge.hpp"
#include "cef/report/fleet.hpp"
#include "cef/report/playbook.hpp"

namespace cef::report {

using core::Json;
using playbook::Event;
using playbook::Recap;

namespace {

const char* kind_name(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::play_start:
      return "play_start";
    case Event::Kind::no_hosts:
      return "no_hosts";
    case Event::Kind::task_start:
      return "task_start";
    case Event::Kind::handler_start:
      return "handler_start";
    case Event::Kind::item:
      return "item";
    case Event::Kind::retry:
      return "retry";
    case Event::Kind::result:
      return "result";
    case Event::Kind::included:
      return "included";
    case Event::Kind::play_end:
      return "play_end";
    case Event::Kind::warning:
      return "warning";
  }
  return "";
}

Json counts(const Recap& recap) {
  return {{"ok", recap.ok},          {"changed", recap.changed}, {"unreachable", recap.unreachable},
          {"failed", recap.failed},  {"skipped", recap.skipped}, {"rescued", recap.rescued},
          {"ignored", recap.ignored}};
}

Json result_of(const Event& event) {
  Json json = {{"host", event.host}, {"status", playbook::to_string(event.verdict)}};
  if (!event.delegated_to.empty()) {
    json["delegated_to"] = event.delegated_to;
  }
  json["elapsed_seconds"] = core::seconds(event.elapsed);
  json["result"] = event.result;
  return json;
}

}  // namespace

Json event_json(const Event& event) {
  Json json = {{"schema", "cef.playbook/1"}, {"event", kind_name(event.kind)}};
  switch (event.kind) {
    case Event::Kind::play_start:
    case Event::Kind::play_end:
      json["play"] = event.play;
      return json;
    case Event::Kind::no_hosts:
    case Event::Kind::warning:
      json["message"] = event.task.empty() ? "no hosts matched" : event.task;
      return json;
    case Event::Kind::included:
      json["file"] = event.task;
      json["hosts"] = event.result.value("hosts", Json::array());
      return json;
    default:
      break;
  }
  json["task"] = event.task;
  json["module"] = event.module;
  json["place"] = event.place.text();
  if (event.kind == Event::Kind::task_start || event.kind == Event::Kind::handler_start) {
    return json;
  }
  json.update(result_of(event));
  if (event.kind == Event::Kind::item) {
    json["item"] = event.label;
  }
  if (event.kind == Event::Kind::retry) {
    json["tries_left"] = event.tries;
  }
  return json;
}

void PlaybookJson::event(const Event& event) {
  if (event.kind != Event::Kind::item && event.kind != Event::Kind::retry) {
    operation::add_play_line(plays_, event_json(event));
  }
}

Json recap_json(const operation::PlaybookResult& result) {
  Json hosts = Json::array();
  Recap sum;
  for (const auto& [host, recap] : result.run.recaps) {
    Json one = {{"host", host}};
    one.update(counts(recap));
    hosts.push_back(std::move(one));
    sum += recap;
  }
  Json summary = {{"hosts", hosts.size()}};
  summary.update(counts(sum));
  summary["check"] = result.check;
  summary["interrupted"] = result.run.interrupted;
  Json json = {{"hosts", std::move(hosts)}, {"summary", std::move(summary)}};
  if (const auto& shard = result.shard) {
    json["shard"] = {{"index", shard->shard.index},
                     {"count", shard->shard.count},
                     {"selected", shard->selected},
                     {"forgiven", result.run.forgiven}};
  }
  return json;
}

Json PlaybookJson::document(const operation::PlaybookResult& result) const {
  Json document = {{"schema", "cef.playbook/1"}};
  document.update(times_json(result.started, result.run.elapsed));
  document["plays"] = plays_;
  document.update(recap_json(result));
  return document;
}

}  // namespace cef::report
