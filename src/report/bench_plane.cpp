#include <algorithm>
#include <array>
#include <cmath>

#include "bench_charts.hpp"
#include "cef/operation/bench_findings.hpp"
#include "svg.hpp"

namespace cef::report {

using operation::PlanePoint;
using operation::RecordEdge;

namespace {

constexpr double k_width = 430;
constexpr double k_left = 52;
constexpr double k_right = k_width - 16;
constexpr double k_top = 30;
constexpr double k_bottom = 270;
constexpr double k_text_height = 13;
constexpr double k_name_room = 130;

struct Box {
  double x1, y1, x2, y2;
  [[nodiscard]] bool meets(const Box& other) const {
    return x1 < other.x2 && other.x1 < x2 && y1 < other.y2 && other.y1 < y2;
  }
};

/// Puts the names of points where they cover neither a point nor each other, as near as there is room.
class Labels {
 public:
  void keep_clear(double x, double y, double radius) {
    taken_.push_back({x - radius, y - radius, x + radius, y + radius});
  }
  void place(Svg& svg, double x, double y, const std::string& text, const std::string& kind) {
    const double width = text_width(text) + 4;
    for (const double distance : {0.0, 16.0, 32.0, 50.0, 70.0, 95.0, 125.0}) {
      for (const auto& [dx, dy] : k_directions) {
        const double cx = x + dx * (9 + width / 2 + distance * 0.6);
        const double cy = y + dy * (13 + distance);
        const Box box{cx - width / 2, cy - k_text_height / 2, cx + width / 2, cy + k_text_height / 2};
        if (inside(box) && std::none_of(taken_.begin(), taken_.end(), [&](const Box& t) { return t.meets(box); })) {
          put(svg, x, y, cx, cy, text, kind, distance > 0);
          taken_.push_back(box);
          return;
        }
      }
    }
    // No room: the table beside the chart has it.
  }

 private:
  static constexpr std::array<std::array<double, 2>, 8> k_directions{
      {{0, -1}, {1, 0}, {0, 1}, {-1, 0}, {0.8, -0.8}, {0.8, 0.8}, {-0.8, -0.8}, {-0.8, 0.8}}};
  static bool inside(const Box& box) {
    return box.x1 > k_left + 2 && box.x2 < k_right && box.y1 > k_top - 4 && box.y2 < k_bottom - 2;
  }
  static void put(Svg& svg, double x, double y, double cx, double cy, const std::string& text, const std::string& kind,
                  bool far) {
    if (far) {
      const double edge_y = cy + (y > cy ? k_text_height / 2 : y < cy ? -k_text_height / 2 : 0);
      svg.line(x, y, cx, edge_y, "leader");
    }
    svg.text(cx, cy + 4, "middle", text, kind);
  }
  std::vector<Box> taken_;
};

struct Frame {
  Axis x;
  Axis y;
};

Frame frame_of(const std::vector<PlanePoint>& points) {
  double low = 100;
  double high = 0;
  for (const auto& point : points) {
    low = std::min(low, point.accuracy_percent);
    high = std::max(high, point.accuracy_percent);
  }
  const double spare = std::max(0.5, (high - low) * 0.12);
  return {Axis::logarithmic(points.front().latency * 0.8, points.back().latency * 1.3, k_left, k_right),
          Axis::linear(low - spare, high + spare, k_bottom, k_top, 6)};
}

void draw_frame(Svg& svg, const Frame& frame, const Wording& words) {
  double last = -1e9;
  for (const double tick : frame.x.ticks()) {
    const double x = frame.x.at(tick);
    svg.line(x, k_top, x, k_bottom, "grid");
    const std::string text = short_time(tick);
    if (x - text_width(text, 11) / 2 > last + 6) {
      svg.text(x, k_bottom + 15, "middle", text, "small");
      last = x + text_width(text, 11) / 2;
    }
  }
  const auto& ticks = frame.y.ticks();
  const bool whole =
      std::all_of(ticks.begin(), ticks.end(), [](double t) { return std::abs(t - std::round(t)) < 1e-6; });
  for (const double tick : ticks) {
    svg.line(k_left, frame.y.at(tick), k_right, frame.y.at(tick), "grid");
    svg.text(k_left - 6, frame.y.at(tick) + 4, "end", fixed(tick, whole ? 0 : 1), "small");
  }
  svg.line(k_left, k_bottom, k_right, k_bottom, "axis");
  svg.line(k_left, k_top, k_left, k_bottom, "axis");
  svg.text((k_left + k_right) / 2, k_bottom + 32, "middle", words(words::k_axis_image_log), "small");
  svg.turned_text(12, (k_top + k_bottom) / 2, words(words::k_axis_accuracy), "small");
}

/// Steps: between two points of the front nothing better than the faster one is known.
void draw_front(Svg& svg, const Frame& frame, const std::vector<PlanePoint>& points, const Wording& words) {
  std::vector<double> path;
  for (const auto& point : points) {
    if (point.on_front) {
      const double x = frame.x.at(point.latency);
      if (!path.empty()) {
        path.insert(path.end(), {x, path.back()});
      }
      path.insert(path.end(), {x, frame.y.at(point.accuracy_percent)});
    }
  }
  path.insert(path.end(), {k_right, path.back()});
  svg.path(path, "front");
  svg.line(k_left, 12, k_left + 26, 12, "front");
  svg.text(k_left + 32, 16, "start", words(words::k_front), "small");
}

/// Square: configuration 1; triangle: 2; filled circle: on the front; hollow: not.
void draw_mark(Svg& svg, double x, double y, const PlanePoint& point, const operation::RecordState& state) {
  const std::string& model = point.run->model;
  if (model == state.advanced.model) {
    svg.path({x, y - 8, x + 7.5, y + 6, x - 7.5, y + 6}, "adv-mark", true);
  } else if (model == state.greedy.model) {
    svg.rect(x - 6, y - 6, 12, 12, "base-mark");
  } else {
    svg.circle(x, y, 4.5, point.on_front ? "solid" : "hollow");
  }
}

}  // namespace

std::string plane_chart(const RecordEdge& edge, const Wording& words, const std::string& id) {
  const auto points = operation::plane_of(edge);
  if (points.empty() || !edge.warm) {
    return "";
  }
  const auto& state = *edge.warm;
  const Frame frame = frame_of(points);
  std::string description;
  Labels labels;
  for (const auto& point : points) {
    description += (description.empty() ? "" : "; ") + point.run->model + " " + time_figure(point.latency) + " " +
                   words.percent(point.accuracy_percent);
    labels.keep_clear(frame.x.at(point.latency), frame.y.at(point.accuracy_percent), 8);
  }
  Svg svg(id, k_width, k_bottom + 42, words(words::k_plane_chart), description);
  draw_frame(svg, frame, words);
  draw_front(svg, frame, points, words);
  for (const bool chosen : {true, false}) {
    for (const auto& point : points) {
      const std::string& model = point.run->model;
      const bool is_advanced = model == state.advanced.model;
      const bool is_base = model == state.greedy.model;
      if ((is_advanced || is_base) != chosen) {
        continue;
      }
      const double x = frame.x.at(point.latency);
      const double y = frame.y.at(point.accuracy_percent);
      draw_mark(svg, x, y, point, state);
      const std::string role = (is_base ? "1 " : "") + std::string(is_advanced ? "2 " : "");
      labels.place(svg, x, y, shortened(role + model, k_name_room),
                   is_advanced ? "adv-text"
                   : is_base   ? "base-text"
                               : "");
    }
  }
  return svg.str();
}

}  // namespace cef::report
