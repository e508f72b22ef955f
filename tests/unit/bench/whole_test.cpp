#include "cef/bench/whole.hpp"

#include <gtest/gtest.h>

namespace cef::bench {
namespace {

TEST(Whole, WeighsTrialsNotEdgesAndTakesTheWorstVerdict) {
  const EdgeShare one{{"pi-1", {Outcome::pass, {}}}, EdgeShare::Measured{{0.5, 0.5, 0.5}, 2}};
  const EdgeShare two{{"pi-2", {Outcome::fail, {"slow"}}}, EdgeShare::Measured{{0.1}, 4}};
  const Whole whole = sum_up(std::vector{one, two}, 1);
  EXPECT_NEAR(whole.saving_percent, 40, 1e-9);
  EXPECT_NEAR(whole.accuracy_drop_points, 3, 1e-9);
  EXPECT_EQ(whole.verdict.outcome, Outcome::fail);
  EXPECT_EQ(whole.verdict.reasons, std::vector<std::string>{"pi-2: slow"});
}

TEST(Whole, AnEdgeWithoutAResultCountsForTheVerdictOnly) {
  const EdgeShare one{{"pi-1", {Outcome::pass, {}}}, EdgeShare::Measured{{0.5}, 2}};
  const EdgeShare gone{{"pi-2", {Outcome::invalid, {"gone"}}}, std::nullopt};
  const Whole whole = sum_up(std::vector{one, gone}, 1);
  EXPECT_NEAR(whole.accuracy_drop_points, 2, 1e-9);
  EXPECT_EQ(whole.verdict.outcome, Outcome::invalid);
}

TEST(Whole, NoEdgeIsInvalid) {
  EXPECT_EQ(sum_up({}, 1).verdict.outcome, Outcome::invalid);
}

}  // namespace
}  // namespace cef::bench
