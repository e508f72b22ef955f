#include "bench_charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cef/report/table.hpp"
#include "svg.hpp"

namespace cef::report {

using operation::BenchRecord;
using operation::RecordEdge;
using operation::RecordModelRun;
using operation::RecordState;
using operation::RecordStateRun;
using operation::RecordSteps;
using words::Phrase;

namespace {

constexpr double k_width = 430;
constexpr double k_wide = 760;
constexpr double k_row = 26;
constexpr std::size_t k_most_rows = 100;
constexpr std::size_t k_curve_points = 250;

struct Step {
  const Phrase* name;
  double RecordSteps::*seconds;
  const char* fill;
};
constexpr std::array<Step, 6> k_steps{{{&words::k_status, &RecordSteps::status, "url(#p1)"},
                                       {&words::k_selection, &RecordSteps::selection, "url(#p2)"},
                                       {&words::k_fetch, &RecordSteps::fetch, "url(#p3)"},
                                       {&words::k_load, &RecordSteps::load, "url(#p4)"},
                                       {&words::k_inference, &RecordSteps::inference, "url(#p5)"},
                                       {&words::k_result, &RecordSteps::result, "url(#p6)"}}};

void ticks_below(Svg& svg, const Axis& axis, double top, double bottom, const std::string& title, double middle,
                 std::string (*label)(double)) {
  double last = -1e9;
  for (const double tick : axis.ticks()) {
    const double x = axis.at(tick);
    svg.line(x, top, x, bottom, "grid");
    const std::string text = label(tick);
    if (x - text_width(text, 11) / 2 > last + 6) {
      svg.text(x, bottom + 15, "middle", text, "small");
      last = x + text_width(text, 11) / 2;
    }
  }
  svg.text(middle, bottom + 32, "middle", title, "small");
}

std::string plain_number(double value) {
  return fixed(value, std::abs(value - std::round(value)) < 1e-9             ? 0
                      : std::abs(value * 10 - std::round(value * 10)) < 1e-9 ? 1
                                                                             : 2);
}

const RecordStateRun* state_run(const RecordEdge& edge, const std::string& model, bool cold) {
  const RecordModelRun* run = edge.find(model);
  if (run == nullptr) {
    return nullptr;
  }
  const auto& state = cold ? run->cold : run->warm;
  return state ? &*state : nullptr;
}

/// One bar of the steps; gives the lower end.
void steps_bar(Svg& svg, const Axis& axis, double y, const RecordSteps& mean, const std::string& label,
               const char* kind, const Wording& words) {
  svg.text(axis.at(0) + 5, y, "start", label, kind);
  double at = 0;
  for (const auto& step : k_steps) {
    const double seconds = mean.*step.seconds;
    const double x = axis.at(at);
    const double width = axis.at(at + seconds) - x;
    if (width >= 0.4) {
      svg.rect(x, y + 6, width, 22, "bar", step.fill);
      const std::string text = words(*step.name) + " " + time_figure(seconds);
      if (text_width(text, 11) + 4 <= width) {
        svg.text(x + width / 2, y + 41, "middle", text, "small");
      }
    }
    at += seconds;
  }
  svg.text(axis.at(at) + 5, y + 21, "start", time_figure(mean.total), "strong");
}

double legend(Svg& svg, double x, double y, double right, const Wording& words) {
  const double left = x;
  for (const auto& step : k_steps) {
    const std::string name = words(*step.name);
    const double width = 20 + text_width(name, 11) + 8;
    if (x + width > right) {
      x = left;
      y += 18;
    }
    svg.rect(x, y - 10, 14, 12, "bar", step.fill);
    svg.text(x + 19, y, "start", name, "small");
    x += width;
  }
  return y;
}

struct Curve {
  std::string name;
  const char* kind;
  const char* text_kind;
  std::vector<double> sorted;
};

void add_curve(std::vector<Curve>& curves, const RecordEdge& edge, const std::string& model, const std::string& label,
               const char* kind, const char* text_kind) {
  const auto* run = state_run(edge, model, false);
  if (run == nullptr || run->latency.images.empty()) {
    return;
  }
  Curve curve{label + ": " + model, kind, text_kind, run->latency.images};
  std::sort(curve.sorted.begin(), curve.sorted.end());
  curves.push_back(std::move(curve));
}

std::vector<Curve> curves_of(const RecordEdge& edge, const Wording& words) {
  std::vector<Curve> curves;
  const RecordState& state = *edge.warm;
  add_curve(curves, edge, state.greedy.model, words(words::k_baseline), "base", "base-text");
  if (state.advanced.model != state.greedy.model) {
    add_curve(curves, edge, state.advanced.model, words(words::k_advanced), "adv", "adv-text");
  }
  if (state.advanced_exact && state.advanced_exact->model != state.advanced.model &&
      state.advanced_exact->model != state.greedy.model) {
    add_curve(curves, edge, state.advanced_exact->model, words(words::k_advanced_exact), "alt", "alt-text");
  }
  return curves;
}

void draw_curve(Svg& svg, const Axis& x, const Axis& y, const Curve& curve) {
  std::vector<double> points{x.at(curve.sorted.front()), y.at(0)};
  const std::size_t n = curve.sorted.size();
  const std::size_t step = std::max<std::size_t>(1, n / k_curve_points);
  for (std::size_t i = 0; i < n; i += step) {
    const std::size_t rank = i + step >= n ? n - 1 : i;  // the last one is always there
    points.insert(points.end(),
                  {x.at(curve.sorted[rank]), y.at(100 * static_cast<double>(rank + 1) / static_cast<double>(n))});
  }
  svg.path(points, curve.kind);
}

}  // namespace

std::string savings_chart(const BenchRecord& record, const Wording& words) {
  const std::size_t count = std::min(record.edges.size(), k_most_rows);
  double least = 0;
  double most = std::max(10.0, record.min_saving_percent);
  for (const auto& edge : record.edges) {
    if (const auto& state = edge.in(record.cold_verdict); state && state->comparison.saving_percent) {
      const double value = *state->comparison.saving_percent;
      const auto interval = state->comparison.saving_interval.value_or(bench::Interval{value, value});
      least = std::min({least, value, interval.low});
      most = std::max({most, value, interval.high});
    }
  }
  least = std::max(least, -400.0);  // beyond, the axis would say nothing of the rest
  const double left = 150;
  const double bottom = 30 + k_row * static_cast<double>(count);
  const Axis axis = Axis::linear(least, std::max(most, 100.0), left, k_wide - 80, 10);
  Svg svg("savings", k_wide, bottom + 42, words(words::k_savings_chart), words(words::k_edges));
  ticks_below(svg, axis, 24, bottom, words(words::k_axis_saving), (left + k_wide - 80) / 2, plain_number);
  svg.line(axis.at(0), 24, axis.at(0), bottom, "axis");
  const double limit = axis.at(record.min_saving_percent);
  svg.line(limit, 20, limit, bottom, "limit");
  svg.text(limit, 14, "middle", words(words::k_threshold_line, {words.percent(record.min_saving_percent, 0)}), "small");
  for (std::size_t i = 0; i < count; ++i) {
    const auto& edge = record.edges[i];
    const double y = 24 + k_row * (static_cast<double>(i) + 0.5);
    svg.text(left - 10, y + 4, "end", shortened(edge.name, left - 20));
    const auto& state = edge.in(record.cold_verdict);
    if (!state || !state->comparison.saving_percent) {
      svg.text(axis.at(0) + 8, y + 4, "start", k_unknown, "small");
      continue;
    }
    const double value = *state->comparison.saving_percent;
    if (const auto& interval = state->comparison.saving_interval) {
      const double low = axis.at(std::max(interval->low, least));
      const double high = axis.at(interval->high);
      svg.line(low, y, high, y, "range");
      svg.line(low, y - 5, low, y + 5, "range");
      svg.line(high, y - 5, high, y + 5, "range");
    }
    svg.circle(axis.at(std::max(value, least)), y, 5, "adv-mark");
    svg.text(k_wide - 72, y + 4, "start", words.percent(value), "strong");
  }
  return svg.str();
}

std::string steps_chart(const RecordEdge& edge, bool cold, const Wording& words, const std::string& id) {
  const auto& state = edge.in(cold);
  const auto* base = state ? state_run(edge, state->greedy.model, cold) : nullptr;
  const auto* advanced = state ? state_run(edge, state->advanced.model, cold) : nullptr;
  if (base == nullptr || advanced == nullptr) {
    return "";
  }
  const double most = std::max({base->mean.total, advanced->mean.total, 1e-9});
  const Axis axis = Axis::linear(0, most, 14, k_width - 76, 5);
  const std::string base_label = "1 " + words(words::k_baseline) + ": " + state->greedy.model;
  const std::string advanced_label = "2 " + words(words::k_advanced) + ": " + state->advanced.model;
  Svg svg(id, k_width, 204, words(cold ? words::k_cold_title : words::k_warm_title),
          base_label + " " + time_figure(base->mean.total) + ", " + advanced_label + " " +
              time_figure(advanced->mean.total));
  ticks_below(svg, axis, 4, 128, words(words::k_axis_trial), k_width / 2, short_time);
  svg.line(14, 4, 14, 128, "axis");
  steps_bar(svg, axis, 18, base->mean, shortened(base_label, k_width - 40), "base-text", words);
  steps_bar(svg, axis, 80, advanced->mean, shortened(advanced_label, k_width - 40), "adv-text", words);
  legend(svg, 14, 182, k_width, words);
  return svg.str();
}

std::string distribution_chart(const RecordEdge& edge, const Wording& words, const std::string& id) {
  const auto curves = edge.warm ? curves_of(edge, words) : std::vector<Curve>{};
  if (curves.empty()) {
    return "";
  }
  double least = INFINITY;
  double most = 0;
  std::string description;
  for (const auto& curve : curves) {
    least = std::min(least, std::max(curve.sorted.front(), 1e-9));
    most = std::max(most, curve.sorted.back());
    description += (description.empty() ? "" : "; ") + curve.name;
  }
  const double left = 48;
  const double top = 18 + 18 * static_cast<double>(curves.size());
  const double bottom = top + 200;
  const bool wide_range = most > 6 * least;
  const Axis x = wide_range ? Axis::logarithmic(least * 0.95, most * 1.05, left, k_width - 20)
                            : Axis::linear(least * 0.98, most * 1.02, left, k_width - 20, 6);
  const Axis y = Axis::linear(0, 100, bottom, top, 5);
  Svg svg(id, k_width, bottom + 42, words(words::k_ecdf_chart), description);
  ticks_below(svg, x, top, bottom, words(wide_range ? words::k_axis_image_log : words::k_axis_image),
              (left + k_width - 20) / 2, short_time);
  for (const double share : {0.0, 50.0, 90.0, 100.0}) {
    svg.line(left, y.at(share), k_width - 20, y.at(share), share == 0 ? "axis" : "grid");
    svg.text(left - 6, y.at(share) + 4, "end", plain_number(share), "small");
  }
  svg.turned_text(12, (top + bottom) / 2, words(words::k_axis_share), "small");
  double row = 14;
  for (const auto& curve : curves) {
    svg.line(left, row - 4, left + 34, row - 4, curve.kind);
    svg.text(left + 42, row, "start", shortened(curve.name, k_width - left - 60), curve.text_kind);
    row += 18;
    draw_curve(svg, x, y, curve);
  }
  return svg.str();
}

std::string prediction_chart(const RecordEdge& edge, const Wording& words, const std::string& id) {
  double least = INFINITY;
  double most = 0;
  double widest = 0;
  std::vector<const operation::RecordPrediction*> rows;
  for (const auto& p : edge.predicted) {
    if (p.image <= 0 || rows.size() >= k_most_rows) {
      continue;
    }
    rows.push_back(&p);
    widest = std::max(widest, text_width(p.model));
    const auto* run = state_run(edge, p.model, false);
    const double measured = run == nullptr || run->latency.mean <= 0 ? p.image : run->latency.mean;
    least = std::min({least, p.image / (1 + 2 * p.uncertainty), measured});
    most = std::max({most, p.image * (1 + 2 * p.uncertainty), measured});
  }
  if (rows.empty()) {
    return "";
  }
  const double left = std::clamp(widest + 16, 70.0, 180.0);
  const double right = k_width - 50;
  const double top = 26;
  const double bottom = top + k_row * static_cast<double>(rows.size());
  const Axis axis = Axis::logarithmic(least * 0.85, most * 1.15, left, right);
  Svg svg(id, k_width, bottom + 42, words(words::k_prediction_chart), edge.name);
  ticks_below(svg, axis, top, bottom, words(words::k_axis_image_log), (left + right) / 2, short_time);
  svg.line(8, 8, 32, 8, "range");
  svg.circle(20, 8, 4.5, "hollow");
  svg.text(38, 12, "start", words(words::k_predicted_mark), "small");
  const double second = 38 + text_width(words(words::k_predicted_mark), 11) + 26;
  svg.circle(second, 8, 5, "solid");
  svg.text(second + 10, 12, "start", words(words::k_measured_mark), "small");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& p = *rows[i];
    const double y = top + k_row * (static_cast<double>(i) + 0.5);
    svg.text(left - 10, y + 4, "end", shortened(p.model, left - 14));
    svg.line(axis.at(p.image / (1 + 2 * p.uncertainty)), y, axis.at(p.image * (1 + 2 * p.uncertainty)), y, "range");
    const auto* run = state_run(edge, p.model, false);
    if (run != nullptr && run->latency.mean > 0) {
      svg.circle(axis.at(run->latency.mean), y, 5, "solid");
      const double off = 100 * (p.image / run->latency.mean - 1);
      svg.text(k_width - 4, y + 4, "end", (off >= 0 ? "+" : "−") + words.percent(std::abs(off), 0), "small");
    }
    svg.circle(axis.at(p.image), y, 4.5, "hollow");
  }
  return svg.str();
}

}  // namespace cef::report
