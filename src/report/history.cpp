#include "cef/report/history.hpp"

#include <algorithm>
#include <limits>

#include "cef/core/duration.hpp"
#include "cef/report/monitor.hpp"

namespace cef::report {

using core::Json;
using operation::HistoryPoint;
using operation::HistoryResult;

namespace {

constexpr std::size_t k_trend_width = 40;

const char* unit_word(operation::Unit unit) {
  switch (unit) {
    case operation::Unit::percent:
      return "percent";
    case operation::Unit::celsius:
      return "celsius";
    case operation::Unit::plain:
      return "";
    case operation::Unit::bytes_per_s:
      return "bytes_per_s";
  }
  return "";
}

/// A smaller rise is noise, not a trend.
double least_rise(operation::Unit unit) {
  constexpr double k_points = 10;
  constexpr double k_degrees = 5;
  return unit == operation::Unit::percent ? k_points : unit == operation::Unit::celsius ? k_degrees : 0;
}

/// Sample by sample while they are few, else over the time.
std::string trend(const operation::HistorySeries& series) {
  std::vector<double> values;
  if (series.points.size() > k_trend_width) {
    values = in_buckets(series.points, k_trend_width, series.points.front().time, series.points.back().time);
  } else {
    for (const auto& point : series.points) {
      values.push_back(point.value);
    }
  }
  const double spare = std::max(0.0, least_rise(series.value->unit) - (series.max - series.min)) / 2;
  return sparkline(values, k_trend_width, series.min - spare, series.max + spare);
}

}  // namespace

std::vector<double> in_buckets(const std::vector<HistoryPoint>& points, std::size_t count,
                               std::chrono::system_clock::time_point from, std::chrono::system_clock::time_point to) {
  std::vector<double> sums(count, 0);
  std::vector<std::size_t> counts(count, 0);
  const double span = std::chrono::duration<double>(to - from).count();
  for (const auto& point : points) {
    const double share = span > 0 ? std::chrono::duration<double>(point.time - from).count() / span : 0;
    const auto bucket = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(count));
    const std::size_t index = std::min(bucket, count - 1);
    sums[index] += point.value;
    ++counts[index];
  }
  for (std::size_t i = 0; i < count; ++i) {
    sums[i] = counts[i] > 0 ? sums[i] / static_cast<double>(counts[i]) : std::numeric_limits<double>::quiet_NaN();
  }
  return sums;
}

Json history_json(const HistoryResult& result) {
  Json json;
  json["schema"] = "cef.history/1";
  json["file"] = result.file.string();
  json["from"] = core::to_rfc3339(result.from);
  json["to"] = core::to_rfc3339(result.to);
  json["deleted"] = result.deleted ? Json(*result.deleted) : Json(nullptr);
  json["series"] = Json::array();
  for (const auto& series : result.series) {
    Json points = Json::array();
    for (const auto& point : series.points) {
      points.push_back({{"at", core::to_rfc3339(point.time)}, {"value", point.value}});
    }
    json["series"].push_back({{"host", series.host},
                              {"metric", series.value->name},
                              {"unit", unit_word(series.value->unit)},
                              {"samples", series.points.size()},
                              {"min", series.min},
                              {"mean", series.mean},
                              {"max", series.max},
                              {"last", series.points.back().value},
                              {"points", std::move(points)}});
  }
  return json;
}

std::string history_text(const HistoryResult& result, const Style& style) {
  std::string text;
  if (result.deleted) {
    text += std::to_string(*result.deleted) + " old values deleted from " + printable(result.file.string()) + "\n";
  }
  if (result.series.empty()) {
    return text + "no samples of these since " + core::to_rfc3339(result.from) + "\n";
  }
  Table table({{"METRIC"},
               {"HOST"},
               {"SAMPLES", Align::right},
               {"MIN", Align::right},
               {"MEAN", Align::right},
               {"MAX", Align::right},
               {"LAST", Align::right},
               {"TREND"}});
  for (const auto& series : result.series) {
    const auto unit = series.value->unit;
    table.add_row({series.value->name,
                   printable(series.host),
                   std::to_string(series.points.size()),
                   value_text(series.min, unit),
                   value_text(series.mean, unit),
                   value_text(series.max, unit),
                   value_text(series.points.back().value, unit),
                   {trend(series), Colour::cyan}});
  }
  return text + table.str(style);
}

}  // namespace cef::report
