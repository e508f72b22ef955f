#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cef/core/duration.hpp"
#include "cef/report/bench.hpp"

namespace cef::report {

namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

/// Three significant figures, as a person compares times.
std::string time_text(double seconds) {
  if (seconds <= 0) {
    return "–";
  }
  const double us = seconds * 1e6;
  const auto figures = [](double value, const char* unit) {
    return format(value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
  };
  return us < 999.5 ? figures(us, "µs") : us < 999.5e3 ? figures(us / 1e3, "ms") : figures(us / 1e6, "s");
}
std::string time_text(select::Seconds time) {
  return time_text(time.count());
}

std::string count_text(double count) {
  return count >= 1e9   ? format("%.2f G", count / 1e9)
         : count >= 1e6 ? format("%.1f M", count / 1e6)
                        : format("%.0f k", count / 1e3);
}

std::string percent_text(double value) {
  return format("%.2f %%", value);
}

Cell outcome_cell(bench::Outcome outcome) {
  switch (outcome) {
    case bench::Outcome::pass:
      return {"PASS", Colour::green};
    case bench::Outcome::fail:
      return {"FAIL", Colour::red};
    case bench::Outcome::invalid:
      break;
  }
  return {"INVALID", Colour::yellow};
}

std::string paint_outcome(bench::Outcome outcome, const Style& style) {
  const Cell cell = outcome_cell(outcome);
  return paint(cell.text, cell.colour, style);
}

std::string heading(const std::string& text, const Style& style) {
  return "\n" + paint(text, Colour::bold, style) + "\n";
}

/// The table, moved to the right by two columns.
std::string indented(const Table& table, const Style& style) {
  const std::string text = table.str({style.colour, style.width > 2 ? style.width - 2 : style.width});
  std::string out;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += "  " + text.substr(from, end - from) + "\n";
    from = end + 1;
  }
  return out;
}

std::string models_table(const operation::BenchResult& result, const Style& style) {
  Table table({{"model"},
               {"accuracy", Align::right},
               {"known by"},
               {"multiply-adds", Align::right},
               {"parameters", Align::right},
               {"memory", Align::right}});
  for (const auto& model : result.models) {
    const std::string origin =
        model.origin == operation::AccuracyOrigin::cached ? "measured before" : operation::to_string(model.origin);
    table.add_row({printable(model.model.name), percent_text(model.accuracy_percent), origin,
                   count_text(static_cast<double>(model.macs)), count_text(static_cast<double>(model.parameters)),
                   to_human(model.memory)});
  }
  return indented(table, style);
}

std::string roles_of(const bench::StateReport& state, const std::string& model) {
  std::string roles;
  const auto add = [&](const select::Choice& choice, const char* name) {
    if (choice.model == model) {
      roles += (roles.empty() ? "" : ", ") + std::string(name);
    }
  };
  add(state.greedy, "greedy");
  add(state.advanced, "advanced");
  if (state.advanced_exact.model != state.advanced.model) {
    add(state.advanced_exact, "advanced, exact");
  }
  add(state.fastest, "fastest");
  if (state.oracle) {
    add(*state.oracle, "oracle");
  }
  return roles;
}

std::string latency_table(const bench::EdgeReport& report, const Style& style) {
  Table table({{"chosen by"},
               {"model"},
               {"accuracy", Align::right},
               {"mean", Align::right},
               {"p50", Align::right},
               {"p90", Align::right},
               {"p99", Align::right},
               {"images timed", Align::right}});
  for (const auto& run : report.models) {
    const std::string roles = roles_of(report.warm, run.model);
    if (!roles.empty() && run.warm.latency.count > 0) {
      const auto& latency = run.warm.latency;
      table.add_row({roles, printable(run.model), percent_text(run.pass.accuracy.percent()), time_text(latency.mean),
                     time_text(latency.p50), time_text(latency.p90), time_text(latency.p99),
                     std::to_string(latency.count)});
    }
  }
  return indented(table, style);
}

std::string steps_table(const bench::EdgeReport& report, bench::State state, const Style& style) {
  Table table({{std::string(bench::to_string(state)) + " trial"},
               {"status", Align::right},
               {"selection", Align::right},
               {"fetch", Align::right},
               {"load", Align::right},
               {"inference", Align::right},
               {"result", Align::right},
               {"total", Align::right},
               {"trials", Align::right}});
  for (const auto& run : report.models) {
    const auto& s = run.in(state).mean;
    const std::size_t trials = run.in(state).log.trials.size();
    const std::string roles = roles_of(report.in(state), run.model);
    if (trials > 0 && !roles.empty()) {
      table.add_row({roles + ": " + printable(run.model), time_text(s.status), time_text(s.selection),
                     time_text(s.fetch), time_text(s.load), time_text(s.inference), time_text(s.result),
                     time_text(s.total), std::to_string(trials)});
    }
  }
  return indented(table, style);
}

std::string candidates_table(const operation::BenchEdge& edge, bench::State state, const Style& style) {
  const bench::EdgeReport& report = *edge.report;
  Table table({{"candidate"},
               {"accuracy", Align::right},
               {"predicted", Align::right},
               {"measured", Align::right},
               {"off by", Align::right},
               {"why advanced did or did not take it"}});
  for (std::size_t i = 0; i < edge.candidates.size(); ++i) {
    const auto& candidate = edge.candidates[i];
    const bench::ModelRun* run = report.find(candidate.name);
    const double measured = run != nullptr ? run->warm.latency.mean : 0.0;
    const double predicted = candidate.predicted.image.count();
    const auto& reason = report.in(state).advanced.reasons[i];
    table.add_row({printable(candidate.name),
                   percent_text(run != nullptr ? run->pass.accuracy.percent() : candidate.accuracy_percent),
                   time_text(predicted), time_text(measured),
                   measured > 0 ? format("%+.0f %%", 100.0 * (predicted / measured - 1.0)) : "–",
                   Cell(printable(reason.text), reason.chosen ? Colour::green : Colour::none)});
  }
  return indented(table, style);
}

std::string saving_line(const bench::Comparison& c) {
  if (c.savings.empty()) {
    return "no trials";
  }
  return format("latency saving %.1f %%, 95 %% interval %.1f to %.1f", c.saving_percent, c.saving_interval_percent.low,
                c.saving_interval_percent.high) +
         format("; accuracy %+.2f points, %.2f to %.2f", 0.0 - c.accuracy_drop_points,
                0.0 - c.accuracy_drop_interval_points.high, 0.0 - c.accuracy_drop_interval_points.low);
}

std::string state_lines(const bench::EdgeReport& report, bench::State state) {
  const bench::StateReport& chosen = report.in(state);
  std::string text = std::string("  ") + bench::to_string(state) + ": " + saving_line(chosen.comparison) + "\n";
  if (chosen.advanced_exact.model != chosen.advanced.model) {
    text += "    selection alone (" + printable(chosen.advanced_exact.model) + "): " + saving_line(chosen.exact) + "\n";
  }
  if (chosen.oracle) {
    text += "    oracle (all measured) takes " + printable(chosen.oracle->model);
    text += format("; regret of greedy %.1f %%, advanced %.1f %%, fastest %.1f %%\n", chosen.regret->greedy,
                   chosen.regret->advanced, chosen.regret->fastest);
  }
  return text;
}

std::string deadline_table(const operation::BenchEdge& edge, bench::State state, const Style& style) {
  std::vector<Column> columns = {{"right and in time within"}};
  for (const auto& deadline : edge.deadlines) {
    columns.push_back({time_text(deadline), Align::right});
  }
  Table table(columns);
  for (const auto& run : edge.report->models) {
    if (run.in(state).log.trials.empty()) {
      continue;
    }
    std::vector<Cell> cells = {printable(run.model)};
    for (const double percent : run.in(state).effective_accuracy_percent) {
      cells.emplace_back(percent_text(percent));
    }
    table.add_row(cells);
  }
  return indented(table, style);
}

std::string report_text(const operation::BenchResult& result, const operation::BenchEdge& edge, const Style& style) {
  const bench::EdgeReport& report = *edge.report;
  const bench::State state = result.options.trials.state;
  std::string text = "\n" + latency_table(report, style);
  text += "\n" + steps_table(report, bench::State::warm, style);
  if (report.cold.trials > 0) {
    text += "\n" + steps_table(report, bench::State::cold, style);
  }
  text += "\n" + candidates_table(edge, state, style) + "\n";
  if (!edge.deadlines.empty()) {
    text += deadline_table(edge, state, style) + "\n";
  }
  text += state_lines(report, bench::State::warm) + state_lines(report, bench::State::cold);
  const auto& thresholds = result.options.thresholds;
  return text + format("  the verdict is about %s trials: saving at least %g %%, accuracy may fall by %g points\n",
                       bench::to_string(state), thresholds.min_saving_percent, thresholds.max_accuracy_drop_points);
}

std::string edge_text(const operation::BenchResult& result, const operation::BenchEdge& edge, const Style& style) {
  std::string text = heading(printable(edge.name) + " (" + edge.connection + ")", style);
  if (edge.environment) {
    const auto& e = *edge.environment;
    text += "  " + printable(e.cpu_model.empty() ? e.architecture : e.cpu_model) + ", " + std::to_string(e.threads) +
            (e.threads == 1 ? " thread" : " threads") + " on " + std::to_string(e.cores) +
            (e.cores == 1 ? " core, " : " cores, ") + to_human(e.memory) + ", " + printable(e.kernel) + ", " +
            printable(e.runtime) + format(", load %.2f\n", e.load_1min);
  }
  if (edge.report) {
    text += report_text(result, edge, style);
  }
  text += "  " + paint_outcome(edge.verdict.outcome, style);
  const char* separator = ": ";
  for (const auto& reason : edge.verdict.reasons) {
    text += separator + printable(reason);
    separator = "; ";
  }
  return text + "\n";
}

}  // namespace

