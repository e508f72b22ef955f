// TorchScript files, as users bring them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/script.h>

#include "cef/model/catalog.hpp"
#include "cef/model/inference.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;

const std::string k_classifier =
    "def forward(self, x):\n  return torch.flatten(torch.adaptive_avg_pool2d(torch.conv2d(x, self.w), [1, 1]), 1)\n";

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    std::string name = (fs::temp_directory_path() / "cef-program.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("CEF_TORCH_RUNTIME", CEF_BINARY_DIR "/libcef_torch.so", 1);
    runtime_ = *open_runtime();
  }
  ~ProgramTest() override { fs::remove_all(folder_); }

  /// A file of a module with one 5 × 3 × 3 × 3 weight, all 0.5.
  [[nodiscard]] fs::path program(const std::string& source) const {
    torch::jit::Module module("net");
    module.register_parameter("w", at::full({5, 3, 3, 3}, 0.5), false);
    module.define(source);
    module.save((folder_ / "net.pt").string());
    return folder_ / "net.pt";
  }
  [[nodiscard]] core::Result<std::unique_ptr<LoadedModel>> load(const fs::path& file, int classes,
                                                                const LoadOptions& options = {}) const {
    const auto weights = WeightFile::open(file);
    if (!weights) {
      return core::fail(weights.error());
    }
    const Architecture architecture{Family::torchscript, 0, 0, classes};
    return runtime_->load(*build_network(architecture), *weights, options);
  }
  static core::Result<std::vector<float>> run(core::Result<std::unique_ptr<LoadedModel>>& model) {
    EXPECT_TRUE(model) << model.error().line();
    return (*model)->logits(std::vector<float>(2 * 3 * 8 * 8, 1), 2, 8, 8);
  }

  fs::path folder_;
  std::shared_ptr<InferenceRuntime> runtime_;
};

TEST_F(ProgramTest, AClassifierRuns) {
  auto model = load(program(k_classifier), 5);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto logits = run(model);
    ASSERT_TRUE(logits) << logits.error().line();
    ASSERT_EQ(logits->size(), 10U);
    EXPECT_NEAR(logits->front(), 13.5, 1e-4);
  }
}

TEST_F(ProgramTest, OutputsOfOtherKindsAreNamed) {
  auto few = load(program(k_classifier), 10);
  EXPECT_NE(run(few).error().message.find("gives 5 numbers an image; it should be 10 classes"), std::string::npos);
  auto pair = load(program("def forward(self, x):\n  return (x, x)\n"), 5);
  EXPECT_NE(run(pair).error().message.find("gives a Tuple"), std::string::npos) << run(pair).error().message;
  auto broken = load(program("def forward(self, x):\n  return torch.reshape(x, [7])\n"), 5);
  EXPECT_NE(run(broken).error().message.find("shape '[7]' is invalid"), std::string::npos)
      << run(broken).error().message;
}

TEST_F(ProgramTest, AProgramForCudaSaysSo) {
  auto model = load(program("def forward(self, x):\n  return torch.zeros([2, 5], device=\"cuda\") + x.sum()\n"), 5);
  const std::string message = model ? run(model).error().message : model.error().message;
  EXPECT_NE(message.find("it was made for CUDA; trace or script it on the CPU"), std::string::npos) << message;
}

TEST_F(ProgramTest, FilesAndEntriesMustFit) {
  const auto resnet = build_network({Family::torchvision_resnet, 18, 8, 10});
  const auto file = WeightFile::open(program(k_classifier));
  ASSERT_TRUE(file) << file.error().line();
  EXPECT_TRUE(file->torchscript());
  EXPECT_NE(runtime_->load(*resnet, *file).error().message.find("is a TorchScript program, not a state dict"),
            std::string::npos);
  const auto state = load(fs::path(CEF_SOURCE_DIR) / "models" / "resnet18-w8.safetensors", 10);
  EXPECT_NE(state.error().message.find("is not a TorchScript file"), std::string::npos);
  const auto bytes = load(file->path(), 5, {Precision::int8, nullptr, 0, 0});
  EXPECT_NE(bytes.error().message.find("runs as it was written"), std::string::npos);
}

TEST_F(ProgramTest, ADamagedFileIsAnError) {
  const fs::path file = program(k_classifier);
  fs::resize_file(file, fs::file_size(file) / 2);
  EXPECT_FALSE(load(file, 5));
  std::fstream(program(k_classifier), std::ios::in | std::ios::out | std::ios::binary).seekp(300).write("damage", 6);
  auto model = load(file, 5);
  if (model) {
    (void)run(model);  // it may have hit nothing that matters; it must not end the process
  }
}

/// All that a user does: a file, an entry in a catalogue beside it.
TEST_F(ProgramTest, AFolderWithItsOwnCatalogueIsEnough) {
  ASSERT_TRUE(fs::exists(program(k_classifier)));
  std::ofstream(folder_ / "catalog.yaml") << R"(schema: cef.catalog/1
models:
  - name: net
    architecture: {family: torchscript, classes: 5}
    task: image-classification
    dataset: mine
    input: {height: 8, width: 8}
    normalisation: {mean: [0, 0, 0], deviation: [1, 1, 1]}
    file: net.pt
    sha256: "0000000000000000000000000000000000000000000000000000000000000000"
    embedded: true
    parameters: 135
    macs: 4860
    weight_bytes: 540
)";
  const auto resolved = resolve_model(Catalog{}, "net", folder_, 5);
  ASSERT_TRUE(resolved) << resolved.error().line();
  EXPECT_EQ(resolved->network.macs(8, 8), 4860);
  EXPECT_EQ(resolved->network.parameter_count(), 135);
  EXPECT_EQ(resolved->network.layers(8, 8).size(), 1U);
  const auto weights = WeightFile::open(resolved->weights);
  ASSERT_TRUE(weights);
  auto model = runtime_->load(resolved->network, *weights);
  EXPECT_TRUE(run(model));
  EXPECT_NE(resolve_model(Catalog{}, "net", folder_, 7).error().message.find("5 classes apart"), std::string::npos);
}

}  // namespace
}  // namespace cef::model
