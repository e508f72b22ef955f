#include "cef/model/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "cef/core/digest.hpp"

namespace cef::model {

namespace {

constexpr int k_size = 48;  ///< pixels a side
constexpr int k_classes = 10;
constexpr int k_unit = 1024;   ///< a shape's radius in its own coordinates
constexpr int k_turn = 65536;  ///< a full turn
constexpr int k_version = 1;   ///< part of the source: the same version gives the same bytes

constexpr std::array<const char*, k_classes> k_names = {"disc", "ring",  "square",   "triangle",  "pentagon",
                                                        "star", "cross", "crescent", "half-disc", "arrow"};

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// low..high, both included.
  int between(int low, int high) { return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1)); }

 private:
  std::uint64_t state_;
};

/// Sine times 16384 by Bhaskara's rational approximation: integers only, so that every machine agrees.
std::int64_t sine(int angle) {
  angle = ((angle % k_turn) + k_turn) % k_turn;
  const bool negative = angle >= k_turn / 2;
  const std::int64_t x = angle % (k_turn / 2);
  const std::int64_t product = x * (k_turn / 2 - x);
  const std::int64_t value = 16384 * 16 * product / (5LL * (k_turn / 2) * (k_turn / 2) - 4 * product);
  return negative ? -value : value;
}
std::int64_t cosine(int angle) {
  return sine(angle + k_turn / 4);
}

struct Point {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

template <std::size_t N>
bool in_polygon(const std::array<Point, N>& corners, Point p) {
  bool inside = false;
  for (std::size_t i = 0, j = N - 1; i < N; j = i++) {
    const Point a = corners[i];
    const Point b = corners[j];
    if ((a.y > p.y) != (b.y > p.y)) {
      const std::int64_t side = (b.x - a.x) * (p.y - a.y) - (p.x - a.x) * (b.y - a.y);
      inside ^= (b.y > a.y) == (side > 0);
    }
  }
  return inside;
}

template <std::size_t N>
std::array<Point, N> on_circle(std::int64_t outer, std::int64_t inner) {
  std::array<Point, N> corners{};
  for (std::size_t i = 0; i < N; ++i) {
    const int angle = static_cast<int>(i) * k_turn / static_cast<int>(N);
    const std::int64_t radius = i % 2 == 0 ? outer : inner;
    corners[i] = {radius * sine(angle) / 16384, -radius * cosine(angle) / 16384};
  }
  return corners;
}

/// Whether a point of a shape's own coordinates (radius 1024) lies in the shape.
bool inside(int shape, Point p) {
  static const auto triangle = on_circle<3>(k_unit, k_unit);
  static const auto pentagon = on_circle<5>(k_unit, k_unit);
  static const auto star = on_circle<10>(k_unit, k_unit * 45 / 100);
  static constexpr std::array<Point, 7> arrow = {
      {{0, -1000}, {750, -100}, {300, -100}, {300, 950}, {-300, 950}, {-300, -100}, {-750, -100}}};
  const std::int64_t square_of_radius = p.x * p.x + p.y * p.y;
  constexpr std::int64_t unit2 = std::int64_t{k_unit} * k_unit;
  switch (shape) {
    case 0:
      return square_of_radius < unit2 * 85 / 100;
    case 1:
      return square_of_radius < unit2 && square_of_radius > unit2 * 36 / 100;
    case 2:
      return std::abs(p.x) < 800 && std::abs(p.y) < 800;
    case 3:
      return in_polygon(triangle, p);
    case 4:
      return in_polygon(pentagon, p);
    case 5:
      return in_polygon(star, p);
    case 6:
      return (std::abs(p.x) < 330 && std::abs(p.y) < 1000) || (std::abs(p.y) < 330 && std::abs(p.x) < 1000);
    case 7:
      return square_of_radius < unit2 && (p.x - 450) * (p.x - 450) + p.y * p.y > unit2 * 64 / 100;
    case 8:
      return square_of_radius < unit2 && p.y > -200;
    default:
      return in_polygon(arrow, p);
  }
}

using Colour = std::array<int, 3>;

/// Planar RGB, 4 sub-samples a pixel when shapes are drawn.
class Canvas {
 public:
  explicit Canvas(Random& random) : random_(random) {}

