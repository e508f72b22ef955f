#include "bench_sections.hpp"

#include <algorithm>

#include "bench_charts.hpp"
#include "cef/operation/bench_findings.hpp"

namespace cef::report {

using operation::BenchRecord;
using operation::RecordEdge;
using operation::RecordState;

namespace {

Column left(const std::string& title) {
  return {title, Align::left};
}
Column right(const std::string& title) {
  return {title, Align::right};
}

const char* state_name(bool cold, const Wording& words) {
  return (cold ? words::k_cold : words::k_warm).in(words.language());
}

/// 2026-11-21T12:49:58.024Z as 2026-11-21 12:49:58 UTC.
std::string date_text(const std::string& rfc3339) {
  constexpr std::size_t k_to_seconds = 19;
  if (rfc3339.size() < k_to_seconds || rfc3339[10] != 'T') {
    return rfc3339;
  }
  return rfc3339.substr(0, 10) + " " + rfc3339.substr(11, 8) + " UTC";
}

/// Of the edge with the largest drop: each has to keep the threshold.
operation::RecordComparison worst_drop(const BenchRecord& record) {
  operation::RecordComparison worst;
  for (const auto& edge : record.edges) {
    const auto& state = edge.in(record.cold_verdict);
    if (state && state->comparison.accuracy_drop_points &&
        *state->comparison.accuracy_drop_points > worst.accuracy_drop_points.value_or(-1e9)) {
      worst = state->comparison;
    }
  }
  return worst;
}

DocCell met_cell(const std::optional<bool>& met, const Wording& words) {
  if (!met) {
    return {k_unknown};
  }
  return *met ? DocCell{words(words::k_yes), "pass"} : DocCell{words(words::k_no), "fail"};
}

DocTable threshold_table(const BenchRecord& record, const Wording& words) {
  DocTable table{"",
                 {left(words(words::k_criterion)), left(words(words::k_threshold)), right(words(words::k_measured)),
                  right(words(words::k_interval)), left(words(words::k_met))},
                 {}};
  const auto worst = worst_drop(record);
  const auto drop = worst.accuracy_drop_points;
  table.rows.push_back(
      {words(words::k_accuracy_drop) + " (" + words(words::k_worst_edge) + ")",
       words(words::k_at_most, {words.points(record.max_accuracy_drop_points, 0)}), words.points(drop),
       words.interval(worst.accuracy_drop_interval, 2),
       met_cell(drop ? std::optional(*drop <= record.max_accuracy_drop_points) : std::nullopt, words)});
  const auto saving = drop ? record.saving_percent : std::nullopt;
  table.rows.push_back({words(words::k_saving) + " (" + words(words::k_mean_of_edges) + ")",
                        words(words::k_at_least, {words.percent(record.min_saving_percent, 0)}), words.percent(saving),
                        drop ? words.interval(record.saving_interval, 1) : k_unknown,
                        met_cell(saving ? std::optional(*saving >= record.min_saving_percent) : std::nullopt, words)});
  return table;
}

std::string model_with(const RecordEdge& edge, const std::string& model, bool cold, const Wording& words) {
  const auto* run = edge.find(model);
  if (run == nullptr) {
    return model;
  }
  const auto& state = cold ? run->cold : run->warm;
  return model + " (" + words.percent(run->accuracy_percent, 2) +
         (state ? ", " + time_figure(state->mean.total) : std::string()) + ")";
}

void add_comparison_row(DocTable& table, const std::string& name, const operation::RecordComparison& c,
                        const std::string& models, const Wording& words) {
  table.rows.push_back({name, models, words.points(c.accuracy_drop_points), words.interval(c.accuracy_drop_interval, 2),
                        words.percent(c.saving_percent), words.interval(c.saving_interval, 1),
                        words.percent(c.latency_saving_percent)});
}

}  // namespace

void add_verdict(Document& document, const BenchRecord& record, const Wording& words) {
  document.push_back(DocHeading{1, words(words::k_title)});
  document.push_back(DocParagraph{
      words(words::k_made_by, {record.cef_version, date_text(record.started), time_figure(record.elapsed)}), "soft"});
  document.push_back(DocParagraph{words(words::k_verdict) + ": " + words.outcome(record.verdict.outcome),
                                  "verdict " + record.verdict.outcome});
  std::string meaning = words(record.verdict.outcome == "pass"   ? words::k_pass_means
                              : record.verdict.outcome == "fail" ? words::k_fail_means
                                                                 : words::k_invalid_means);
  meaning += " " + words(words::k_judged_state, {state_name(record.cold_verdict, words)});
  document.push_back(DocParagraph{meaning, ""});
  if (record.interrupted) {
    document.push_back(DocParagraph{words(words::k_interrupted), "invalid"});
  }
  if (!record.verdict.reasons.empty()) {
    document.push_back(DocParagraph{words(words::k_reasons), ""});
    document.push_back(DocList{record.verdict.reasons});
  }
  document.push_back(threshold_table(record, words));
}

void add_configurations(Document& document, const BenchRecord& record, const Wording& words) {
  document.push_back(DocHeading{2, words(words::k_configurations)});
  document.push_back(DocTable{"",
                              {left(words(words::k_configuration)), left(words(words::k_policy))},
                              {{DocCell{words(words::k_config1), "strong"}, words(words::k_config1_means)},
                               {DocCell{words(words::k_config2), "strong"},
                                words(words::k_config2_means, {words.points(record.accuracy_budget_points, 0)})}}});
}

void add_overview(Document& document, const BenchRecord& record, const Wording& words) {
  document.push_back(DocHeading{2, words(words::k_edges)});
  if (record.edges.empty()) {
    document.push_back(DocParagraph{words(words::k_no_edges), "invalid"});
    return;
  }
  if (record.edges.size() > 1) {
    document.push_back(DocFigure{words(words::k_savings_chart), savings_chart(record, words), "", true});
  }
  DocTable table{"",
                 {left(words(words::k_edge)), left(words(words::k_state)), left(words(words::k_config1)),
                  left(words(words::k_config2)), right(words(words::k_accuracy_drop)), right(words(words::k_saving)),
                  right(words(words::k_interval)), left(words(words::k_verdict))},
                 {}};
  for (const auto& edge : record.edges) {
    const DocCell verdict{words.outcome(edge.verdict.outcome), edge.verdict.outcome};
    if (!edge.warm && !edge.cold) {
      table.rows.push_back(
          {DocCell{edge.name, "strong"}, k_unknown, k_unknown, k_unknown, k_unknown, k_unknown, k_unknown, verdict});
      continue;
    }
    bool first = true;
    for (const bool cold : {record.cold_verdict, !record.cold_verdict}) {
      if (const auto& state = edge.in(cold)) {
        table.rows.push_back(
            {first ? DocCell{edge.name, "strong"} : DocCell{""}, state_name(cold, words),
             model_with(edge, state->greedy.model, cold, words), model_with(edge, state->advanced.model, cold, words),
             words.points(state->comparison.accuracy_drop_points), words.percent(state->comparison.saving_percent),
             words.interval(state->comparison.saving_interval, 1), first ? verdict : DocCell{""}});
        first = false;
      }
    }
  }
  document.push_back(table);
}

namespace {

void add_comparisons(Document& document, const RecordEdge& edge, const Wording& words) {
  DocTable table{words(words::k_comparison_table),
                 {left(words(words::k_state)), left(words(words::k_model)), right(words(words::k_accuracy_drop)),
                  right(words(words::k_interval)), right(words(words::k_saving)), right(words(words::k_interval)),
                  right(words(words::k_image_saving))},
                 {}};
  for (const bool cold : {false, true}) {
    if (const auto& state = edge.in(cold)) {
      const std::string name = state_name(cold, words);
      add_comparison_row(table, name, state->comparison, state->greedy.model + " → " + state->advanced.model, words);
      if (state->advanced_exact && state->advanced_exact->model != state->advanced.model) {
        add_comparison_row(table, name + ", " + words(words::k_advanced_exact), state->exact,
                           state->greedy.model + " → " + state->advanced_exact->model, words);
      }
    }
  }
  document.push_back(table);
}

void add_figures(Document& document, const RecordEdge& edge, std::size_t number, const Wording& words) {
  const std::string id = "e" + std::to_string(number);
  const auto add = [&document](const std::string& caption, const std::string& svg, const std::string& note = "") {
    if (!svg.empty()) {
      document.push_back(DocFigure{caption, svg, note, false});
    }
  };
  const std::string steps = words(words::k_steps_chart) + " – ";
  add(steps + words(words::k_warm), steps_chart(edge, false, words, id + "-warm"), words(words::k_too_small));
  add(steps + words(words::k_cold), steps_chart(edge, true, words, id + "-cold"), words(words::k_too_small));
  const std::string warm = std::string(" – ") + words(words::k_warm);
  add(words(words::k_ecdf_chart) + warm, distribution_chart(edge, words, id + "-ecdf"));
  add(words(words::k_plane_chart) + warm, plane_chart(edge, words, id + "-plane"));
  add(words(words::k_prediction_chart) + warm, prediction_chart(edge, words, id + "-pred"));
}

std::string role_of(const RecordState& state, const std::string& model, const Wording& words) {
  std::string role;
  const auto add = [&](const operation::RecordChoice* choice, const words::Phrase& name) {
    if (choice != nullptr && choice->model == model) {
      role += (role.empty() ? "" : " · ") + words(name);
    }
  };
  add(&state.greedy, words::k_baseline);
  add(&state.advanced, words::k_advanced);
  add(state.advanced_exact ? &*state.advanced_exact : nullptr, words::k_advanced_exact);
  add(state.fastest ? &*state.fastest : nullptr, words::k_fastest);
  add(state.oracle ? &*state.oracle : nullptr, words::k_oracle);
  return role;
}

void add_steps_table(Document& document, const RecordEdge& edge, const Wording& words) {
  DocTable table{words(words::k_steps_table), {left(words(words::k_state)), left(words(words::k_model))}, {}};
  for (const auto* step : {&words::k_status, &words::k_selection, &words::k_fetch, &words::k_load, &words::k_inference,
                           &words::k_result, &words::k_total, &words::k_trials}) {
    table.columns.push_back(right(words(*step)));
  }
  for (const bool cold : {false, true}) {
    for (const auto& run : edge.models) {
      if (const auto& state = cold ? run.cold : run.warm) {
        const auto& m = state->mean;
        table.rows.push_back({state_name(cold, words), run.model, time_figure(m.status), time_figure(m.selection),
                              time_figure(m.fetch), time_figure(m.load), time_figure(m.inference),
                              time_figure(m.result), DocCell{time_figure(m.total), "strong"},
                              std::to_string(state->trial_count)});
      }
    }
  }
  document.push_back(table);
}

void add_latency_table(Document& document, const RecordEdge& edge, const Wording& words) {
  DocTable table{words(words::k_latency_table),
                 {left(words(words::k_model)), left(words(words::k_state)), right(words(words::k_accuracy)),
                  right(words(words::k_mean)), right("p50"), right("p90"), right("p99"), right(words(words::k_images))},
                 {}};
  const operation::RecordStateRun* sample = nullptr;
  for (const auto& run : edge.models) {
    sample = sample == nullptr && run.warm ? &*run.warm : sample;
  }
  const std::size_t deadlines = sample == nullptr ? 0 : sample->effective_accuracy.size();
  for (std::size_t i = 0; i < deadlines; ++i) {
    table.columns.push_back(right(words(words::k_in_time, {short_time(sample->effective_accuracy[i].deadline)})));
  }
  for (const auto& run : edge.models) {
    for (const bool cold : {false, true}) {
      const auto& state = cold ? run.cold : run.warm;
      if (!state) {
        continue;
      }
      const auto& l = state->latency;
      std::vector<DocCell> row{run.model,           state_name(cold, words), words.percent(run.accuracy_percent, 2),
                               time_figure(l.mean), time_figure(l.p50),      time_figure(l.p90),
                               time_figure(l.p99),  std::to_string(l.count)};
      for (std::size_t i = 0; i < deadlines; ++i) {
        row.emplace_back(i < state->effective_accuracy.size() ? words.percent(state->effective_accuracy[i].percent, 2)
                                                              : k_unknown);
      }
      table.rows.push_back(std::move(row));
    }
  }
  document.push_back(table);
}

void add_selection_table(Document& document, const RecordEdge& edge, bool cold, const Wording& words) {
  const auto& state = edge.in(cold);
  if (!state) {
    return;
  }
  DocTable table{words(words::k_selection_table, {state_name(cold, words)}),
                 {left(words(words::k_candidate)), right(words(words::k_accuracy)), right(words(words::k_memory)),
                  right(words(words::k_fetch)), right(words(words::k_load)), right(words(words::k_inference)),
                  right(words(words::k_predicted_total)), right(words(words::k_measured_total)),
                  right(words(words::k_off_by)), left(words(words::k_chosen_by)), left(words(words::k_why))},
                 {}};
  for (const auto& p : edge.predicted) {
    const auto reason = std::find_if(state->advanced.reasons.begin(), state->advanced.reasons.end(),
                                     [&](const auto& r) { return r.model == p.model; });
    const auto* run = edge.find(p.model);
    const auto* measured = run == nullptr                   ? nullptr
                           : (cold ? run->cold : run->warm) ? &*(cold ? run->cold : run->warm)
                                                            : nullptr;
    const double predicted = cold ? p.total_cold : p.total_warm;
    const std::string off = measured == nullptr || measured->mean.total <= 0
                                ? k_unknown
                                : words.percent(100 * (predicted / measured->mean.total - 1), 0);
    table.rows.push_back(
        {p.model, words.percent(p.accuracy_percent, 2), to_human(core::Bytes{p.memory_bytes}),
         cold ? time_figure(p.fetch) : k_unknown, cold ? time_figure(p.load) : k_unknown, time_figure(p.image),
         time_figure(predicted), measured == nullptr ? k_unknown : time_figure(measured->mean.total), off,
         role_of(*state, p.model, words), reason == state->advanced.reasons.end() ? "" : reason->text});
  }
  document.push_back(table);
}

void add_regret(Document& document, const RecordEdge& edge, const Wording& words) {
  DocTable table{
      words(words::k_regret_table),
      {left(words(words::k_state)), left(words(words::k_oracle)), right(words(words::k_baseline)),
       right(words(words::k_advanced)), right(words(words::k_advanced_exact)), right(words(words::k_fastest))},
      {}};
  for (const bool cold : {false, true}) {
    const auto& state = edge.in(cold);
    if (!state || state->regret.empty()) {
      continue;
    }
    std::vector<DocCell> row{state_name(cold, words), state->oracle ? state->oracle->model : k_unknown};
    for (const char* policy : {"greedy", "advanced", "advanced_exact", "fastest"}) {
      const auto found =
          std::find_if(state->regret.begin(), state->regret.end(), [&](const auto& r) { return r.policy == policy; });
      row.emplace_back(found == state->regret.end() ? k_unknown : words.percent(found->percent));
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) {
    document.push_back(DocParagraph{words(words::k_regret_none), "note"});
  } else {
    document.push_back(table);
  }
}

}  // namespace

namespace {

/// The thresholds that one edge misses, in the page's language.
void add_missed(Document& document, const BenchRecord& record, const RecordEdge& edge, const Wording& words) {
  const auto& state = edge.in(record.cold_verdict);
  if (!state) {
    return;
  }
  const auto& c = state->comparison;
  if (c.accuracy_drop_points && *c.accuracy_drop_points > record.max_accuracy_drop_points) {
    document.push_back(DocParagraph{words(words::k_missed_drop, {words.points(*c.accuracy_drop_points),
                                                                 words.points(record.max_accuracy_drop_points, 0)}),
                                    "fail"});
  }
  if (c.saving_percent && *c.saving_percent < record.min_saving_percent) {
    document.push_back(DocParagraph{
        words(words::k_missed_saving, {words.percent(*c.saving_percent), words.percent(record.min_saving_percent, 0)}),
        "fail"});
  }
  if (state->greedy.model == state->advanced.model) {
    document.push_back(DocParagraph{words(words::k_same_model, {state->greedy.model}), ""});
  }
}

}  // namespace

void add_edge(Document& document, const BenchRecord& record, const RecordEdge& edge, std::size_t number,
              const Wording& words) {
  document.push_back(DocHeading{2, words(words::k_edge) + " " + edge.name});
  document.push_back(DocParagraph{words(words::k_verdict) + ": " + words.outcome(edge.verdict.outcome),
                                  "edge " + edge.verdict.outcome});
  add_missed(document, record, edge, words);
  if (!edge.verdict.reasons.empty()) {
    document.push_back(DocParagraph{words(words::k_reasons), ""});
    document.push_back(DocList{edge.verdict.reasons});
  }
  if (!edge.warm && !edge.cold) {
    document.push_back(DocParagraph{words(words::k_no_result, {edge.error}), ""});
    return;
  }
  if (!edge.changed.empty()) {
    document.push_back(DocParagraph{words(words::k_changed), ""});
    document.push_back(DocList{edge.changed});
  }
  add_figures(document, edge, number, words);
  add_comparisons(document, edge, words);
  add_latency_table(document, edge, words);
  add_steps_table(document, edge, words);
  add_selection_table(document, edge, false, words);
  add_selection_table(document, edge, true, words);
  add_regret(document, edge, words);
}

}  // namespace cef::report
