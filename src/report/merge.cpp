#include "cef/report/merge.hpp"

#include <array>
#include <cstdio>

#include "cef/core/duration.hpp"
#include "cef/report/fleet.hpp"
#include "cef/report/playbook.hpp"
#include "cef/report/time.hpp"

namespace cef::report {

using core::Json;
using operation::Merged;
using operation::MergedKind;

namespace {

std::chrono::nanoseconds time_of(const Json& json, const char* key = "elapsed_seconds") {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(json.value(key, 0.0)));
}

Summary summary_of(const Merged& merged) {
  Summary summary;
  summary.hosts = merged.statuses.size();
  summary.changed = merged.changed;
  summary.check = merged.check;
  summary.interrupted = merged.interrupted;
  summary.stopped_by_threshold = merged.stopped_by_threshold;
  summary.elapsed = time_of(merged.document);
  for (const auto status : merged.statuses) {
    summary.count(status);
  }
  return summary;
}

/// The recap of a playbook, as a run gives it.
operation::PlaybookResult recap_of(const Merged& merged) {
  operation::PlaybookResult result;
  result.check = merged.check;
  result.run.interrupted = merged.interrupted;
  for (const Json& host : merged.document.at("hosts")) {
    const auto count = [&](const char* key) { return host.value(key, std::size_t{0}); };
    result.run.recaps[host.value("host", "")] = {count("ok"),     count("changed"), count("unreachable"),
                                                 count("failed"), count("skipped"), count("rescued"),
                                                 count("ignored")};
  }
  return result;
}

std::string note_of(const Json& entry) {
  const Json error = entry.value("error", Json());
  if (!error.is_object()) {
    return "";
  }
  std::string text = error.value("message", "");
  for (const Json& context : error.value("context", Json::array())) {
    text = context.get<std::string>() + ": " + text;
  }
  return printable(text);
}

std::string hosts_text(const Json& document, const Merged& merged, const Style& style) {
  Table table({{"HOST"}, {"STATUS"}, {"CONNECT", Align::right}, {"ELAPSED", Align::right}, {"NOTE"}});
  std::size_t i = 0;
  for (const Json& host : document.at("hosts")) {
    const Json changed = host.value("changed", Json());
    table.add_row({printable(host.value("host", "")),
                   change_cell(merged.statuses[i++], changed.is_boolean() && changed.get<bool>(), merged.check),
                   core::to_human(time_of(host, "connect_seconds")), core::to_human(time_of(host)), note_of(host)});
  }
  return table.str(style) + summary_text(summary_of(merged), style);
}

/// What an edge says of a state: an empty object where it did not come so far.
Json figures_of(const Json& edge, const std::string& state) {
  Json figures = edge.value(state, Json());
  return figures.is_object() ? figures : Json::object();
}

/// The model of a choice that may not be there.
std::string model_of(const Json& edge, const std::string& state, const char* policy) {
  const Json choice = figures_of(edge, state).value(policy, Json());
  return choice.is_object() ? printable(choice.value("model", "")) : "-";
}

std::string number_text(const Json& value, const char* format) {
  if (!value.is_number()) {
    return "-";
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value.get<double>());
  return text.data();
}

std::string count_of_edges(const Json& document) {
  const std::size_t count = document.at("edges").size();
  return std::to_string(count) + (count == 1 ? " edge" : " edges");
}

std::string bench_text(const Json& document, const Merged& merged, const Style& style) {
  const std::string state = document.value("state", "warm");
  Table table(
      {{"EDGE"}, {"VERDICT"}, {"GREEDY"}, {"ADVANCED"}, {"DROP", Align::right}, {"SAVING", Align::right}, {"NOTE"}});
  for (const Json& edge : document.at("edges")) {
    const Json figures = figures_of(edge, state);
    table.add_row({printable(edge.value("name", "")), printable(edge.at("verdict").value("outcome", "")),
                   model_of(edge, state, "greedy"), model_of(edge, state, "advanced"),
                   number_text(figures.value("accuracy_drop_points", Json()), "%.2f"),
                   number_text(figures.value("saving_percent", Json()), "%.1f %%"), note_of(edge)});
  }
  std::string text = table.str(style);
  for (const auto& reason : merged.whole->verdict.reasons) {
    text += printable(reason) + "\n";
  }
  return text + bench::to_string(merged.whole->verdict.outcome) + ": latency saving " +
         number_text(document.at("saving_percent"), "%.1f %%") + ", accuracy drop " +
         number_text(document.at("accuracy_drop_points"), "%.2f points") + ", " + count_of_edges(document) + ", " +
         core::to_human(time_of(document)) + "\n";
}

std::string select_text(const Json& document, const Style& style) {
  Table table({{"EDGE"}, {"GREEDY"}, {"ADVANCED"}, {"FASTEST"}, {"NOTE"}});
  const std::string state = document.value("state", "warm");
  for (const Json& edge : document.at("edges")) {
    table.add_row({printable(edge.value("name", "")), model_of(edge, state, "greedy"),
                   model_of(edge, state, "advanced"), model_of(edge, state, "fastest"), note_of(edge)});
  }
  return table.str(style) + count_of_edges(document) + "\n";
}

}  // namespace

Json merged_json(const Merged& merged) {
  Json document = merged.document;
  switch (merged.kind) {
    case MergedKind::hosts:
      document["summary"] = summary_json(summary_of(merged));
      break;
    case MergedKind::playbook:
      document.update(recap_json(recap_of(merged)));
      break;
    case MergedKind::bench:
      document["interrupted"] = merged.interrupted;
      put_whole(document, *merged.whole);
      break;
    case MergedKind::select:
      break;
  }
  if (merged.has_clocks) {
    document["clocks"] = clocks_json(merged.clocks);
  }
  return document;
}

std::string merged_text(const Json& document, const Merged& merged, const Style& style) {
  switch (merged.kind) {
    case MergedKind::hosts:
      return hosts_text(document, merged, style);
    case MergedKind::playbook:
      return PlaybookText(style, 0, false).recap(recap_of(merged).run);
    case MergedKind::bench:
      return bench_text(document, merged, style);
    case MergedKind::select:
      return select_text(document, style);
  }
  return "";
}

}  // namespace cef::report
