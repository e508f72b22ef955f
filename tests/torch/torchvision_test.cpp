// The networks of the catalogue against Python's torchvision, on random weights and at their own input size.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "cef/model/catalog.hpp"
#include "cef/model/inference.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;

class TorchvisionTest : public ::testing::TestWithParam<const char*> {
 protected:
  TorchvisionTest() {
    std::string name = (fs::temp_directory_path() / "cef-torchvision.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("CEF_TORCH_RUNTIME", CEF_BINARY_DIR "/libcef_torch.so", 1);
  }
  ~TorchvisionTest() override { fs::remove_all(folder_); }

  fs::path folder_;
};

std::vector<float> floats_of(const fs::path& path) {
  std::vector<float> values(fs::file_size(path) / sizeof(float));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

TEST_P(TorchvisionTest, LogitsAreEqual) {
  const std::string name = GetParam();
  const auto catalog = load_catalog(fs::path(CEF_SOURCE_DIR) / "models" / "catalog.yaml");
  ASSERT_TRUE(catalog) << catalog.error().line();
  const CatalogEntry* entry = catalog->find(name);
  ASSERT_NE(entry, nullptr);
  const int side = entry->height;
  const std::string command = "/usr/bin/python3 '" CEF_SOURCE_DIR "/tests/torch/torchvision_outputs.py' '" +
                              folder_.string() + "' " + name + " " + std::to_string(side);
  const int status = std::system(command.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 77 || code == 127) {
    GTEST_SKIP() << "Python's torchvision is not here (Debian: python3-torchvision)";
  }
  ASSERT_EQ(code, 0);

  const auto values = floats_of(folder_ / (name + ".bin"));
  const std::size_t pixels = std::size_t{3} * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  ASSERT_EQ(values.size(), pixels + 1000);
  const auto weights = WeightFile::open(folder_ / (name + ".pth"));
  ASSERT_TRUE(weights) << weights.error().line();
  const auto runtime = open_runtime();
  ASSERT_TRUE(runtime) << runtime.error().line();
  const auto loaded = (*runtime)->load(*build_network(entry->architecture), *weights);
  ASSERT_TRUE(loaded) << loaded.error().line();
  const auto logits = (*loaded)->logits(std::span(values).first(pixels), 1, side, side);
  ASSERT_TRUE(logits) << logits.error().line();

  float largest = 0;
  float difference = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    largest = std::max(largest, std::fabs(values[pixels + i]));
    difference = std::max(difference, std::fabs(values[pixels + i] - (*logits)[i]));
  }
  EXPECT_GT(largest, 0);
  EXPECT_LT(difference, 1e-4F * std::max(1.0F, largest));
}

INSTANTIATE_TEST_SUITE_P(Networks, TorchvisionTest,
                         ::testing::Values("resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
                                           "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace cef::model