std::string bench_text(const operation::BenchResult& result, const Style& style) {
  const auto& data = result.dataset;
  std::string text = paint("Models", Colour::bold, style) + " on " + printable(data.name) +
                     format(": %zu of %zu images, %zu classes, ", data.images, data.available, data.classes) +
                     (data.width > 0 ? format("%d x %d\n", data.width, data.height) : "several sizes\n");
  text += models_table(result, style);
  for (const auto& edge : result.edges) {
    text += edge_text(result, edge, style);
  }
  if (result.edges.size() > 1) {
    const bench::State state = result.options.trials.state;
    Table table(
        {{"edge"}, {"greedy"}, {"advanced"}, {"accuracy", Align::right}, {"saving", Align::right}, {"verdict"}});
    for (const auto& edge : result.edges) {
      const bool has = edge.report.has_value();
      table.add_row({printable(edge.name), has ? printable(edge.report->in(state).greedy.model) : "–",
                     has ? printable(edge.report->in(state).advanced.model) : "–",
                     has ? format("%+.2f", 0.0 - edge.report->in(state).comparison.accuracy_drop_points) : "–",
                     has ? format("%.1f %%", edge.report->in(state).comparison.saving_percent) : "–",
                     outcome_cell(edge.verdict.outcome)});
    }
    text += heading("All edges", style) + indented(table, style);
  }
  const bool any = std::any_of(result.edges.begin(), result.edges.end(), [](const auto& e) { return e.report; });
  text += "\n" + paint_outcome(result.verdict.outcome, style) + "  ";
  if (any) {
    text += format("latency saving %.1f %%, accuracy %+.2f points, ", result.saving_percent,
                   0.0 - result.accuracy_drop_points);
  }
  text += format("%zu %s, ", result.edges.size(), result.edges.size() == 1 ? "edge" : "edges") +
          core::to_human(std::chrono::duration_cast<std::chrono::nanoseconds>(result.elapsed)) + "\n";
  return text;
}

std::string progress_line(const operation::BenchEvent& event) {
  std::string text = event.edge.empty() ? "" : printable(event.edge) + ": ";
  text += printable(event.phase);
  if (event.total > 0) {
    text += event.done <= event.total ? format(" %zu/%zu", event.done, event.total) : format(" %zu", event.done);
  }
  return text;
}

}  // namespace cef::report
