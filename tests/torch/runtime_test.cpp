#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "cef/model/dataset.hpp"
#include "cef/model/inference.hpp"
#include "model/torch/eager.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using torch_runtime::Mode;
using torch_runtime::Tensors;

class RuntimeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-torch.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ::setenv("CEF_TORCH_RUNTIME", CEF_BINARY_DIR "/libcef_torch.so", 1);
    auto opened = open_runtime();
    ASSERT_TRUE(opened) << opened.error().line();
    runtime_ = *opened;
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Random weights whose batch norms are far from doing nothing.
  static Tensors random_weights(const Network& network) {
    torch::manual_seed(1);
    Tensors tensors;
    for (const auto& [name, shape] : network.parameters()) {
      tensors[name] = name.ends_with("running_var") ? at::rand(shape) + 0.5 : at::randn(shape) * 0.1;
      if (shape.size() == 1 && name.ends_with(".weight")) {
        tensors[name] = at::rand(shape) + 0.5;
      }
    }
    return tensors;
  }

  [[nodiscard]] WeightFile save(const Tensors& tensors) const {
    std::map<std::string, TensorView> views;
    for (const auto& [name, t] : tensors) {
      views[name] = {ElementType::f32, t.sizes().vec(),
                     std::as_bytes(std::span(t.data_ptr<float>(), static_cast<std::size_t>(t.numel())))};
    }
    const fs::path file = folder_ / "weights.safetensors";
    EXPECT_TRUE(write_safetensors(file, views, {}));
    return *WeightFile::open(file);
  }

  fs::path folder_;
  std::shared_ptr<InferenceRuntime> runtime_;
};

/// What the frozen and optimised graph gives is what the network gives operation by operation.
TEST_F(RuntimeTest, FrozenGraphsAgreeWithPlainExecution) {
  const at::NoGradGuard no_gradient;
  for (const Architecture& architecture :
       {Architecture{Family::torchvision_resnet, 18, 16, 10}, Architecture{Family::torchvision_resnet, 50, 64, 1000},
        Architecture{Family::cifar_resnet, 20, 16, 10}}) {
    const auto network = build_network(architecture);
    ASSERT_TRUE(network);
    const Tensors tensors = random_weights(*network);
    auto loaded = runtime_->load(*network, save(tensors));
    ASSERT_TRUE(loaded) << loaded.error().line();
    const at::Tensor input = at::randn({2, 3, 64, 64});
    const at::Tensor expected = run_eagerly(*network, tensors, input, Mode::evaluate);
    for (int repeat = 0; repeat < 3; ++repeat) {  // the graph is specialised again after its first runs
      const auto logits =
          (*loaded)->logits(std::span(input.data_ptr<float>(), static_cast<std::size_t>(input.numel())), 2, 64, 64);
      ASSERT_TRUE(logits) << logits.error().line();
      const at::Tensor found = at::tensor(*logits).view_as(expected);
      const double scale = expected.abs().max().item<double>();
      EXPECT_LT((found - expected).abs().max().item<double>() / scale, 1e-4);
    }
  }
}

TEST_F(RuntimeTest, WeightsOfAnotherNetworkAreRefused) {
  const auto network = build_network({Family::torchvision_resnet, 18, 8, 10});
  const auto other = build_network({Family::torchvision_resnet, 18, 8, 100});
  const auto loaded = runtime_->load(*other, save(random_weights(*network)));
  ASSERT_FALSE(loaded);
  EXPECT_NE(
      loaded.error().message.find("weights.safetensors: tensor 'fc.bias' has shape [10], this network needs [100]"),
      std::string::npos)
      << loaded.error().message;
}

TEST_F(RuntimeTest, AnInputOfTheWrongSizeIsAnError) {
  const auto network = build_network({Family::torchvision_resnet, 18, 8, 10});
  auto loaded = runtime_->load(*network, save(random_weights(*network)));
  ASSERT_TRUE(loaded);
  EXPECT_FALSE((*loaded)->logits(std::vector<float>(7), 1, 32, 32));
}

TEST_F(RuntimeTest, ThreadsAreWhatWasAsked) {
  runtime_->set_threads(2);
  EXPECT_EQ(runtime_->threads(), 2);
  runtime_->set_threads(1);
  EXPECT_EQ(runtime_->threads(), 1);
}

}  // namespace
}  // namespace cef::model
