#include "../../../src/model/image.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "image_samples.hpp"

namespace cef::model {
namespace {

using core::ErrorCode;
using test::jpeg;
using test::png;
using Bytes = std::vector<std::uint8_t>;

core::Result<Image> decode(const std::string& file) {
  return decode_image(std::as_bytes(std::span(file)), "picture");
}

Bytes rgb_of(const std::string& file) {
  const auto image = decode(file);
  return image ? image->rgb : Bytes{};
}

/// 2 × 2: red, green / blue, grey.
const Bytes k_rgb = {255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90};

TEST(Image, PngOfEveryKindBecomesRgb) {
  EXPECT_EQ(rgb_of(png(2, 2, {8, 2, false}, k_rgb)), k_rgb);
  EXPECT_EQ(rgb_of(png(2, 2, {8, 2, true}, k_rgb)), k_rgb) << "interlaced";
  EXPECT_EQ(rgb_of(png(2, 2, {8, 6, false}, {255, 0, 0, 9, 0, 255, 0, 0, 0, 0, 255, 255, 90, 90, 90, 1})), k_rgb)
      << "alpha";
  EXPECT_EQ(rgb_of(png(2, 2, {8, 3, false}, {0, 1, 2, 3}, k_rgb)), k_rgb) << "palette";
  EXPECT_EQ(rgb_of(png(2, 1, {8, 0, false}, {7, 200})), (Bytes{7, 7, 7, 200, 200, 200})) << "grey";
  EXPECT_EQ(rgb_of(png(2, 1, {1, 0, false}, {0x40})), (Bytes{0, 0, 0, 255, 255, 255})) << "one bit";
  EXPECT_EQ(rgb_of(png(2, 1, {8, 4, false}, {7, 0, 200, 255})), (Bytes{7, 7, 7, 200, 200, 200})) << "grey and alpha";
  EXPECT_EQ(rgb_of(png(1, 1, {16, 2, false}, {1, 99, 2, 99, 3, 99})), (Bytes{1, 2, 3})) << "16 bit";
  EXPECT_EQ(rgb_of(png(2, 1, {16, 0, false}, {0, 99, 1, 0})), (Bytes{99, 99, 99, 255, 255, 255})) << "16 bit, grey";
  EXPECT_EQ(rgb_of(png(2, 1, {8, 3, false}, {1, 9}, {1, 2, 3, 4, 5, 6})), (Bytes{4, 5, 6, 9, 9, 9}))
      << "an index beyond the palette";
}

void expect_near(const Bytes& got, const Bytes& expected, const char* what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_LE(std::abs(got[i] - expected[i]), 3) << what << " value " << i;
  }
}

TEST(Image, JpegOfEveryKindBecomesRgb) {
  Bytes even;
  for (int i = 0; i < 64; ++i) {
    even.insert(even.end(), {200, 100, 50});
  }
  expect_near(rgb_of(jpeg(8, 8, 3, even)), even, "RGB");
  expect_near(rgb_of(jpeg(8, 8, 3, even, true)), even, "progressive");
  expect_near(rgb_of(jpeg(8, 8, 1, Bytes(64, 77))), Bytes(192, 77), "grey");
  Bytes cmyk;  // as Adobe stores it: 255 is no ink
  for (int i = 0; i < 64; ++i) {
    cmyk.insert(cmyk.end(), {255, 128, 0, 255});
  }
  Bytes orange;
  for (int i = 0; i < 64; ++i) {
    orange.insert(orange.end(), {255, 128, 0});
  }
  expect_near(rgb_of(jpeg(8, 8, 4, cmyk)), orange, "CMYK");
}

TEST(Image, DamageIsAnErrorThatNamesTheFileWhereverItIs) {
  Bytes noise(32 * 32 * 3);
  unsigned state = 1;
  for (auto& value : noise) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24U);
  }
  for (const std::string& file : {png(32, 32, {8, 2, false}, noise), jpeg(32, 32, 3, noise)}) {
    ASSERT_TRUE(decode(file));
    for (std::size_t length = 0; length + 2 < file.size(); ++length) {  // JPEG's end mark itself may be missing
      const auto image = decode(file.substr(0, length));
      ASSERT_FALSE(image) << "cut at " << length << " of " << file.size();
      EXPECT_EQ(image.error().message.rfind("picture: ", 0), 0U);
    }
    for (std::size_t at = 0; at < file.size(); ++at) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      const auto image = decode(damaged);  // JPEG has no checksum: some of these are pictures
      EXPECT_TRUE(image || !image.error().message.empty());
    }
  }
}

TEST(Image, BombsAreRefusedBeforeMemoryIsTaken) {
  std::string file = png(2, 2, {8, 2, false}, k_rgb);
  const auto with_size = [&](std::string head, std::size_t at, const std::string& size) {
    return decode(head.replace(at, size.size(), size));
  };
  EXPECT_FALSE(with_size(file, 16, std::string("\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", 8)));
  std::string large = jpeg(8, 8, 1, Bytes(64, 1));
  const std::size_t frame = large.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  const auto image = with_size(large, frame + 5, "\xEA\x60\xEA\x60");
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::integrity);
  EXPECT_NE(image.error().message.find("60000 x 60000 pixels"), std::string::npos) << image.error().message;
  EXPECT_FALSE(check_image_size(9000, 9000, "picture"));
  EXPECT_TRUE(check_image_size(8192, 8192, "picture"));
}

