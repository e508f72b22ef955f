#include "cef/select/predictor.hpp"

#include <gtest/gtest.h>

namespace cef::select {
namespace {

const DeviceProfile k_device{2, Seconds(20e-6), Seconds(1e-10), 1e10};

Sample sample(double operations, double macs, double bytes) {
  const Work work{operations, macs, bytes};
  return {work, predict(work, k_device)};
}

TEST(Predict, AddsOperationsMacsAndBytes) {
  EXPECT_DOUBLE_EQ(predict({50, 1e8, 1e7}, k_device).count(), 50 * 20e-6 + 0.01 + 0.001);
  EXPECT_DOUBLE_EQ(predict({50, 1e8, 1e7}, {1, Seconds(20e-6), Seconds(1e-10), 0}).count(), 0.011);
}

TEST(FitProfile, FindsTheDeviceThatMadeTheSamples) {
  const std::vector<Sample> samples = {sample(20, 1e7, 1e6), sample(20, 4e7, 3e6), sample(60, 2e7, 1e6)};
  const auto profile = fit_profile(samples, 1e10, 2);
  ASSERT_TRUE(profile);
  EXPECT_NEAR(profile->per_operation.count(), 20e-6, 1e-9);
  EXPECT_NEAR(profile->per_mac.count(), 1e-10, 1e-14);
  EXPECT_EQ(profile->threads, 2);
}

TEST(FitProfile, IsNeverNegative) {
  // The larger network was faster: noise must not give a negative cost.
  const std::vector<Sample> noisy = {{{20, 1e7, 0}, Seconds(2e-3)}, {{20, 2e7, 0}, Seconds(1.5e-3)}};
  const auto flat = fit_profile(noisy, 0, 1);
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->per_mac.count(), 0);
  EXPECT_GT(flat->per_operation.count(), 0);
  const std::vector<Sample> steep = {{{20, 1e7, 0}, Seconds(1e-3)}, {{20, 2e7, 0}, Seconds(5e-3)}};
  const auto rate_only = fit_profile(steep, 0, 1);
  ASSERT_TRUE(rate_only);
  EXPECT_EQ(rate_only->per_operation.count(), 0);
  EXPECT_GT(rate_only->per_mac.count(), 0);
}

TEST(FitProfile, RefusesSamplesThatSayNothing) {
  EXPECT_FALSE(fit_profile(std::vector<Sample>{sample(20, 1e7, 0)}, 0, 1));
  EXPECT_FALSE(fit_profile(std::vector<Sample>{sample(20, 1e7, 0), sample(40, 2e7, 0)}, 0, 1));
  EXPECT_FALSE(fit_profile(std::vector<Sample>{{{20, 1e7, 0}, Seconds(0)}, sample(40, 1e7, 0)}, 0, 1));
}

}  // namespace
}  // namespace cef::select
