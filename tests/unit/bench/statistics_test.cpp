#include "cef/bench/statistics.hpp"

#include <gtest/gtest.h>

namespace cef::bench {
namespace {

TEST(Quantile, InterpolatesAsNumPyDoes) {
  const std::vector<double> v = {1, 2, 3, 4, 10};
  EXPECT_DOUBLE_EQ(quantile(v, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(v, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(v, 0.9), 7.6);  // numpy.percentile([1, 2, 3, 4, 10], 90)
  EXPECT_DOUBLE_EQ(quantile(v, 0.99), 9.76);
  EXPECT_DOUBLE_EQ(quantile(v, 1), 10);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{7}, 0.99), 7);
}

TEST(Summarise, SortsFirst) {
  const Summary s = summarise({10, 1, 4, 2, 3});
  EXPECT_EQ(s.count, 5U);
  EXPECT_DOUBLE_EQ(s.mean, 4);
  EXPECT_DOUBLE_EQ(s.min, 1);
  EXPECT_DOUBLE_EQ(s.p50, 3);
  EXPECT_DOUBLE_EQ(s.max, 10);
  EXPECT_EQ(summarise({}).count, 0U);
}

TEST(Bootstrap, HoldsTheMeanAndRepeatsForASeed) {
  std::vector<double> values;
  for (int i = 0; i < 50; ++i) {
    values.push_back(0.3 + 0.01 * (i % 7));
  }
  const double mean = summarise(values).mean;
  const Interval a = bootstrap_mean(values, 42);
  const Interval b = bootstrap_mean(values, 42);
  EXPECT_LT(a.low, mean);
  EXPECT_GT(a.high, mean);
  EXPECT_NEAR(a.high - a.low, 2 * 1.96 * 0.02 / 7.07, 0.004);  // 1.96 standard errors each side
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(a.low, bootstrap_mean(values, 43).low);
  EXPECT_EQ(bootstrap_mean({}, 1).high, 0);
}

TEST(BootstrapDifference, AgreesWithTheBootstrapOfTheValues) {
  std::vector<double> values(1000, 0.0);
  std::fill_n(values.begin(), 60, 1.0);
  std::fill_n(values.begin() + 60, 20, -1.0);
  const Interval direct = bootstrap_mean(values, 7);
  const Interval counted = bootstrap_difference(60, 20, 1000, 7);
  EXPECT_NEAR(counted.low, direct.low, 0.004);
  EXPECT_NEAR(counted.high, direct.high, 0.004);
  EXPECT_LT(counted.low, 0.04);
  EXPECT_GT(counted.high, 0.04);
  EXPECT_EQ(bootstrap_difference(0, 0, 1000, 7).high, 0);
  EXPECT_EQ(bootstrap_difference(0, 0, 0, 7).high, 0);
}

}  // namespace
}  // namespace cef::bench
