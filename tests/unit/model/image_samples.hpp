#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cef::model::test {

struct PngKind {
  int bits = 8;
  int colour_type = 2;  ///< PNG_COLOR_TYPE_*
  bool interlaced = false;
};
/// `rows`: the bytes as PNG holds them before filtering. `palette`: RGB triples for colour type 3.
std::string png(int width, int height, const PngKind& kind, const std::vector<std::uint8_t>& rows,
                const std::vector<std::uint8_t>& palette = {});

/// Quality 100, no chroma subsampling. `channels`: 1 grey, 3 RGB, 4 CMYK (with Adobe's marker, as libjpeg writes it).
std::string jpeg(int width, int height, int channels, const std::vector<std::uint8_t>& pixels,
                 bool progressive = false);

}  // namespace cef::model::test
