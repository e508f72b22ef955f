#include "cef/report/select.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "cef/core/duration.hpp"
#include "cef/report/fleet.hpp"

namespace cef::report {

namespace {

using core::Json;
using select::Seconds;

constexpr std::array k_policies = {"greedy", "advanced", "advanced_exact", "fastest"};

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

/// Three significant figures.
std::string time_text(Seconds time) {
  const double us = time.count() * 1e6;
  const auto figures = [](double value, const char* unit) {
    return format(value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
  };
  return us <= 0        ? "–"
         : us < 999.5   ? figures(us, "µs")
         : us < 999.5e3 ? figures(us / 1e3, "ms")
                        : figures(us / 1e6, "s");
}

Json seconds_json(Seconds time) {
  return std::isfinite(time.count()) ? Json(std::round(time.count() * 1e7) / 1e7) : Json(nullptr);
}

Seconds total_of(const select::Candidate& candidate, std::size_t images, bench::State state) {
  select::Forecast forecast = candidate.predicted;
  if (state == bench::State::warm) {
    forecast.fetch = forecast.load = Seconds(0);
  }
  return forecast.total(images);
}

Json candidate_json(const select::Candidate& candidate, std::size_t images) {
  const auto& predicted = candidate.predicted;
  return {{"model", candidate.name},
          {"exact", candidate.exact},
          {"accuracy_percent", std::round(candidate.accuracy_percent * 1e4) / 1e4},
          {"accuracy_source", select::to_string(candidate.accuracy_source)},
          {"threads", predicted.threads},
          {"fetch_seconds", seconds_json(predicted.fetch)},
          {"load_seconds", seconds_json(predicted.load)},
          {"image_seconds", seconds_json(predicted.image)},
          {"image_by_layers_seconds", seconds_json(predicted.image_by_layers)},
          {"fixed_seconds", seconds_json(predicted.fixed)},
          {"uncertainty", std::round(predicted.uncertainty * 1e4) / 1e4},
          {"observations", predicted.observations},
          {"probed", predicted.probed},
          {"total_cold_seconds", seconds_json(total_of(candidate, images, bench::State::cold))},
          {"total_warm_seconds", seconds_json(total_of(candidate, images, bench::State::warm))},
          {"memory_bytes", candidate.memory.count}};
}

Json choices_json(const std::vector<select::Choice>& choices) {
  Json json = Json::object();
  for (std::size_t i = 0; i < std::min(choices.size(), k_policies.size()); ++i) {
    Json reasons = Json::array();
    for (const auto& reason : choices[i].reasons) {
      reasons.push_back({{"model", reason.candidate},
                         {"chosen", reason.chosen},
                         {"eligible", reason.eligible},
                         {"reason", reason.text}});
    }
    json[k_policies[i]] = {{"model", choices[i].model}, {"candidates", std::move(reasons)}};
  }
  return json;
}

std::string edge_line(const operation::BenchEdge& edge) {
  const auto& profile = *edge.profile;
  std::string text = format("  %.3g of %d cores, others keep %.1f busy, ", profile.usable_cores,
                            edge.environment ? edge.environment->cores : 0, profile.busy_cores) +
                     to_human(profile.memory_available) + " free, ";
  text += profile.link ? format("models come at %.3g Mbit/s, round trip ", profile.link->bytes_per_second * 8e-6) +
                             time_text(profile.link->round_trip)
                       : std::string("link not known");
  text += ", profile " + time_text(edge.profile_time) + (profile.cached ? ", layers from before" : "");
  return text + (edge.probed > 0 ? format(", %zu candidates run for a moment", edge.probed) : "") + "\n";
}

std::string candidates_table(const operation::BenchEdge& edge, bench::State state, const Style& style) {
  const auto& choices = state == bench::State::cold ? edge.choices->cold : edge.choices->warm;
  Table table({{"candidate"},
               {"accuracy", Align::right},
               {"fetch", Align::right},
               {"load", Align::right},
               {"image", Align::right},
               {"+-", Align::right},
               {"threads", Align::right},
               {"total", Align::right},
               {"memory", Align::right},
               {"why advanced does or does not take it"}});
  for (std::size_t i = 0; i < edge.candidates.size(); ++i) {
    const auto& candidate = edge.candidates[i];
    const auto& predicted = candidate.predicted;
    const auto& reason = choices[1].reasons[i];
    table.add_row({printable(candidate.name), format("%.2f %%", candidate.accuracy_percent), time_text(predicted.fetch),
                   time_text(predicted.load), time_text(predicted.image),
                   format("%.0f %%", 100 * predicted.uncertainty), std::to_string(predicted.threads),
                   time_text(total_of(candidate, edge.images_per_trial, state)), to_human(candidate.memory),
                   Cell(printable(reason.text), reason.chosen ? Colour::green : Colour::none)});
  }
  return table.str(style);
}

std::string choices_line(const char* state, const std::vector<select::Choice>& choices) {
  return std::string("  ") + state + ": advanced takes " + printable(choices[1].model) + " (" +
         printable(choices[2].model) + " among the exact ones), greedy " + printable(choices[0].model) + ", fastest " +
         printable(choices[3].model) + "\n";
}

}  // namespace

Json select_edge_json(const operation::BenchEdge& edge) {
  Json json = {{"name", edge.name}, {"connection", edge.connection}};
  json["error"] = edge.error ? core::to_json(*edge.error) : Json(nullptr);
  json["profile"] = nullptr;
  if (edge.profile) {
    json["profile"] = select::to_json(*edge.profile);
    json["profile"]["layers"] = edge.profile->layers.size();
  }
  json["profile_seconds"] = seconds_json(edge.profile_time);
  json["probed"] = edge.probed;
  json["candidates"] = Json::array();
  for (const auto& candidate : edge.candidates) {
    json["candidates"].push_back(candidate_json(candidate, edge.images_per_trial));
  }
  json["cold"] = edge.choices ? choices_json(edge.choices->cold) : Json(nullptr);
  json["warm"] = edge.choices ? choices_json(edge.choices->warm) : Json(nullptr);
  return json;
}

Json select_json(const operation::BenchResult& result) {
  const auto& options = result.options;
  Json json = {{"schema", "cef.select/1"},
               {"cef_version", CEF_VERSION},
               {"started", core::to_rfc3339(result.started)},
               {"elapsed_seconds", seconds_json(result.elapsed)},
               {"state", bench::to_string(options.trials.state)},
               {"settings",
                {{"dataset", options.dataset},
                 {"accuracy_budget_points", options.accuracy_budget_points},
                 {"images_per_trial", options.trials.images_per_trial},
                 {"exact_only", options.exact_only},
                 {"profile", operation::to_string(options.profile)},
                 {"probe_ties", options.probe_ties},
                 {"threads", options.threads},
                 {"repository", options.repository.empty() ? Json(nullptr) : Json(options.repository)}}}};
  json.update(shard_json(result.shard));
  json["edges"] = Json::array();
  for (const auto& edge : result.edges) {
    json["edges"].push_back(select_edge_json(edge));
  }
  return json;
}

std::string select_text(const operation::BenchResult& result, const Style& style) {
  std::string text;
  for (const auto& edge : result.edges) {
    text += (text.empty() ? "" : "\n") +
            paint(printable(edge.name) + " (" + edge.connection + ")", Colour::bold, style) + "\n";
    if (!edge.choices || !edge.profile) {
      text += "  " + paint("no choice", Colour::red, style) + ": " +
              printable(edge.error ? edge.error->line() : std::string("not asked")) + "\n";
      continue;
    }
    text += edge_line(edge);
    text += format("  a trial of %zu images, %s\n", edge.images_per_trial,
                   result.options.trials.state == bench::State::cold ? "nothing on the node" : "models on the node");
    text += candidates_table(edge, result.options.trials.state, style);
    text += choices_line("warm", edge.choices->warm) + choices_line("cold", edge.choices->cold);
  }
  return text;
}

}  // namespace cef::report
