#pragma once

namespace cef::model {

enum class Interpolation { bilinear, bicubic };

/// How a photograph becomes a network's input, as torchvision's evaluation presets do it: the shorter side is scaled to
/// `resize` with antialiasing, then the middle `crop` × `crop` is taken.
struct Preprocessing {
  int resize = 0;
  int crop = 0;
  Interpolation interpolation = Interpolation::bilinear;
  bool operator==(const Preprocessing&) const = default;
};

}  // namespace cef::model