  void gradient() {
    const Colour from = colour();
    const Colour to = colour();
    const int angle = random_.between(0, k_turn - 1);
    for (int y = 0; y < k_size; ++y) {
      for (int x = 0; x < k_size; ++x) {
        const std::int64_t along = ((2 * x - k_size) * cosine(angle) + (2 * y - k_size) * sine(angle)) / (k_size * 3);
        const auto share = static_cast<int>(std::clamp<std::int64_t>(along + 8192, 0, 16384));
        for (std::size_t c = 0; c < 3; ++c) {
          at(c, x, y) = from[c] + (to[c] - from[c]) * share / 16384;
        }
      }
    }
    middle_ = {(from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2};
  }

  void clutter(int count) {
    for (int i = 0; i < count; ++i) {
      const Colour paint = colour();
      const Point from{random_.between(0, k_size - 1), random_.between(0, k_size - 1)};
      const int angle = random_.between(0, k_turn - 1);
      const int length = random_.between(6, 30);
      const int thickness = random_.between(1, 2);
      for (int step = 0; step < length; ++step) {
        const int x = static_cast<int>(from.x + step * cosine(angle) / 16384);
        const int y = static_cast<int>(from.y + step * sine(angle) / 16384);
        for (int dy = 0; dy < thickness; ++dy) {
          for (int dx = 0; dx < thickness; ++dx) {
            put(x + dx, y + dy, paint, 4);
          }
        }
      }
    }
  }

  /// `radius` in sixteenths of a pixel, the centre in pixels.
  void shape(int kind, int radius, int centre_x, int centre_y) {
    const Colour paint = contrasting_colour();
    const Colour second = random_.between(0, 2) == 0 ? contrasting_colour() : paint;  // a third are striped
    const int stripe = random_.between(3, 6);
    const int angle = random_.between(0, k_turn - 1);
    const int stretch = random_.between(80, 100);  // per cent, of one axis
    const std::int64_t s = sine(angle);
    const std::int64_t c = cosine(angle);
    const int reach = radius / 16 + 2;
    for (int y = centre_y - reach; y <= centre_y + reach; ++y) {
      for (int x = centre_x - reach; x <= centre_x + reach; ++x) {
        int hits = 0;
        for (int sub = 0; sub < 4; ++sub) {
          const std::int64_t dx = (x - centre_x) * 16 + (sub % 2 == 0 ? -4 : 4);
          const std::int64_t dy = (y - centre_y) * 16 + (sub / 2 == 0 ? -4 : 4);
          const Point p{(dx * c + dy * s) / 16 * k_unit / radius / 1024,
                        (dy * c - dx * s) / 16 * k_unit / radius / 1024 * 100 / stretch};
          hits += inside(kind, p) ? 1 : 0;
        }
        put(x, y, (x + y) / stripe % 2 == 0 ? paint : second, hits);
      }
    }
  }

  void noise(int amplitude) {
    for (int& value : pixels_) {
      value += random_.between(-amplitude, amplitude) + random_.between(-amplitude, amplitude);
    }
  }

  void write(std::uint8_t* out) const {
    std::transform(pixels_.begin(), pixels_.end(), out,
                   [](int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); });
  }

 private:
  Colour colour() { return {random_.between(20, 235), random_.between(20, 235), random_.between(20, 235)}; }
  Colour contrasting_colour() {
    for (int tries = 0; tries < 8; ++tries) {
      const Colour paint = colour();
      if (std::abs(paint[0] - middle_[0]) + std::abs(paint[1] - middle_[1]) + std::abs(paint[2] - middle_[2]) > 150) {
        return paint;
      }
    }
    return {middle_[0] > 127 ? 30 : 225, middle_[1] > 127 ? 30 : 225, middle_[2] > 127 ? 30 : 225};
  }
  int& at(std::size_t channel, int x, int y) {
    return pixels_[(channel * k_size + static_cast<std::size_t>(y)) * k_size + static_cast<std::size_t>(x)];
  }
  /// `quarters`: how much of the pixel is covered, 0 to 4.
  void put(int x, int y, const Colour& paint, int quarters) {
    if (x >= 0 && x < k_size && y >= 0 && y < k_size) {
      for (std::size_t c = 0; c < 3; ++c) {
        int& value = at(c, x, y);
        value += (paint[c] - value) * quarters / 4;
      }
    }
  }

  Random& random_;
  Colour middle_{};
  std::array<int, std::size_t{3} * k_size * k_size> pixels_{};
};

/// The class is the shape of the larger object; a smaller one of another class and clutter distract.
void draw(int label, Random random, std::uint8_t* out) {
  Canvas canvas(random);
  canvas.gradient();
  canvas.clutter(random.between(0, 3));
  const int radius = random.between(12 * 16, 20 * 16);
  const int margin = radius / 16 - 2;
  const int x = random.between(margin, k_size - 1 - margin);
  const int y = random.between(margin, k_size - 1 - margin);
  canvas.shape(label, radius, x, y);
  if (random.between(0, 2) == 0) {
    const int other = (label + random.between(1, k_classes - 1)) % k_classes;
    const int other_y = random.between(4, k_size - 5);  // one statement each: compilers order arguments as they like
    const int other_x = random.between(4, k_size - 5);
    const int other_radius = radius * random.between(30, 45) / 100;
    canvas.shape(other, other_radius, other_x, other_y);
  }
  canvas.clutter(random.between(0, 1));
  canvas.noise(random.between(0, 12));
  canvas.write(out);
}

}  // namespace

Dataset make_synthetic(SyntheticPart part, std::size_t count, std::uint64_t seed) {
  Dataset data;
  data.name = "embedded";
  data.source = "generated, version " + std::to_string(k_version) + ", seed " + std::to_string(seed) + ", " +
                (part == SyntheticPart::test ? "test" : "train") + " part, " + std::to_string(count) + " images";
  data.classes.assign(k_names.begin(), k_names.end());
  data.height = data.width = k_size;
  constexpr std::size_t k_image_bytes = std::size_t{3} * k_size * k_size;
  data.pixels.resize(count * k_image_bytes);
  data.labels.resize(count);
  // The part is the top bit of the stream's number, so no image of one part is in the other, whatever the seeds.
  const std::uint64_t stream = (seed << 1U | (part == SyntheticPart::test ? 1U : 0U)) * 0xD1342543DE82EF95U;
  for (std::size_t i = 0; i < count; ++i) {
    data.labels[i] = static_cast<int>(i % k_classes);
    Random start(stream + i * 0x2545F4914F6CDD1DU);
    const std::uint64_t first = start.next();
    const std::uint64_t second = start.next();
    draw(data.labels[i], Random(first ^ second << 1U), data.pixels.data() + i * k_image_bytes);
  }
  core::Sha256 digest;
  digest.update(std::as_bytes(std::span(data.pixels)));
  digest.update(std::as_bytes(std::span(data.labels)));
  data.digest = digest.finish();
  return data;
}

}  // namespace cef::model
