#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "cef/report/history.hpp"
#include "cef/report/monitor.hpp"
#include "svg.hpp"

namespace cef::report {

using operation::HistoryPoint;
using operation::HistoryResult;
using operation::HistorySeries;
using Time = std::chrono::system_clock::time_point;

namespace {

constexpr double k_width = 960;
constexpr double k_left = 84;  ///< room for the numbers of the axis
constexpr double k_right = 20;
constexpr double k_top = 44;
constexpr double k_plot_height = 220;
constexpr double k_axis_height = 34;
constexpr double k_legend_line = 20;
constexpr std::size_t k_legend_columns = 5;
constexpr std::size_t k_most_points = 1500;  ///< of a line: more than there are columns of pixels
constexpr double k_gap_intervals = 5;        ///< a line ends where so many samples are missing

/// After Okabe and Ito: told apart by the colour-blind, and seen on white and on black.
constexpr std::array<const char*, 7> k_colours = {"#0072b2", "#e69f00", "#009e73", "#d55e00",
                                                  "#56b4e9", "#cc79a7", "#8c8c8c"};
constexpr std::array<const char*, 3> k_dashes = {"", "6 3", "2 3"};

std::string number(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

double to_seconds(Time time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::string text_at(double x, double y, const char* anchor, const std::string& text, const char* kind = "") {
  return "<text x=\"" + number("%.1f", x) + "\" y=\"" + number("%.1f", y) + "\" text-anchor=\"" + anchor + "\"" +
         (*kind == '\0' ? "" : std::string(" class=\"") + kind + "\"") + ">" + html_escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line class=\"" + std::string(kind) + "\" x1=\"" + number("%.1f", x1) + "\" y1=\"" + number("%.1f", y1) +
         "\" x2=\"" + number("%.1f", x2) + "\" y2=\"" + number("%.1f", y2) + "\"/>\n";
}

/// 1, 2 or 5 times a power of ten: so that there are about `wanted` steps in `span`.
double round_step(double span, double wanted) {
  const double raw = span / wanted;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) {
      return factor * power;
    }
  }
  return 10 * power;
}

double time_step(double span) {
  for (const double step : {1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0, 86400.0}) {
    if (span / step <= 8) {
      return step;
    }
  }
  return 86400.0 * std::ceil(span / 86400.0 / 8);
}

std::string time_text(double seconds, double step) {
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 32> text{};
  const bool midnight = parts.tm_hour == 0 && parts.tm_min == 0 && parts.tm_sec == 0;
  std::strftime(text.data(), text.size(),
                step < 60                   ? "%H:%M:%S"
                : midnight || step >= 86400 ? "%d %b"
                                            : "%H:%M",
                &parts);
  return text.data();
}

/// The first point, the least and the greatest of every part: no peak is lost.
std::vector<HistoryPoint> thinned(const std::vector<HistoryPoint>& points) {
  if (points.size() <= k_most_points) {
    return points;
  }
  const std::size_t part = points.size() * 2 / k_most_points + 1;
  std::vector<HistoryPoint> out;
  for (std::size_t begin = 0; begin < points.size(); begin += part) {
    const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = points.begin() + static_cast<std::ptrdiff_t>(std::min(points.size(), begin + part));
    auto [least, greatest] = std::minmax_element(
        first, last, [](const HistoryPoint& a, const HistoryPoint& b) { return a.value < b.value; });
    if (greatest < least) {
      std::swap(least, greatest);
    }
    out.push_back(*least);
    if (greatest != least) {
      out.push_back(*greatest);
    }
  }
  return out;
}

/// The usual time between two samples.
double usual_interval(const std::vector<HistoryPoint>& points) {
  std::vector<double> intervals;
  for (std::size_t i = 1; i < points.size(); ++i) {
    intervals.push_back(to_seconds(points[i].time) - to_seconds(points[i - 1].time));
  }
  if (intervals.empty()) {
    return 0;
  }
  const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return *middle;
}

/// All hosts' lines of one value.
class Panel {
 public:
  Panel(std::vector<const HistorySeries*> series, double top) : series_(std::move(series)), top_(top + k_top) {
    from_ = to_seconds(series_.front()->points.front().time);
    to_ = from_;
    low_ = series_.front()->min;
    high_ = low_;
    for (const auto* one : series_) {
      from_ = std::min(from_, to_seconds(one->points.front().time));
      to_ = std::max(to_, to_seconds(one->points.back().time));
      low_ = std::min(low_, one->min);
      high_ = std::max(high_, one->max);
    }
    if (to_ - from_ < 1) {
      to_ = from_ + 1;
    }
    const operation::Unit unit = series_.front()->value->unit;
    if (unit == operation::Unit::percent) {
      low_ = 0;
      high_ = 100;
    } else if (unit != operation::Unit::celsius) {
      low_ = std::min(0.0, low_);
    }
    step_ = round_step(std::max(high_ - low_, 1.0), 5);
    low_ = std::floor(low_ / step_) * step_;
    high_ = std::max(std::ceil(high_ / step_) * step_, low_ + step_);
  }

  [[nodiscard]] static double height(std::size_t lines) {
    const double rows = std::ceil(static_cast<double>(lines) / static_cast<double>(k_legend_columns));
    return k_top + k_plot_height + k_axis_height + rows * k_legend_line + 10;
  }

  [[nodiscard]] std::string svg() const {
    const operation::MonitorValue& value = *series_.front()->value;
    const std::string unit = operation::to_string(value.unit);
    std::string out =
        "<g>\n" + text_at(k_left, top_ - 16, "start",
                          std::string(value.name) + (unit.empty() ? "" : " in " + unit) + ", " + value.meaning,
                          "title");
    out += axes();
    for (std::size_t i = 0; i < series_.size(); ++i) {
      out += polylines(*series_[i], i) + legend(*series_[i], i);
    }
    return out + "</g>\n";
  }