TEST(Image, OtherFormatsAreNamedAsSuch) {
  EXPECT_EQ(decode("GIF89a...").error().code, ErrorCode::usage);
  EXPECT_EQ(decode("").error().code, ErrorCode::integrity);
}

TEST(Image, TheSizeIsReadFromTheHeader) {
  const auto size = [](const std::string& file) { return image_size(std::as_bytes(std::span(file))); };
  EXPECT_EQ(size(png(2, 1, {8, 0, false}, {1, 2})), (ImageSize{1, 2}));
  EXPECT_EQ(size(jpeg(7, 5, 1, Bytes(35, 1))), (ImageSize{5, 7}));
  EXPECT_EQ(size(jpeg(7, 5, 3, Bytes(105, 1), true)), (ImageSize{5, 7}));
  const std::string file = jpeg(7, 5, 1, Bytes(35, 1));
  for (std::size_t length = 0; length < file.find("\xFF\xC0") + 9; ++length) {
    EXPECT_FALSE(size(file.substr(0, length))) << length;
  }
  EXPECT_FALSE(size("GIF89a"));
}

Image row(const Bytes& values) {
  Image image{1, static_cast<int>(values.size()), {}};
  for (const std::uint8_t value : values) {
    image.rgb.insert(image.rgb.end(), {value, value, static_cast<std::uint8_t>(255 - value)});
  }
  return image;
}

Image resize_bilinear(const Image& from, int height, int width) {
  return resize_part(from, {height, width}, {0, 0, height, width}, Interpolation::bilinear);
}

// The expected values follow Pillow's ImagingResample by hand: support max(scale, 1), weights made to sum 1.
// tests/images compares with Pillow itself.
TEST(Image, ResizesAsPillowDoes) {
  EXPECT_EQ(resize_bilinear(row({0, 255}), 1, 4).rgb, row({0, 64, 191, 255}).rgb);
  const Image half = resize_bilinear(row({0, 100, 200, 44}), 1, 2);
  EXPECT_EQ(half.rgb[0], 71);
  EXPECT_EQ(half.rgb[3], 119);
  Image column{4, 1, row({0, 100, 200, 44}).rgb};
  const Image lower = resize_bilinear(column, 2, 1);
  EXPECT_EQ(lower.rgb[0], 71);
  EXPECT_EQ(lower.rgb[3], 119);
  EXPECT_EQ(resize_bilinear(Image{5, 5, Bytes(75, 9)}, 3, 2).rgb, Bytes(18, 9));
}

Image noise(int height, int width) {
  Image image{height, width, Bytes(static_cast<std::size_t>(height * width) * 3)};
  unsigned state = 7;
  for (auto& value : image.rgb) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24U);
  }
  return image;
}

TEST(Image, APartIsCutOutOfTheWhole) {
  const Image from = noise(31, 47);
  for (const auto interpolation : {Interpolation::bilinear, Interpolation::bicubic}) {
    for (const ImageSize to : {ImageSize{16, 20}, ImageSize{62, 50}, ImageSize{31, 20}, ImageSize{16, 47}}) {
      const Image whole = resize_part(from, to, {0, 0, to.height, to.width}, interpolation);
      const Window part{3, 5, to.height - 7, to.width - 9};
      const Image cut = resize_part(from, to, part, interpolation);
      ASSERT_EQ(cut.rgb.size(), static_cast<std::size_t>(part.height * part.width) * 3);
      for (int y = 0; y < part.height; ++y) {
        for (int i = 0; i < 3 * part.width; ++i) {
          ASSERT_EQ(cut.rgb[static_cast<std::size_t>(y * part.width * 3 + i)],
                    whole.rgb[static_cast<std::size_t>(((y + part.top) * to.width + part.left) * 3 + i)]);
        }
      }
    }
  }
}

TEST(Image, PreprocessingCropsTheCentreOfTheShorterSide) {
  const Image wide = noise(7, 14);
  const Image image = preprocess(wide, {8, 7, Interpolation::bilinear});  // 16 × 8, columns 4 (halves to even) to 11
  ASSERT_EQ(image.height, 7);
  ASSERT_EQ(image.width, 7);
  const Image all = resize_bilinear(wide, 8, 16);
  EXPECT_EQ(image.rgb[0], all.rgb[4 * 3]);
  const Image square = preprocess(Image{56, 56, Bytes(56 * 56 * 3, 5)}, {256, 224, Interpolation::bicubic});
  EXPECT_EQ(square.rgb, Bytes(224 * 224 * 3, 5));
  EXPECT_EQ(preprocess(wide, {}).rgb, wide.rgb);
}

TEST(Image, ACropBeyondTheImageHasBlackBorders) {
  const Image image = preprocess(Image{2, 2, Bytes(12, 200)}, {2, 5, Interpolation::bilinear});
  ASSERT_EQ(image.rgb.size(), 75U);
  for (std::size_t i = 0; i < 25; ++i) {
    const bool inside = i / 5 >= 1 && i / 5 <= 2 && i % 5 >= 1 && i % 5 <= 2;
    EXPECT_EQ(image.rgb[3 * i], inside ? 200 : 0) << i;
  }
}

TEST(Image, AThinImageTakesNoMoreThanItsCrop) {
  Image line{1, 16'384, Bytes(3 * 16'384, 77)};  // whole, it would be 4096 × 67 million pixels
  EXPECT_EQ(preprocess(line, {4096, 16, Interpolation::bicubic}).rgb, Bytes(16 * 16 * 3, 77));
}

}  // namespace
}  // namespace cef::model
