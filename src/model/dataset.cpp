#include "cef/model/dataset.hpp"

#include <array>

namespace cef::model {

void normalise(const Dataset& data, std::size_t first, std::size_t count, const Normalisation& how,
               std::span<float> out) {
  std::array<std::array<float, 256>, 3> table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      // The order of operations of torchvision's ToTensor and Normalize, so that the bits agree.
      table[c][v] = (static_cast<float>(v) / 255.0F - how.mean[c]) / how.deviation[c];
    }
  }
  const std::size_t plane = static_cast<std::size_t>(data.height) * static_cast<std::size_t>(data.width);
  float* to = out.data();
  for (std::size_t i = first; i < first + count; ++i) {
    const auto image = data.image(i);
    for (std::size_t c = 0; c < 3; ++c) {
      for (const std::uint8_t value : image.subspan(c * plane, plane)) {
        *to++ = table[c][value];
      }
    }
  }
}

}  // namespace cef::model
