#include "monitor_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cef/report/fleet.hpp"
#include "cef/report/monitor.hpp"

namespace cef::report {

using fleet::Status;
using operation::MonitorHost;
using operation::Unit;
using probe::MonitorFacts;

namespace {

constexpr double k_warm_celsius = 70;
constexpr double k_hot_celsius = 80;  ///< a Raspberry Pi slows down here
constexpr double k_full_percent = 90;
constexpr double k_filling_percent = 75;

std::string number(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

Colour colour_of(double value, Unit unit) {
  if (unit == Unit::celsius) {
    return value >= k_hot_celsius ? Colour::red : value >= k_warm_celsius ? Colour::yellow : Colour::none;
  }
  if (unit == Unit::percent) {
    return value >= k_full_percent ? Colour::red : value >= k_filling_percent ? Colour::yellow : Colour::none;
  }
  return Colour::none;
}

Cell cell_of(std::optional<double> value, Unit unit) {
  return value ? Cell(value_text(*value, unit), colour_of(*value, unit)) : Cell("-");
}

}  // namespace

std::string value_text(double value, Unit unit) {
  switch (unit) {
    case Unit::percent:
      return number("%.0f%%", value);
    case Unit::celsius:
      return number("%.1f°C", value);
    case Unit::plain:
      return number("%.2f", value);
    case Unit::bytes_per_s:
      return core::to_human(core::Bytes{static_cast<std::uint64_t>(std::clamp(std::round(value), 0.0, 1e18))}) + "/s";
  }
  return "";
}

Cell value_cell(const char* name, const MonitorFacts& facts) {
  const auto value = operation::find_monitor_value(name);
  return value ? cell_of((*value)->of(facts), (*value)->unit) : Cell("-");
}

Cell percent_cell(std::optional<double> percent) {
  return cell_of(percent, Unit::percent);
}

Cell celsius_cell(std::optional<double> celsius) {
  return cell_of(celsius, Unit::celsius);
}

Cell gpu_cell(const MonitorFacts& facts) {
  if (!facts.gpu || facts.gpu->state == probe::GpuFacts::State::none) {
    return facts.gpu ? "none" : "-";
  }
  if (facts.gpu->state == probe::GpuFacts::State::broken) {
    return {"broken", Colour::yellow};
  }
  const Cell use = value_cell("gpu", facts);
  const Cell heat = value_cell("gpu.temperature", facts);
  const bool hot = heat.colour == Colour::red || use.colour == Colour::none;
  return {use.text + " " + heat.text, hot ? heat.colour : use.colour};
}

Cell monitor_status_cell(const MonitorHost& host) {
  if (host.outcome.status == Status::ok && !host.report.alerts.empty()) {
    return {"alert", Colour::red};
  }
  return status_cell(host.outcome.status);
}

std::string sensor_text(const MonitorFacts& facts) {
  if (!facts.temperature || !facts.temperature->chosen) {
    return "-";
  }
  return printable(facts.temperature->sensors[*facts.temperature->chosen].name);
}

std::string note_text(const MonitorHost& host) {
  if (host.outcome.error) {
    return error_text(host.outcome);
  }
  const MonitorFacts& facts = host.report.facts;
  std::string note;
  const auto add = [&](const std::string& text) { note += (note.empty() ? "" : "; ") + text; };
  for (const auto& alert : host.report.alerts) {
    add(alert.rule);
  }
  if (facts.temperature) {
    for (const auto& words : facts.temperature->throttled) {
      add(words);
    }
  }
  if (facts.gpu && !facts.gpu->note.empty()) {
    add(facts.gpu->note);
  }
  return printable(note);
}

std::string sparkline(const std::vector<double>& values, std::size_t width, double low, double high) {
  static constexpr std::array k_bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  const std::size_t first = values.size() > width ? values.size() - width : 0;
  for (std::size_t i = first; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      text += ' ';
      continue;
    }
    const double share = high > low ? std::clamp((values[i] - low) / (high - low), 0.0, 1.0) : 0;
    text += k_bars[std::min(k_bars.size() - 1, static_cast<std::size_t>(share * k_bars.size()))];
  }
  return text;
}

}  // namespace cef::report
