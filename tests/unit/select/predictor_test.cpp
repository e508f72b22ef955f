#include "cef/select/predictor.hpp"

#include <gmock/gmock.h>

namespace cef::select {
namespace {

using ::testing::HasSubstr;

Layer convolution(double channels, double size) {
  return {LayerKind::convolution,
          3,
          9 * channels * channels * size * size,
          4 * channels * (9 * channels + 1),
          4 * channels * size * size,
          4 * channels * size * size};
}

/// One thread does 1e9 multiply-accumulates a second, four do 2.5e9.
DeviceProfile device() {
  DeviceProfile profile;
  profile.copy_bytes_per_second = 1e10;
  profile.threads = {{1, Seconds(10e-6), 1.0}, {4, Seconds(20e-6), 1.0}};
  for (const double channels : {16.0, 32.0, 64.0}) {
    const Layer layer = convolution(channels, 512 / channels);
    profile.layers.push_back({layer, "fp32", 1, Seconds(layer.macs / 1e9)});
    profile.layers.push_back({layer, "fp32", 4, Seconds(layer.macs / 2.5e9)});
  }
  return profile;
}

TEST(PredictLayer, GivesATimedLayerItsTime) {
  const auto profile = device();
  const auto layer = predict_layer(profile.layers[2].layer, "fp32", 1, profile);
  EXPECT_EQ(layer.time, profile.layers[2].time);
  EXPECT_EQ(layer.distance, 0);
}

TEST(PredictLayer, GoesByTheNearestOnes) {
  const auto profile = device();
  const Layer between = convolution(48, 16);
  const auto layer = predict_layer(between, "fp32", 1, profile);
  EXPECT_NEAR(layer.time.count(), between.macs / 1e9, 0.3 * between.macs / 1e9);
  EXPECT_GT(layer.distance, 0);
  const auto far = predict_layer(convolution(512, 100), "fp32", 1, profile);
  EXPECT_GT(far.distance, layer.distance);
}

TEST(Predict, AddsLayersAndTheCallAndTakesTheBestThreads) {
  const auto profile = device();
  const std::vector<Layer> layers(10, profile.layers[0].layer);
  const auto all = predict(layers, "fp32", 0, profile);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->threads, 4);
  EXPECT_NEAR(all->image.count(), 20e-6 + 10 * layers[0].macs / 2.5e9, 1e-9);
  EXPECT_NEAR(predict(layers, "fp32", 1, profile)->image.count(), 10e-6 + 10 * layers[0].macs / 1e9, 1e-9);
}

TEST(Predict, SlowsDownByWhatTheQuotaAndOthersTake) {
  auto profile = device();
  profile.threads[1].slowdown = 4;  // a quota of one core: four threads gain nothing
  const std::vector<Layer> layers(10, profile.layers[0].layer);
  EXPECT_EQ(predict(layers, "fp32", 0, profile)->threads, 1);
  profile.threads[0].slowdown = 2;
  EXPECT_NEAR(predict(layers, "fp32", 1, profile)->image.count(), 2 * (10e-6 + 10 * layers[0].macs / 1e9), 1e-9);
}

TEST(Predict, IsLessSureOfLayersThatWereNotTimed) {
  const auto profile = device();
  const std::vector<Layer> timed(10, profile.layers[0].layer);
  const std::vector<Layer> strange(10, convolution(300, 7));
  EXPECT_LT(predict(timed, "fp32", 1, profile)->uncertainty, predict(strange, "fp32", 1, profile)->uncertainty);
}

TEST(Predict, RefusesWhatTheProfileDoesNotHave) {
  const auto profile = device();
  const std::vector<Layer> layers(1, profile.layers[0].layer);
  EXPECT_THAT(predict(layers, "fp32", 3, profile).error().message, HasSubstr("no times with 3 threads"));
  EXPECT_THAT(predict(layers, "int8", 0, profile).error().message, HasSubstr("no layer timed at int8"));
}

TEST(PredictLoad, CountsLayersAndBytes) {
  auto profile = device();
  profile.load = {Seconds(0.01), Seconds(0.001), Seconds(2e-5), 1e8};
  const std::vector<Layer> layers(10, profile.layers[0].layer);
  EXPECT_NEAR(predict_load(layers, profile).count(), 0.022 + 10 * layers[0].weight_bytes / 1e8, 1e-9);
}

TEST(PredictLoad, CountsCodeForDifferentLayersOnce) {
  auto profile = device();
  profile.load = {Seconds(0.01), Seconds(0), Seconds(0), 0, Seconds(0.002)};
  std::vector<Layer> layers(10, profile.layers[0].layer);
  layers.push_back(profile.layers[2].layer);
  EXPECT_EQ(distinct_layers(layers), 2U);
  EXPECT_NEAR(predict_load(layers, profile).count(), 0.014, 1e-9);
}

TimedLoad timed_load(double layers, double distinct, double megabytes, double factor = 1) {
  return {layers, distinct, megabytes * 1e6,
          Seconds(factor * (0.001 + 1e-4 * layers + 5e-4 * distinct + megabytes / 500))};
}

std::vector<TimedLoad> timed_loads() {
  std::vector<TimedLoad> loads;
  for (const double layers : {2.0, 4.0, 14.0, 44.0, 110.0}) {
    for (const double megabytes : {0.01, 0.5, 4.0}) {
      loads.push_back(timed_load(layers, std::min(layers, 3 + layers / 20), megabytes));
    }
  }
  return loads;
}

double relative_error(const LoadCost& cost, const TimedLoad& load) {
  const double predicted = cost.fixed.count() + cost.per_layer.count() * load.layers +
                           cost.per_layer_squared.count() * load.layers * load.layers +
                           cost.per_distinct.count() * load.distinct + load.bytes / cost.bytes_per_second;
  return std::abs(predicted / load.time.count() - 1);
}

TEST(FitLoads, FindsWhatALoadCosts) {
  const auto cost = fit_loads(timed_loads());
  EXPECT_LT(relative_error(cost, timed_load(152, 30, 20)), 0.15);
  EXPECT_LT(relative_error(cost, timed_load(20, 6, 1)), 0.1);
}

TEST(FitLoads, IsNotLedAstrayByLoadsThatWereDisturbed) {
  auto loads = timed_loads();
  loads[1].time *= 20;
  loads[6].time *= 5;
  loads[14].time *= 4;
  EXPECT_LT(relative_error(fit_loads(loads), timed_load(152, 30, 20)), 0.3);
}

TEST(FitLoads, NeverGivesANegativeCost) {
  const std::vector<TimedLoad> falling = {{2, 2, 1e6, Seconds(0.01)}, {50, 20, 2e6, Seconds(0.001)}};
  const auto cost = fit_loads(falling);
  for (const Seconds part : {cost.fixed, cost.per_layer, cost.per_layer_squared, cost.per_distinct}) {
    EXPECT_GE(part.count(), 0);
  }
  EXPECT_GT(cost.bytes_per_second, 0);
  EXPECT_EQ(fit_loads({}).fixed.count(), 0);
}

TEST(PredictFetch, IsSizeOverRateAndRoundTrips) {
  auto profile = device();
  EXPECT_EQ(predict_fetch(1e6, profile).count(), 0);
  profile.link = Link{2.5e5, Seconds(0.1), {}};
  EXPECT_NEAR(predict_fetch(1e6, profile).count(), 4.3, 1e-9);
}

TEST(PredictFetch, FollowsTheDownloadThatWasSeen) {
  auto profile = device();
  // 80 ms there and back: the window doubles until the link is full.
  profile.link = Link{2e7, Seconds(0.08), {{14e3, Seconds(0.16)}, {42e3, Seconds(0.24)}, {98e3, Seconds(0.32)}}};
  EXPECT_NEAR(predict_fetch(1e3, profile).count(), 0.16, 1e-9);
  EXPECT_NEAR(predict_fetch(28e3, profile).count(), 0.20, 1e-9);
  EXPECT_NEAR(predict_fetch(98e3, profile).count(), 0.32, 1e-9);
  EXPECT_NEAR(predict_fetch(98e3 + 2e7, profile).count(), 1.32, 1e-9);
}

}  // namespace
}  // namespace cef::select
