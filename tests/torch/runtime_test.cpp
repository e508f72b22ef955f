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

  static at::Tensor run(LoadedModel& model, const at::Tensor& input) {
    const auto logits = model.logits(std::span(input.data_ptr<float>(), static_cast<std::size_t>(input.numel())),
                                     static_cast<std::size_t>(input.size(0)), static_cast<int>(input.size(2)),
                                     static_cast<int>(input.size(3)));
    EXPECT_TRUE(logits) << logits.error().line();
    return logits ? at::tensor(*logits).view({input.size(0), -1}) : at::Tensor();
  }
  static double relative_error(const at::Tensor& found, const at::Tensor& expected) {
    return (found - expected).abs().max().item<double>() / expected.abs().max().item<double>();
  }

  /// What an engine gives is what the network gives operation by operation.
  void expect_agreement(const std::vector<Architecture>& architectures, int height, int width) {
    const at::NoGradGuard no_gradient;
    for (const Architecture& architecture : architectures) {
      const auto network = build_network(architecture);
      ASSERT_TRUE(network);
      const Tensors tensors = random_weights(*network);
      auto loaded = runtime_->load(*network, save(tensors));
      ASSERT_TRUE(loaded) << loaded.error().line();
      for (const int count : {2, 1, 2}) {  // TorchScript specialises its graph again after the first runs
        const at::Tensor input = at::randn({count, 3, height, width});
        const at::Tensor expected = run_eagerly(*network, tensors, input, Mode::evaluate);
        EXPECT_LT(relative_error(run(**loaded, input), expected), 1e-4)
            << to_string(architecture.family) << architecture.depth << " of " << count;
      }
    }
  }
  const std::vector<Architecture> k_each_kind = {{Family::torchvision_resnet, 18, 16, 10},
                                                 {Family::torchvision_resnet, 50, 64, 1000},
                                                 {Family::cifar_resnet, 20, 16, 10},
                                                 {Family::torchvision_efficientnet, 0, 32, 10},
                                                 {Family::torchvision_efficientnet, 3, 40, 10}};

  fs::path folder_;
  std::shared_ptr<InferenceRuntime> runtime_;
};

TEST_F(RuntimeTest, NetworksGiveWhatPlainExecutionGives) {
  expect_agreement(k_each_kind, 64, 64);
  expect_agreement({k_each_kind[0], k_each_kind[2]}, 37, 51);
}

// The same layers run by other kernels where the image is larger; weights are shared between the plans.
TEST_F(RuntimeTest, SizesInAnyOrderAgree) {
  const at::NoGradGuard no_gradient;
  const auto network = build_network({Family::torchvision_resnet, 18, 64, 10});
  const Tensors tensors = random_weights(*network);
  const WeightFile weights = save(tensors);
  for (const auto& sides : {std::vector{32, 150, 224}, std::vector{224, 32, 150}}) {
    auto loaded = runtime_->load(*network, weights);
    ASSERT_TRUE(loaded) << loaded.error().line();
    for (const int side : sides) {
      const at::Tensor input = at::randn({side == 150 ? 3 : 1, 3, side, side + 37});
      const at::Tensor expected = run_eagerly(*network, tensors, input, Mode::evaluate);
      EXPECT_LT(relative_error(run(**loaded, input), expected), 1e-5) << side;
    }
  }
}

/// What a choice counts with is no less than what an engine then takes, and not much more.
TEST_F(RuntimeTest, TheForecastOfMemoryCoversWhatALoadedNetworkHolds) {
  for (const Architecture& architecture : {Architecture{Family::torchvision_resnet, 18, 64, 1000},
                                           {Family::torchvision_resnet, 34, 64, 1000},
                                           {Family::torchvision_resnet, 50, 64, 1000}}) {
    const auto network = build_network(architecture);
    const auto loaded = runtime_->load(*network, save(random_weights(*network)), {Precision::fp32, nullptr, 224, 224});
    ASSERT_TRUE(loaded) << loaded.error().line();
    const auto held = static_cast<std::int64_t>((*loaded)->held().count);
    if (held == 0) {
      GTEST_SKIP() << "this engine does not tell what it holds";
    }
    const std::int64_t forecast =
        network->working_set_bytes(224, 224) + (runtime_->uses_winograd() ? network->winograd_bytes(224, 224) : 0);
    EXPECT_GE(forecast, held) << architecture.depth;
    EXPECT_LE(forecast, held + held / 4) << architecture.depth;
    run(**loaded, at::zeros({4, 3, 224, 224}));
    EXPECT_GT(static_cast<std::int64_t>((*loaded)->held().count), held + held / 16) << "values of a batch";
    run(**loaded, at::zeros({1, 3, 224, 224}));
    EXPECT_LE(static_cast<std::int64_t>((*loaded)->held().count), held + held / 16) << "weights in a second layout";
  }
}

