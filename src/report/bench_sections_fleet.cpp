#include "bench_sections.hpp"
#include "cef/core/text.hpp"
#include "cef/operation/bench_findings.hpp"

namespace cef::report {

using operation::BenchRecord;
using operation::RecordEdge;

namespace {

Column left(const std::string& title) {
  return {title, Align::left};
}
Column right(const std::string& title) {
  return {title, Align::right};
}

std::string budget_cell(const operation::AccuracyBudgetRow& row, const Wording& words) {
  if (row.advanced.empty()) {
    return words(words::k_none);
  }
  std::string text = row.advanced + ": ";
  text += row.saving ? words.percent(*row.saving) : words(words::k_not_measured);
  if (row.drop_points) {
    text += " (" + fixed(*row.drop_points, 2) + ")";
  }
  if (!row.best.empty() && row.best != row.advanced) {
    text += "; " + words(words::k_best, {row.best + (row.best_saving ? " " + words.percent(*row.best_saving) : "")});
  }
  return text;
}

void add_accuracy_budget(Document& document, const BenchRecord& record, bool cold, const Wording& words) {
  const std::string state = words(cold ? words::k_cold : words::k_warm);
  DocTable table{words(words::k_accuracy_budget) + " – " + state, {left(words(words::k_edge))}, {}};
  bool unmeasured = false;
  for (const auto& edge : record.edges) {
    const auto rows = operation::accuracy_budgets(record, edge, cold);
    if (rows.empty()) {
      continue;
    }
    std::vector<DocCell> cells{DocCell{edge.name, "strong"}};
    for (const auto& row : rows) {
      if (table.rows.empty()) {
        table.columns.push_back(
            left(words.points(row.budget_points, row.budget_points == static_cast<int>(row.budget_points) ? 0 : 1)));
      }
      unmeasured = unmeasured || !row.saving;
      cells.emplace_back(budget_cell(row, words));
    }
    table.rows.push_back(std::move(cells));
  }
  if (table.rows.empty()) {
    return;
  }
  if (unmeasured) {
    document.push_back(DocParagraph{words(words::k_budget_needs_oracle), "note"});
  }
  document.push_back(table);
}

void add_latency_budget(Document& document, const BenchRecord& record, const Wording& words) {
  const auto limits = operation::latency_limits(record);
  if (limits.empty()) {
    return;
  }
  document.push_back(DocHeading{2, words(words::k_latency_budget)});
  document.push_back(DocParagraph{words(words::k_latency_budget_means), "note"});
  DocTable table{"", {left(words(words::k_edge))}, {}};
  for (const double limit : limits) {
    table.columns.push_back(left(words(words::k_within, {short_time(limit)})));
  }
  for (const auto& edge : record.edges) {
    if (edge.models.empty()) {
      continue;
    }
    std::vector<DocCell> cells{DocCell{edge.name, "strong"}};
    for (const auto& cell : operation::latency_budgets(edge, limits)) {
      cells.emplace_back(cell.run == nullptr
                             ? k_unknown
                             : cell.run->model + " (" + words.percent(cell.run->accuracy_percent, 2) + ")");
    }
    table.rows.push_back(std::move(cells));
  }
  document.push_back(table);
}

void add_data(Document& document, const BenchRecord& record, const Wording& words) {
  const auto& data = record.dataset;
  document.push_back(DocTable{
      words(words::k_data),
      {left(words(words::k_property)), left(words(words::k_value))},
      {{words(words::k_dataset), data.name},
       {words(words::k_source), data.source},
       {words(words::k_digest), data.digest},
       {words(words::k_images_used), words(words::k_of, {std::to_string(data.images), std::to_string(data.available)})},
       {words(words::k_classes), std::to_string(data.classes)},
       {words(words::k_size), std::to_string(data.width) + " × " + std::to_string(data.height)}}});
}

void add_models(Document& document, const BenchRecord& record, const Wording& words) {
  DocTable table{words(words::k_models),
                 {left(words(words::k_model)), left(words(words::k_precision)), right(words(words::k_accuracy)),
                  left(words(words::k_known_by)), right(words(words::k_parameters)), right(words(words::k_macs)),
                  right(words(words::k_file_size)), left(words(words::k_digest))},
                 {}};
  for (const auto& model : record.models) {
    table.rows.push_back({model.name, model.precision, words.percent(model.accuracy_percent, 2), model.accuracy_origin,
                          big_count(model.parameters), big_count(model.macs), to_human(core::Bytes{model.file_bytes}),
                          model.digest.substr(0, 16)});
  }
  document.push_back(table);
}

std::string value_of(const std::vector<operation::RecordField>& fields, const std::string& name) {
  for (const auto& field : fields) {
    if (field.name == name) {
      return field.value;
    }
  }
  return "";
}

/// What is known of an edge: its parts before the trials, what may change before and after.
void add_environment(Document& document, const RecordEdge& edge, const Wording& words) {
  if (edge.environment.empty() && edge.before.empty()) {
    return;
  }
  DocTable table{words(words::k_edge) + " " + edge.name,
                 {left(words(words::k_property)), left(words(words::k_before)), left(words(words::k_after))},
                 {}};
  for (const auto& field : edge.environment) {
    table.rows.push_back({field.name, field.value, ""});
  }
  for (const auto& field : edge.before) {
    table.rows.push_back({field.name, field.value, value_of(edge.after, field.name)});
  }
  document.push_back(table);
}

void add_settings(Document& document, const BenchRecord& record, const Wording& words) {
  DocTable table{words(words::k_settings), {left(words(words::k_property)), left(words(words::k_value))}, {}};
  for (const auto& [name, value] : record.settings.items()) {
    if (!value.is_null()) {
      table.rows.push_back({name, core::text_of(value)});
    }
  }
  document.push_back(table);
}

}  // namespace

void add_budgets(Document& document, const BenchRecord& record, const Wording& words) {
  bool any = false;
  for (const auto& edge : record.edges) {
    any = any || edge.warm || edge.cold;
  }
  if (!any) {
    return;
  }
  document.push_back(DocHeading{2, words(words::k_accuracy_budget)});
  document.push_back(DocParagraph{words(words::k_accuracy_budget_means), "note"});
  add_accuracy_budget(document, record, false, words);
  add_accuracy_budget(document, record, true, words);
  add_latency_budget(document, record, words);
}

void add_conditions(Document& document, const BenchRecord& record, const Wording& words) {
  document.push_back(DocHeading{2, words(words::k_conditions)});
  add_data(document, record, words);
  add_models(document, record, words);
  for (const auto& edge : record.edges) {
    add_environment(document, edge, words);
  }
  add_settings(document, record, words);
}

void add_method(Document& document, const BenchRecord& record, const Wording& words) {
  document.push_back(DocHeading{2, words(words::k_repeat)});
  document.push_back(DocCode{operation::repeat_command(record)});
  document.push_back(DocParagraph{words(words::k_repeat_means), "note"});
  document.push_back(DocHeading{2, words(words::k_method)});
  document.push_back(
      DocList{{words(words::k_method_trial, {std::to_string(record.images_per_trial)}),
               words(words::k_method_saving, {std::to_string(record.seed)}), words(words::k_method_accuracy)}});
}

}  // namespace cef::report
