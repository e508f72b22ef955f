#include "cef/select/correction.hpp"

#include <gtest/gtest.h>

namespace cef::select {
namespace {

Observation observation(const char* candidate, const char* family, double ratio) {
  Observation o;
  o.device = "pi-1";
  o.candidate = candidate;
  o.family = family;
  o.precision = "fp32";
  o.predicted = Seconds(0.01);
  o.measured = Seconds(0.01 * ratio);
  return o;
}

const Subject k_r18{"r18", "resnet", "fp32", 1};

TEST(Correct, ChangesNothingWithoutHistory) {
  const auto factor = correct_image({}, k_r18, 0.1);
  EXPECT_EQ(factor.value, 1);
  EXPECT_NEAR(factor.uncertainty, 0.127, 0.01);
  EXPECT_EQ(factor.observations, 0U);
}

TEST(Correct, FollowsTheCandidateItself) {
  const std::vector<Observation> seen = {observation("r18", "resnet", 1.5), observation("r18", "resnet", 1.5),
                                         observation("r50", "resnet", 1.0)};
  const auto factor = correct_image(seen, k_r18, 0.2);
  EXPECT_NEAR(factor.value, 1.45, 0.08);
  EXPECT_LT(factor.uncertainty, 0.05);
  EXPECT_EQ(factor.observations, 2U);
}

TEST(Correct, LearnsFromOthersOfTheFamilyAndOfTheDevice) {
  const std::vector<Observation> family = {observation("r50", "resnet", 1.5), observation("r34", "resnet", 1.5)};
  const auto near = correct_image(family, k_r18, 0.2);
  EXPECT_GT(near.value, 1.35);
  const std::vector<Observation> device = {observation("b0", "efficientnet", 1.5),
                                           observation("b1", "efficientnet", 1.5)};
  const auto far = correct_image(device, k_r18, 0.2);
  EXPECT_GT(far.value, 1.15);
  EXPECT_LT(far.value, near.value);
  EXPECT_GT(far.uncertainty, near.uncertainty);
}

TEST(Correct, TellsThreadsAndPrecisionsApart) {
  auto other = observation("r18", "resnet", 2.0);
  other.threads = 4;
  const auto factor = correct_image(std::vector<Observation>{other}, k_r18, 0.1);
  EXPECT_EQ(factor.observations, 0U);
  EXPECT_LT(factor.value, 1.5);
}

TEST(Correct, TheNewestCountWhereThereAreMany) {
  std::vector<Observation> seen;
  for (int i = 0; i < 40; ++i) {
    seen.push_back(observation("r18", "resnet", i < 20 ? 3.0 : 1.0));
    seen.back().time = i;
  }
  EXPECT_NEAR(correct_image(seen, k_r18, 0.2).value, 1.0, 0.15);
}

TEST(Correct, LoadsHaveTheirOwn) {
  auto o = observation("r18", "resnet", 1.0);
  EXPECT_EQ(correct_load(std::vector<Observation>{o}, k_r18, 0.5).observations, 0U);
  o.predicted_load = Seconds(0.1);
  o.measured_load = Seconds(0.3);
  const auto factor = correct_load(std::vector<Observation>{o}, k_r18, 0.5);
  EXPECT_GT(factor.value, 2.3);
  EXPECT_EQ(factor.observations, 1U);
}

}  // namespace
}  // namespace cef::select
