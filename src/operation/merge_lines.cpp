#include <algorithm>
#include <unordered_map>

#include "cef/operation/merge.hpp"
#include "merge_parts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// Lines come as hosts are done; the last one says in which order --json has them.
Result<Json> hosts_of(std::vector<Json>& lines, const Json& names, const std::string& origin) {
  std::unordered_map<std::string, Json*> by_name;
  for (Json& line : lines) {
    line.erase("schema");
    line.erase("event");
    by_name[line.value("host", "")] = &line;
  }
  Json hosts = Json::array();
  for (const Json& name : names) {
    const auto found = by_name.find(name.get<std::string>());
    if (found == by_name.end()) {
      return fail(ErrorCode::usage, origin + ": has no line of " + name.get<std::string>());
    }
    hosts.push_back(std::move(*found->second));
  }
  return hosts;
}

Result<Json> joined(std::vector<Json>& lines, Json last, const std::string& origin) {
  const std::string event = last.value("event", "");
  last.erase("event");
  if (event == "result") {  // a bench or a select: the last line has everything
    return last;
  }
  if (event != "summary") {
    return fail(ErrorCode::usage, origin + ": does not end with the line that sums up");
  }
  if (std::any_of(lines.begin(), lines.end(), [](const Json& line) { return line.contains("sample"); })) {
    return fail(ErrorCode::usage, origin + ": is a stream of samples, which cannot be merged");
  }
  Json document = {{"schema", last.at("schema")},
                   {"started_at", last.at("started_at")},
                   {"elapsed_seconds", last.at("elapsed_seconds")}};
  if (last.contains("shard")) {
    document["shard"] = last.at("shard");
  }
  if (last.value("schema", "").rfind("cef.playbook/", 0) == 0) {
    document["plays"] = Json::array();
    for (Json& line : lines) {
      add_play_line(document["plays"], std::move(line));
    }
    document["hosts"] = last.at("hosts");
    document["summary"] = last.at("summary");
    return document;
  }
  auto hosts = hosts_of(lines, document.value("shard", Json::object()).value("hosts", Json::array()), origin);
  if (!hosts) {
    return hosts;
  }
  document["hosts"] = std::move(*hosts);
  document["summary"] = last;
  if (last.contains("clocks")) {
    document["clocks"] = last.at("clocks");
  }
  return document;
}

}  // namespace

bool is_json_lines(std::string_view text) {
  const auto first = core::parse_json(take_line(text), "");
  return first && first->is_object() && first->contains("event");
}

Result<Json> document_of_lines(std::string_view text, const std::string& origin) {
  std::vector<Json> lines;
  while (!text.empty()) {
    auto line = core::parse_json(take_line(text), origin + ", line " + std::to_string(lines.size() + 1));
    if (!line) {
      return line;
    }
    lines.push_back(std::move(*line));
  }
  Json last = std::move(lines.back());
  lines.pop_back();
  try {
    return joined(lines, std::move(last), origin);
  } catch (const Json::exception&) {  // a value of another type than its key has
    return fail(ErrorCode::usage, origin + ": is not as cef printed it");
  }
}

void add_play_line(Json& plays, Json line) {
  const std::string event = line.value("event", "");
  if (event == "play_start") {
    plays.push_back({{"play", line.at("play")}, {"tasks", Json::array()}, {"warnings", Json::array()}});
  }
  if (plays.empty()) {
    return;
  }
  Json& tasks = plays.back()["tasks"];
  if (event == "task_start" || event == "handler_start") {
    tasks.push_back({{"task", line.at("task")},
                     {"module", line.at("module")},
                     {"place", line.at("place")},
                     {"handler", event == "handler_start"},
                     {"hosts", Json::array()}});
  } else if (event == "warning") {
    plays.back()["warnings"].push_back(line.at("message"));
  } else if (event == "result") {
    const auto task = std::find_if(tasks.rbegin(), tasks.rend(), [&](const Json& one) {
      return one.at("task") == line.at("task") && one.at("place") == line.at("place");
    });
    if (task != tasks.rend()) {
      for (const char* key : {"schema", "event", "task", "module", "place"}) {
        line.erase(key);
      }
      (*task)["hosts"].push_back(std::move(line));
    }
  }
}

}  // namespace cef::operation
