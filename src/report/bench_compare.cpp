#include "cef/report/bench_compare.hpp"

#include <algorithm>
#include <cmath>

#include "bench_format.hpp"

namespace cef::report {

using core::Json;
using operation::BenchComparison;
using operation::Change;
using operation::EdgeChange;
using operation::TimeChange;

namespace {

Json rounded(double value, double scale) {
  return std::isfinite(value) ? Json(std::round(value * scale) / scale) : Json(nullptr);
}
Json rounded(const std::optional<double>& value, double scale) {
  return value ? rounded(*value, scale) : Json(nullptr);
}
constexpr double k_seconds_scale = 1e7;
constexpr double k_scale = 1e4;

Json time_json(const TimeChange& t) {
  return {{"a_seconds", rounded(t.a, k_seconds_scale)},
          {"b_seconds", rounded(t.b, k_seconds_scale)},
          {"ratio", rounded(t.ratio, k_scale)},
          {"ratio_interval_95",
           t.interval ? Json({rounded(t.interval->low, k_scale), rounded(t.interval->high, k_scale)}) : Json(nullptr)},
          {"change", operation::to_string(t.change)}};
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json edge_json(const EdgeChange& edge) {
  Json json = {{"name", edge.name},
               {"verdict_a", text_or_null(edge.verdict_a)},
               {"verdict_b", text_or_null(edge.verdict_b)},
               {"result_in_a", edge.in_a},
               {"result_in_b", edge.in_b},
               {"not_comparable", edge.not_comparable},
               {"policies", Json::array()},
               {"models", Json::array()}};
  for (const auto& p : edge.policies) {
    json["policies"].push_back({{"policy", p.policy},
                                {"state", p.cold ? "cold" : "warm"},
                                {"model_a", p.model_a},
                                {"model_b", p.model_b},
                                {"trial", p.time ? time_json(*p.time) : Json(nullptr)},
                                {"saving_percent_a", rounded(p.saving_a, k_scale)},
                                {"saving_percent_b", rounded(p.saving_b, k_scale)}});
  }
  for (const auto& m : edge.models) {
    json["models"].push_back(
        {{"model", m.model},
         {"state", m.cold ? "cold" : "warm"},
         {"trial", time_json(m.time)},
         {"accuracy_percent_a", rounded(m.accuracy_a, k_scale)},
         {"accuracy_percent_b", rounded(m.accuracy_b, k_scale)},
         {"accuracy_difference_points", rounded(m.accuracy_b - m.accuracy_a, k_scale)},
         {"accuracy_difference_interval_95_points",
          {rounded(m.accuracy_interval.low, k_scale), rounded(m.accuracy_interval.high, k_scale)}}});
  }
  return json;
}

std::string signed_percent(double ratio) {
  const double percent = 100 * (ratio - 1);
  return (percent >= 0 ? "+" : "") + fixed(percent, 1) + " %";
}

Cell change_cell(const TimeChange& t) {
  switch (t.change) {
    case Change::faster:
      return {"faster", Colour::green};
    case Change::slower:
      return {"slower", Colour::red};
    case Change::same:
      return {"no difference seen", Colour::dim};
    case Change::unknown:
      break;
  }
  return {"too few trials", Colour::yellow};
}

std::string interval_text(const TimeChange& t) {
  return t.interval ? signed_percent(t.interval->low) + " to " + signed_percent(t.interval->high) : k_unknown;
}

std::string choices_text(const EdgeChange& edge) {
  std::string text;
  for (const auto& p : edge.policies) {
    const std::string state = p.cold ? "cold" : "warm";
    if (p.model_a != p.model_b) {
      text += "  " + state + ": " + p.policy + " chose " + printable(p.model_a) + ", now " + printable(p.model_b) +
              (p.time ? " (" + time_figure(p.time->a) + ", now " + time_figure(p.time->b) + ")" : "") + "\n";
    }
    if (p.saving_a && p.saving_b) {
      text += "  " + state + ": latency saving " + fixed(*p.saving_a, 1) + " %, now " + fixed(*p.saving_b, 1) + " %\n";
    }
  }
  return text;
}

std::string edge_text(const EdgeChange& edge, const Style& style) {
  std::string text = "\n" + paint(printable(edge.name), Colour::bold, style);
  const auto verdict = [](const std::string& word) { return word.empty() ? std::string("not in the run") : word; };
  text += edge.verdict_a == edge.verdict_b ? ": " + verdict(edge.verdict_a)
                                           : ": " + verdict(edge.verdict_a) + ", now " + verdict(edge.verdict_b);
  text += "\n";
  for (const auto& reason : edge.not_comparable) {
    text += "  " + paint("not comparable", Colour::yellow, style) + ": " + printable(reason) + "\n";
  }
  if (!edge.in_a || !edge.in_b) {
    return text + "  " +
           (edge.in_a   ? "no result in the second run\n"
            : edge.in_b ? "no result in the first run\n"
                        : "no result in either run\n");
  }
  text += choices_text(edge);
  if (edge.models.empty()) {
    return text + "  no model was measured in both runs\n";
  }
  Table table({{"model"},
               {"state"},
               {"trial", Align::right},
               {"now", Align::right},
               {"change", Align::right},
               {"95 % interval", Align::right},
               {"accuracy", Align::right},
               {"time"}});
  for (const auto& m : edge.models) {
    const double difference = m.accuracy_b - m.accuracy_a;
    const std::string sign = difference >= 0 ? "+" : "";
    table.add_row({printable(m.model), m.cold ? "cold" : "warm", time_figure(m.time.a), time_figure(m.time.b),
                   signed_percent(m.time.ratio), interval_text(m.time), sign + fixed(difference, 2),
                   change_cell(m.time)});
  }
  return text + table.str(style);
}

}  // namespace

Json to_json(const BenchComparison& c, const SlowerReasons& slower) {
  const bool comparable = c.not_comparable.empty() && std::all_of(c.edges.begin(), c.edges.end(), [](const auto& e) {
                            return e.not_comparable.empty();
                          });
  Json json = {{"schema", "cef.bench-compare/1"},
               {"a", {{"file", c.file_a}, {"started", c.started_a}, {"verdict", c.verdict_a}}},
               {"b", {{"file", c.file_b}, {"started", c.started_b}, {"verdict", c.verdict_b}}},
               {"comparable", comparable},
               {"not_comparable", c.not_comparable},
               {"differences", Json::array()},
               {"edges", Json::array()},
               {"too_slow", slower ? Json(*slower) : Json(nullptr)}};
  for (const auto& d : c.differences) {
    json["differences"].push_back({{"edge", text_or_null(d.edge)}, {"name", d.name}, {"a", d.a}, {"b", d.b}});
  }
  for (const auto& edge : c.edges) {
    json["edges"].push_back(edge_json(edge));
  }
  return json;
}

std::string compare_text(const BenchComparison& c, const SlowerReasons& slower, const Style& style) {
  std::string text = "first:  " + printable(c.file_a) + ", " + printable(c.started_a) + ", " + printable(c.verdict_a) +
                     "\nsecond: " + printable(c.file_b) + ", " + printable(c.started_b) + ", " +
                     printable(c.verdict_b) + "\n";
  for (const auto& reason : c.not_comparable) {
    text += paint("not comparable", Colour::yellow, style) + ": " + printable(reason) + "\n";
  }
  for (const auto& edge : c.edges) {
    text += edge_text(edge, style);
  }
  if (!c.differences.empty()) {
    Table table({{"edge"}, {"differs"}, {"first"}, {"second"}});
    for (const auto& d : c.differences) {
      table.add_row(
          {printable(d.edge.empty() ? k_unknown : d.edge), printable(d.name), printable(d.a), printable(d.b)});
    }
    text += "\n" + table.str(style, Notes::cut);
  }
  if (slower) {
    text += slower->empty() ? "\nnothing is slower than allowed\n" : "";
    for (const auto& reason : *slower) {
      text += "\n" + paint("refused", Colour::red, style) + ": " + printable(reason);
    }
    text += slower->empty() ? "" : "\n";
  }
  return text;
}

}  // namespace cef::report
