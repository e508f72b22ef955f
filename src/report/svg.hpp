#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cef::report {

/// Text for HTML and for attributes in double quotes; control characters as printable() has them.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// One drawing, for a page whose style sheet has the classes. The title and the description are for those who cannot
/// see it.
class Svg {
 public:
  Svg(std::string id, double width, double height, std::string title, std::string description);

  void line(double x1, double y1, double x2, double y2, std::string_view kind);
  void rect(double x, double y, double width, double height, std::string_view kind, std::string_view fill = "");
  /// Points as x, y, x, y …
  void path(const std::vector<double>& points, std::string_view kind, bool closed = false);
  void circle(double x, double y, double radius, std::string_view kind);
  void text(double x, double y, std::string_view anchor, std::string_view words, std::string_view kind = "");
  /// Turned by a quarter to the left, its middle at x, y.
  void turned_text(double x, double y, std::string_view words, std::string_view kind = "");
  void raw(std::string_view markup) { body_ += markup; }
  [[nodiscard]] std::string str() const;

 private:
  std::string id_;
  double width_;
  double height_;
  std::string title_;
  std::string description_;
  std::string body_;
};

/// Pixels that text of this size is about wide: no font is asked.
[[nodiscard]] double text_width(std::string_view text, double font_size = 12);
/// A name where there is little room: its beginning and ….
[[nodiscard]] std::string shortened(const std::string& name, double room);

/// From values to pixels, with the places of its ticks.
class Axis {
 public:
  static Axis linear(double from, double to, double pixel_from, double pixel_to, int wanted_ticks);
  /// Ticks at 1, 2 and 5 times the powers of ten, as many as have room. `from` above 0.
  static Axis logarithmic(double from, double to, double pixel_from, double pixel_to);
  [[nodiscard]] double at(double value) const;
  [[nodiscard]] const std::vector<double>& ticks() const { return ticks_; }

 private:
  double from_ = 0;
  double to_ = 1;
  double pixel_from_ = 0;
  double pixel_to_ = 1;
  bool logarithmic_ = false;
  std::vector<double> ticks_;
};

}  // namespace cef::report
