#include <cmath>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "report/svg.hpp"

namespace cef::report {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Axis, LinearTicksAreRound) {
  const Axis axis = Axis::linear(0, 603, 0, 300, 5);
  EXPECT_THAT(axis.ticks(), ElementsAre(0, 200, 400, 600));
  EXPECT_DOUBLE_EQ(axis.at(301.5), 150);
}

TEST(Axis, LogarithmicTicksAreOneTwoFive) {
  const Axis axis = Axis::logarithmic(0.9, 60, 0, 500);
  EXPECT_THAT(axis.ticks(), ElementsAre(1, 2, 5, 10, 20, 50));
  EXPECT_DOUBLE_EQ(axis.at(0.9), 0);
  EXPECT_DOUBLE_EQ(axis.at(60), 500);
}

TEST(Axis, ANarrowLogarithmicOneHasTicksToo) {
  const Axis axis = Axis::logarithmic(0.024, 0.039, 0, 400);
  EXPECT_THAT(axis.ticks(), ElementsAre(DoubleNear(0.025, 1e-9), DoubleNear(0.03, 1e-9), DoubleNear(0.035, 1e-9)));
}

TEST(Axis, ExtremesEndAndStayDrawable) {
  for (const auto& [from, to] :
       std::vector<std::pair<double, double>>{{0, 0}, {1e-300, 1e300}, {1e300, 1e300}, {5, 1}}) {
    const Axis linear = Axis::linear(from, to, 0, 100, 5);
    const Axis logarithmic = Axis::logarithmic(from, to, 0, 100);
    EXPECT_LT(linear.ticks().size() + logarithmic.ticks().size(), 100U);
    EXPECT_LE(std::abs(logarithmic.at(to)), 300);
  }
}

TEST(Svg, ShortensNamesByWholeCharacters) {
  EXPECT_EQ(shortened("resnet18", 200), "resnet18");
  EXPECT_EQ(shortened("모델모델모델모델", 60), "모델모…");
  EXPECT_EQ(shortened("resnet18", 0), "…");
}

TEST(Svg, EscapesTextAndTitles) {
  Svg svg("x", 10, 10, "a<b", "c&\"d");
  svg.text(1, 2, "start", "<script>");
  EXPECT_THAT(svg.str(), ::testing::HasSubstr(">a&lt;b</title>"));
  EXPECT_THAT(svg.str(), ::testing::HasSubstr(">c&amp;&quot;d</desc>"));
  EXPECT_THAT(svg.str(), ::testing::HasSubstr(">&lt;script&gt;</text>"));
}

}  // namespace
}  // namespace cef::report