 private:
  [[nodiscard]] double x(double seconds) const {
    return k_left + (seconds - from_) / (to_ - from_) * (k_width - k_left - k_right);
  }
  [[nodiscard]] double y(double value) const { return top_ + (high_ - value) / (high_ - low_) * k_plot_height; }

  [[nodiscard]] std::string axes() const {
    std::string out;
    const operation::Unit unit = series_.front()->value->unit;
    const auto steps = static_cast<int>(std::lround((high_ - low_) / step_));
    for (int i = 0; i <= steps; ++i) {
      const double value = low_ + step_ * i;
      out += line(k_left, y(value), k_width - k_right, y(value), "grid");
      const std::string label = unit == operation::Unit::bytes_per_s ? value_text(value, unit)
                                                                     : number("%g", value) + operation::to_string(unit);
      out += text_at(k_left - 8, y(value) + 4, "end", label);
    }
    const double bottom = top_ + k_plot_height;
    const double step = time_step(to_ - from_);
    for (double at = std::ceil(from_ / step) * step; at <= to_; at += step) {
      out += line(x(at), bottom, x(at), bottom + 5, "axis");
      out += text_at(x(at), bottom + 18, "middle", time_text(at, step));
    }
    out += text_at(
        k_width - k_right, bottom + 32, "end",
        "time in UTC from " +
            core::to_rfc3339(Time(core::Milliseconds(static_cast<std::int64_t>(from_ * 1e3)))).substr(0, 16) + "Z");
    return out + line(k_left, top_, k_left, bottom, "axis") + line(k_left, bottom, k_width - k_right, bottom, "axis");
  }

  static std::string stroke(std::size_t index) {
    const char* dash = k_dashes[index / k_colours.size() % k_dashes.size()];
    return std::string("stroke=\"") + k_colours[index % k_colours.size()] + "\"" +
           (*dash == '\0' ? "" : std::string(" stroke-dasharray=\"") + dash + "\"");
  }

  [[nodiscard]] std::string polylines(const HistorySeries& series, std::size_t index) const {
    const double longest = k_gap_intervals * std::max(usual_interval(series.points), 1.0);
    const auto points = thinned(series.points);
    const double thinning = static_cast<double>(series.points.size()) / static_cast<double>(points.size());
    std::vector<std::vector<const HistoryPoint*>> runs;
    for (const auto& point : points) {
      if (runs.empty() || to_seconds(point.time) - to_seconds(runs.back().back()->time) > longest * thinning) {
        runs.emplace_back();
      }
      runs.back().push_back(&point);
    }
    std::string out;
    for (const auto& run : runs) {
      if (run.size() == 1) {
        out += "<circle cx=\"" + number("%.1f", x(to_seconds(run.front()->time))) + "\" cy=\"" +
               number("%.1f", y(run.front()->value)) + "\" r=\"2\" fill=\"" + k_colours[index % k_colours.size()] +
               "\"/>\n";
        continue;
      }
      out += "<polyline class=\"line\" " + stroke(index) + " points=\"";
      for (const auto* point : run) {
        out += number("%.1f", x(to_seconds(point->time))) + "," + number("%.1f", y(point->value)) + " ";
      }
      out.back() = '"';
      out += "/>\n";
    }
    return out;
  }

  [[nodiscard]] std::string legend(const HistorySeries& series, std::size_t index) const {
    const double column = (k_width - k_left - k_right) / static_cast<double>(k_legend_columns);
    const double left = k_left + column * static_cast<double>(index % k_legend_columns);
    const double at =
        top_ + k_plot_height + k_axis_height + k_legend_line * (static_cast<double>(index / k_legend_columns) + 0.5);
    return "<line class=\"line\" " + stroke(index) + " x1=\"" + number("%.1f", left) + "\" y1=\"" + number("%.1f", at) +
           "\" x2=\"" + number("%.1f", left + 20) + "\" y2=\"" + number("%.1f", at) + "\"/>\n" +
           text_at(left + 26, at + 4, "start", shortened(series.host, column - 34));
  }

  std::vector<const HistorySeries*> series_;
  double top_;
  double from_ = 0;
  double to_ = 0;
  double low_ = 0;
  double high_ = 0;
  double step_ = 1;
};

}  // namespace

std::string history_svg(const HistoryResult& result) {
  double height = 0;
  std::string panels;
  for (std::size_t i = 0; i < result.series.size();) {
    std::vector<const HistorySeries*> same;
    for (; i < result.series.size() && (same.empty() || result.series[i].value == same.front()->value); ++i) {
      same.push_back(&result.series[i]);
    }
    const double top = height;
    height += Panel::height(same.size());
    panels += Panel(std::move(same), top).svg();
  }
  height = std::max(height, k_top);
  const std::string size = number("%.0f", k_width) + " " + number("%.0f", height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + "\" width=\"" + number("%.0f", k_width) +
         "\" height=\"" + number("%.0f", height) +
         "\" role=\"img\" aria-label=\"history of cef\">\n<style>\n"
         ".back{fill:#ffffff}text{fill:#24292f;font:12px sans-serif}.title{font-weight:bold;font-size:14px}\n"
         ".grid{stroke:#8c8c8c;stroke-opacity:.3}.axis{stroke:#8c8c8c}.line{fill:none;stroke-width:1.5}\n"
         "@media (prefers-color-scheme:dark){.back{fill:#0d1117}text{fill:#e6edf3}}\n</style>\n"
         "<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n" +
         (panels.empty() ? text_at(k_left, k_top / 2, "start", "no samples") : panels) + "</svg>\n";
}

}  // namespace cef::report
