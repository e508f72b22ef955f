#include "svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cef/core/text.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

namespace {

std::string number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f", std::clamp(value, -1e6, 1e6));
  return text.data();
}

std::string attribute(std::string_view name, std::string_view value) {
  return value.empty() ? "" : " " + std::string(name) + "=\"" + std::string(value) + "\"";
}
std::string attribute(std::string_view name, double value) {
  return attribute(name, number(value));
}

constexpr double k_least_ratio = 1e-12;
constexpr double k_tick_room = 62;  ///< pixels that the label of a tick needs

}  // namespace

std::string html_escaped(std::string_view text) {
  return core::html_escaped(printable(text), "&quot;");
}

double text_width(std::string_view text, double font_size) {
  constexpr double k_column = 0.57;  // of a column, in font sizes: most letters of a sans serif are narrower
  return static_cast<double>(display_width(text)) * k_column * font_size;
}

std::string shortened(const std::string& name, double room) {
  std::string out = printable(name);
  if (text_width(out) <= room) {
    return out;
  }
  while (!out.empty() && text_width(out + "…") > room) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) {
      out.pop_back();  // the rest of a character
    }
    if (!out.empty()) {
      out.pop_back();
    }
  }
  return out + "…";
}

Svg::Svg(std::string id, double width, double height, std::string title, std::string description)
    : id_(std::move(id)),
      width_(width),
      height_(height),
      title_(std::move(title)),
      description_(std::move(description)) {}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view kind) {
  body_ += "<line" + attribute("class", kind) + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
           attribute("y2", y2) + "/>\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view kind, std::string_view fill) {
  body_ += "<rect" + attribute("class", kind) + attribute("x", x) + attribute("y", y) +
           attribute("width", std::max(0.0, width)) + attribute("height", std::max(0.0, height)) +
           attribute("fill", fill) + "/>\n";
}

void Svg::path(const std::vector<double>& points, std::string_view kind, bool closed) {
  std::string d;
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    d += (i == 0 ? "M" : "L") + number(points[i]) + " " + number(points[i + 1]);
  }
  body_ += "<path" + attribute("class", kind) + attribute("d", d + (closed ? "Z" : "")) + "/>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view kind) {
  body_ +=
      "<circle" + attribute("class", kind) + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) + "/>\n";
}

void Svg::text(double x, double y, std::string_view anchor, std::string_view words, std::string_view kind) {
  body_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("text-anchor", anchor) +
           attribute("class", kind) + ">" + html_escaped(words) + "</text>\n";
}

void Svg::turned_text(double x, double y, std::string_view words, std::string_view kind) {
  body_ += "<text text-anchor=\"middle\"" + attribute("class", kind) + " transform=\"translate(" + number(x) + " " +
           number(y) + ") rotate(-90)\">" + html_escaped(words) + "</text>\n";
}

std::string Svg::str() const {
  const std::string labels = id_ + "-t " + id_ + "-d";
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + number(width_) + " " +
         number(height_) + "\" style=\"max-width:" + number(width_ * 1.25) + "px\" aria-labelledby=\"" + labels +
         "\">\n<title id=\"" + id_ + "-t\">" + html_escaped(title_) + "</title>\n<desc id=\"" + id_ + "-d\">" +
         html_escaped(description_) + "</desc>\n" + body_ + "</svg>\n";
}

Axis Axis::linear(double from, double to, double pixel_from, double pixel_to, int wanted_ticks) {
  Axis axis;
  const double span = std::max(to - from, std::max(std::abs(to), 1e-9) * 1e-6);
  const double raw = span / wanted_ticks;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    step = factor * power >= raw ? factor * power : step;
  }
  axis.from_ = from;
  axis.to_ = from + span;
  axis.pixel_from_ = pixel_from;
  axis.pixel_to_ = pixel_to;
  const double first = std::ceil(from / step - 1e-9);
  for (int i = 0; i <= 2 * wanted_ticks && (first + i) * step <= axis.to_ + step * 1e-6; ++i) {
    axis.ticks_.push_back((first + i) * step);
  }
  return axis;
}

Axis Axis::logarithmic(double from, double to, double pixel_from, double pixel_to) {
  Axis axis;
  axis.logarithmic_ = true;
  axis.from_ = std::max(from, k_least_ratio);
  axis.to_ = std::clamp(to, axis.from_ * 1.5, axis.from_ / k_least_ratio);
  axis.pixel_from_ = pixel_from;
  axis.pixel_to_ = pixel_to;
  const double decades = std::log10(axis.to_ / axis.from_);
  const double room = std::abs(pixel_to - pixel_from) / k_tick_room;
  const std::vector<double> factors = decades * 3 <= room   ? std::vector<double>{1, 2, 5}
                                      : decades * 2 <= room ? std::vector<double>{1, 3}
                                                            : std::vector<double>{1};
  const int every = std::max(1, static_cast<int>(std::ceil(decades / std::max(1.0, room))));
  const int first = static_cast<int>(std::floor(std::log10(axis.from_)));
  for (int decade = first; decade <= first + static_cast<int>(decades) + 1; decade += every) {
    for (const double factor : factors) {
      const double tick = factor * std::pow(10, decade);
      if (tick >= axis.from_ * (1 - 1e-9) && tick <= axis.to_ * (1 + 1e-9)) {
        axis.ticks_.push_back(tick);
      }
    }
  }
  if (axis.ticks_.size() < 2) {  // hardly more than one value: round steps instead
    axis.ticks_ = linear(axis.from_, axis.to_, pixel_from, pixel_to, 4).ticks_;
  }
  return axis;
}

double Axis::at(double value) const {
  const double share = logarithmic_ ? std::log(std::max(value, from_ * k_least_ratio) / from_) / std::log(to_ / from_)
                                    : (value - from_) / (to_ - from_);
  return pixel_from_ + std::clamp(share, -1.0, 2.0) * (pixel_to_ - pixel_from_);
}

}  // namespace cef::report
