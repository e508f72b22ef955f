#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "cef/model/dataset.hpp"
#include "model/image.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using core::Json;

const fs::path k_here = fs::path(CEF_SOURCE_DIR) / "tests" / "images";
const fs::path k_samples = k_here / "samples";

// As WAYS in images.py.
const std::array<Preprocessing, 5> k_ways = {{{0, 0, Interpolation::bilinear},
                                              {256, 224, Interpolation::bilinear},
                                              {255, 240, Interpolation::bicubic},
                                              {20, 33, Interpolation::bilinear},
                                              {288, 7, Interpolation::bicubic}}};

std::vector<std::pair<std::size_t, std::size_t>> points(std::size_t count, std::size_t width, std::size_t height) {
  std::vector<std::pair<std::size_t, std::size_t>> all;
  std::uint64_t state = 1;
  const auto next = [&] { return (state = (state * 1103515245 + 12345) % (1ULL << 31U)) >> 8U; };
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t x = next() % width;
    all.emplace_back(x, next() % height);
  }
  return all;
}

core::Result<Image> decode_file(const fs::path& file) {
  const auto text = core::read_file(file, core::operator""_MiB(64));
  return text ? decode_image(std::as_bytes(std::span(*text)), file.filename().string()) : core::fail(text.error());
}

std::vector<float> tensor_of(const Image& image) {
  std::vector<std::uint8_t> planar;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = c; i < image.rgb.size(); i += 3) {
      planar.push_back(image.rgb[i]);
    }
  }
  std::vector<float> tensor(planar.size());
  normalise_pixels(planar, {}, tensor);
  return tensor;
}

constexpr double k_level = 1.0 / 255 / 0.224;  // one grey level of a tensor

void expect_recorded(const Image& image, const Json& expected) {
  ASSERT_EQ(image.width, expected["width"].get<int>());
  ASSERT_EQ(image.height, expected["height"].get<int>());
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  const auto at = points(expected["pixels"].size(), width, height);
  const std::vector<float> tensor = tensor_of(image);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::size_t pixel = at[i].second * width + at[i].first;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(image.rgb[3 * pixel + c], expected["pixels"][i][c].get<int>(), 1) << "point " << i;
      if (3 * i + c < expected["tensor"].size()) {
        EXPECT_NEAR(tensor[c * width * height + pixel], expected["tensor"][3 * i + c].get<double>(), k_level + 1e-5);
      }
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0;
    for (std::size_t i = c * width * height; i < (c + 1) * width * height; ++i) {
      sum += tensor[i];
    }
    EXPECT_NEAR(sum / static_cast<double>(width * height), expected["tensor_mean"][c].get<double>(), 0.003);
  }
}

TEST(Images, AreWhatPillowAndTorchvisionRecorded) {
  const auto text = core::read_file(k_here / "expected.json", core::operator""_MiB(4));
  ASSERT_TRUE(text);
  const auto expected = core::parse_json(*text, "expected.json");
  ASSERT_TRUE(expected) << expected.error().line();
  EXPECT_GE(expected->size(), 40U);
  for (const auto& [name, ways] : expected->items()) {
    SCOPED_TRACE(name);
    const auto image = decode_file(k_samples / name);
    if (ways.is_object()) {
      ASSERT_FALSE(image) << "Pillow: " << ways.dump();
      EXPECT_EQ(image.error().message.rfind(name + ": ", 0), 0U) << image.error().message;
      continue;
    }
    ASSERT_TRUE(image) << image.error().line();
    for (const auto& one : ways) {
      const Preprocessing how{one["way"][0].get<int>(), one["way"][1].get<int>(),
                              one["way"][2] == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear};
      SCOPED_TRACE(one["way"].dump());
      expect_recorded(preprocess(*image, how), one);
    }
  }
}

std::string run_quietly(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0 ? "ran" : "failed";
}

void expect_whole(const Image& image, const fs::path& file) {
  const auto text = core::read_file(file, core::operator""_MiB(256));
  ASSERT_TRUE(text) << text.error().line();
  std::int32_t size[2] = {};
  std::memcpy(size, text->data(), sizeof size);
  ASSERT_EQ(image.height, size[0]);
  ASSERT_EQ(image.width, size[1]);
  int worst = 0;
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    worst = std::max(worst, std::abs(image.rgb[i] - static_cast<std::uint8_t>((*text)[i + sizeof size])));
  }
  EXPECT_LE(worst, 1);
}

/// The samples, and what CEF_TEST_IMAGES names: a folder of more.
std::vector<fs::path> files_to_compare() {
  std::vector<fs::path> files;
  const char* more = std::getenv("CEF_TEST_IMAGES");
  for (const fs::path& folder : {k_samples, fs::path(more != nullptr ? more : "")}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Images, AreWhatPillowAndTorchvisionMakeNow) {
  if (run_quietly("/usr/bin/python3 -c 'import torchvision, PIL'") != "ran") {
    GTEST_SKIP() << "needs Debian's python3-torchvision and python3-pil";
  }
  std::string out = (fs::temp_directory_path() / "cef-images-XXXXXX").string();
  ASSERT_NE(::mkdtemp(out.data()), nullptr);
  const auto files = files_to_compare();
  std::string command = "/usr/bin/python3 -W ignore '" + (k_here / "images.py").string() + "' whole " + out;
  for (const auto& file : files) {
    command += " '" + file.string() + "'";
  }
  EXPECT_EQ(run_quietly(command), "ran");
  for (std::size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i].string());
    const auto image = decode_file(files[i]);
    if (fs::exists(fs::path(out) / (std::to_string(i) + ".error"))) {
      EXPECT_FALSE(image) << "Pillow refuses it";
      continue;
    }
    EXPECT_TRUE(image) << image.error().line();
    for (std::size_t way = 0; image && way < k_ways.size(); ++way) {
      SCOPED_TRACE(way);
      expect_whole(preprocess(*image, k_ways[way]),
                   fs::path(out) / (std::to_string(i) + "-" + std::to_string(way) + ".rgb"));
    }
  }
  fs::remove_all(out);
}

}  // namespace
}  // namespace cef::model
