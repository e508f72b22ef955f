#include "../../../src/model/histogram.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace cef::model {
namespace {

ValueRange range_of(const std::vector<float>& elements) {
  Histogram histogram;
  histogram.widen(elements);
  histogram.count(elements);
  return histogram.best_range();
}

TEST(Histogram, EvenlySpreadElementsKeepTheirRange) {
  std::vector<float> elements;
  for (int i = 0; i <= 10'000; ++i) {
    elements.push_back(static_cast<float>(i) / 1000);
  }
  EXPECT_EQ(range_of(elements), (ValueRange{0, 10}));
  for (float& e : elements) {
    e -= 5;
  }
  EXPECT_EQ(range_of(elements), (ValueRange{-5, 5}));
}

TEST(Histogram, ALonelyOutlierIsClipped) {
  std::vector<float> elements;
  for (int i = 0; i < 1'000'000; ++i) {
    elements.push_back(std::fabs(std::sin(static_cast<float>(i))));
  }
  elements.push_back(4);
  const ValueRange range = range_of(elements);
  EXPECT_GE(range.high, 1);
  EXPECT_LT(range.high, 2);
}

TEST(Histogram, NothingIsAnEmptyRange) {
  EXPECT_EQ(range_of({}), (ValueRange{0, 0}));
  EXPECT_EQ(range_of({0, 0}), (ValueRange{0, 0}));
}

}  // namespace
}  // namespace cef::model
