#include "cef/select/policy.hpp"

#include <gmock/gmock.h>

namespace cef::select {
namespace {

using ::testing::HasSubstr;

Candidate candidate(const char* name, double accuracy, double ms, std::uint64_t memory = 1'000'000) {
  return {name, accuracy, AccuracySource::measured, Seconds(ms / 1e3), std::nullopt, core::Bytes{memory}};
}

const std::vector<Candidate> k_family = {candidate("r18", 80.0, 1), candidate("r34", 85.0, 2),
                                         candidate("r50", 88.0, 3), candidate("r101", 90.0, 5),
                                         candidate("r152", 91.0, 8)};

std::string chosen(Policy policy, std::span<const Candidate> candidates, const Limits& limits = {}) {
  const auto choice = choose(policy, candidates, limits);
  return choice ? choice->model : choice.error().message;
}

TEST(Greedy, TakesTheMostAccurate) {
  EXPECT_EQ(chosen(Policy::greedy, k_family), "r152");
}

TEST(Greedy, TakesTheFasterOfEquals) {
  const std::vector<Candidate> equal = {candidate("slow", 90, 5), candidate("fast", 90, 2), candidate("mid", 90, 3)};
  EXPECT_EQ(chosen(Policy::greedy, equal), "fast");
}

TEST(Advanced, TakesTheFastestWithinTheBudget) {
  EXPECT_EQ(chosen(Policy::advanced, k_family, {.accuracy_budget_points = 20, .memory_available = {}}), "r18");
  EXPECT_EQ(chosen(Policy::advanced, k_family), "r34");
  EXPECT_EQ(chosen(Policy::advanced, k_family, {.accuracy_budget_points = 3, .memory_available = {}}), "r50");
  EXPECT_EQ(chosen(Policy::advanced, k_family, {.accuracy_budget_points = 0, .memory_available = {}}), "r152");
}

TEST(Advanced, CountsExactlyTheBudgetAsWithin) {
  const std::vector<Candidate> two = {candidate("big", 93.39, 9), candidate("small", 83.39, 1)};
  EXPECT_EQ(chosen(Policy::advanced, two), "small");
  const std::vector<Candidate> beyond = {candidate("big", 93.39, 9), candidate("small", 83.38, 1)};
  EXPECT_EQ(chosen(Policy::advanced, beyond), "big");
}

TEST(Advanced, TakesOnlyWhatFitsTheMemory) {
  const std::vector<Candidate> two = {candidate("big", 90, 9, 100), candidate("fast", 89, 1, 5000)};
  EXPECT_EQ(chosen(Policy::advanced, two, {.accuracy_budget_points = 10, .memory_available = core::Bytes{1000}}),
            "big");
  EXPECT_THAT(chosen(Policy::advanced, two, {.accuracy_budget_points = 10, .memory_available = core::Bytes{10}}),
              HasSubstr("fits the free memory of 10 B"));
}

TEST(Advanced, TakesTheMoreAccurateOfEquallyFast) {
  const std::vector<Candidate> two = {candidate("a", 88, 2), candidate("b", 90, 2), candidate("c", 89, 2)};
  EXPECT_EQ(chosen(Policy::advanced, two), "b");
}

TEST(Oracle, TakesTheFastestAsMeasured) {
  auto measured = k_family;
  double ms = 10;
  for (auto& c : measured) {
    c.measured = Seconds(ms / 1e3);
    ms -= 1;
  }
  EXPECT_EQ(chosen(Policy::oracle, measured), "r152");
  measured[1].measured.reset();
  EXPECT_THAT(chosen(Policy::oracle, measured), HasSubstr("r34 has none"));
}

TEST(Choose, SaysWhyOfEveryCandidate) {
  auto family = k_family;
  family[2].memory = core::Bytes{2'000'000'000};
  const auto choice =
      choose(Policy::advanced, family, {.accuracy_budget_points = 6, .memory_available = core::Bytes{2'000'000}});
  ASSERT_TRUE(choice);
  ASSERT_EQ(choice->reasons.size(), 5U);
  EXPECT_EQ(choice->model, "r34");
  EXPECT_EQ(choice->reasons[0].text, "accuracy 11.00 points below r152, more than the budget of 6");
  EXPECT_TRUE(choice->reasons[1].chosen);
  EXPECT_EQ(choice->reasons[1].text, "lowest predicted latency within the budget: 2.00 ms");
  EXPECT_FALSE(choice->reasons[2].eligible);
  EXPECT_THAT(choice->reasons[2].text, HasSubstr("of memory"));
  EXPECT_TRUE(choice->reasons[3].eligible);
  EXPECT_EQ(choice->reasons[3].text, "predicted slower: 5.00 ms against 2.00 ms");
}

TEST(Choose, RefusesNoCandidatesAndANegativeBudget) {
  EXPECT_THAT(chosen(Policy::greedy, {}), HasSubstr("no model to choose from"));
  EXPECT_THAT(chosen(Policy::advanced, k_family, {.accuracy_budget_points = -1, .memory_available = {}}),
              HasSubstr("budget is -1"));
}

}  // namespace
}  // namespace cef::select