TEST_F(RuntimeTest, NetworksGiveTheSameByTorchScriptAlone) {
  ::setenv("CEF_INFERENCE_ENGINE", "libtorch", 1);
  EXPECT_EQ(runtime_->version().find("oneDNN"), std::string::npos);
  EXPECT_FALSE(runtime_->supports(Precision::int8));
  EXPECT_FALSE(runtime_->uses_winograd());
  expect_agreement({k_each_kind[0], k_each_kind[2], k_each_kind[3]}, 64, 64);
  ::unsetenv("CEF_INFERENCE_ENGINE");
}

/// On random weights, where nothing is trained to bear it, bytes stay within some percent of the exact result.
TEST_F(RuntimeTest, BytesComeNearTheExactResult) {
  if (!runtime_->supports(Precision::int8)) {
    GTEST_SKIP() << "this machine has no fast int8";
  }
  const at::NoGradGuard no_gradient;
  for (const Architecture& architecture : {k_each_kind[0], k_each_kind[1], k_each_kind[2]}) {
    const auto network = build_network(architecture);
    const WeightFile weights = save(random_weights(*network));
    const at::Tensor input = at::randn({8, 3, 64, 64});
    const auto calibration = runtime_->calibrate(
        *network, weights, std::span(input.data_ptr<float>(), std::size_t{8 * 3 * 64 * 64}), 8, 64, 64);
    ASSERT_TRUE(calibration) << calibration.error().line();
    EXPECT_EQ(calibration->images, 8U);
    auto exact = runtime_->load(*network, weights);
    auto bytes = runtime_->load(*network, weights, {Precision::int8, &*calibration, 64, 64});
    ASSERT_TRUE(bytes) << bytes.error().line();
    const double error = relative_error(run(**bytes, input), run(**exact, input));
    EXPECT_LT(error, 0.1) << architecture.depth;
    EXPECT_GT(error, 1e-5) << "it was not computed in bytes";
    // The first and the last layer are fp32, whose sums depend on the order a little: a byte here and there is another.
    EXPECT_LT(relative_error(run(**bytes, input.slice(0, 3, 4).contiguous()), run(**bytes, input).slice(0, 3, 4)), 0.02)
        << "an image's result depends on its neighbours";
  }
}

TEST_F(RuntimeTest, BytesNeedTheCalibrationOfTheirNetwork) {
  if (!runtime_->supports(Precision::int8)) {
    GTEST_SKIP() << "this machine has no fast int8";
  }
  const auto network = build_network({Family::torchvision_resnet, 18, 8, 10});
  const WeightFile weights = save(random_weights(*network));
  const Calibration other{1, std::vector<ValueRange>(3)};
  for (const Calibration* calibration : {static_cast<const Calibration*>(nullptr), &other}) {
    const auto loaded = runtime_->load(*network, weights, {Precision::int8, calibration, 0, 0});
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("int8 needs a calibration of this very network"), std::string::npos);
  }
  EXPECT_FALSE(runtime_->calibrate(*network, weights, {}, 0, 32, 32));
}

TEST_F(RuntimeTest, WhatTheProcessorLacksIsRefused) {
  if (runtime_->supports(Precision::bf16)) {
    GTEST_SKIP() << "this machine has bf16";
  }
  const auto network = build_network({Family::torchvision_resnet, 18, 8, 10});
  const auto loaded = runtime_->load(*network, save(random_weights(*network)), {Precision::bf16, nullptr, 0, 0});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("bf16 is not computed fast by this machine"), std::string::npos);
}

TEST_F(RuntimeTest, Bf16ComesNearTheExactResult) {
  if (!runtime_->supports(Precision::bf16)) {
    GTEST_SKIP() << "this machine's processor has no bf16 instructions";
  }
  for (const Architecture& architecture : k_each_kind) {
    const auto network = build_network(architecture);
    const WeightFile weights = save(random_weights(*network));
    const at::Tensor input = at::randn({2, 3, 64, 64});
    auto exact = runtime_->load(*network, weights);
    auto rounded = runtime_->load(*network, weights, {Precision::bf16, nullptr, 0, 0});
    ASSERT_TRUE(rounded) << rounded.error().line();
    EXPECT_LT(relative_error(run(**rounded, input), run(**exact, input)), 0.05) << architecture.depth;
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
