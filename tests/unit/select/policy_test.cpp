#include "cef/select/policy.hpp"

#include <gmock/gmock.h>

namespace cef::select {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Candidate candidate(const char* name, double accuracy, double ms, std::uint64_t memory = 1'000'000) {
  Forecast predicted;
  predicted.image = Seconds(ms / 1e3);
  return {name, true, accuracy, AccuracySource::measured, predicted, std::nullopt, core::Bytes{memory}};
}

const std::vector<Candidate> k_family = {candidate("r18", 80.0, 1), candidate("r34", 85.0, 2),
                                         candidate("r50", 88.0, 3), candidate("r101", 90.0, 5),
                                         candidate("r152", 91.0, 8)};

Limits budget(double points, std::optional<core::Bytes> memory = std::nullopt) {
  Limits limits;
  limits.accuracy_budget_points = points;
  limits.memory_available = memory;
  return limits;
}

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
  EXPECT_EQ(chosen(Policy::advanced, k_family, budget(20)), "r18");
  EXPECT_EQ(chosen(Policy::advanced, k_family), "r34");
  EXPECT_EQ(chosen(Policy::advanced, k_family, budget(3)), "r50");
  EXPECT_EQ(chosen(Policy::advanced, k_family, budget(0)), "r152");
}

TEST(Advanced, CountsExactlyTheBudgetAsWithin) {
  const std::vector<Candidate> two = {candidate("big", 93.39, 9), candidate("small", 83.39, 1)};
  EXPECT_EQ(chosen(Policy::advanced, two), "small");
  const std::vector<Candidate> beyond = {candidate("big", 93.39, 9), candidate("small", 83.38, 1)};
  EXPECT_EQ(chosen(Policy::advanced, beyond), "big");
}

TEST(Advanced, TakesOnlyWhatFitsTheMemory) {
  const std::vector<Candidate> two = {candidate("big", 90, 9, 100), candidate("fast", 89, 1, 5000)};
  EXPECT_EQ(chosen(Policy::advanced, two, budget(10, core::Bytes{1000})), "big");
  EXPECT_THAT(chosen(Policy::advanced, two, budget(10, core::Bytes{10})), HasSubstr("fits the free memory of 10 B"));
}

TEST(Advanced, TakesTheMoreAccurateOfEquallyFast) {
  const std::vector<Candidate> two = {candidate("a", 88, 2), candidate("b", 90, 2), candidate("c", 89, 2)};
  EXPECT_EQ(chosen(Policy::advanced, two), "b");
}

TEST(Advanced, WeighsFetchAndLoadAgainstTheImagesOfATrial) {
  std::vector<Candidate> two = {candidate("big", 90, 4), candidate("small", 89, 5)};
  two[0].predicted.fetch = Seconds(2);
  two[1].predicted.fetch = Seconds(1);
  Limits limits;
  EXPECT_EQ(chosen(Policy::advanced, two, limits), "small");
  limits.images = 2000;  // 8 s + 2 s against 10 s + 1 s
  EXPECT_EQ(chosen(Policy::advanced, two, limits), "big");
}

TEST(Greedy, TakesAnExactModel) {
  std::vector<Candidate> two = {candidate("r18:int8", 90.2, 1), candidate("r18", 90, 2)};
  two[0].exact = false;
  EXPECT_EQ(chosen(Policy::greedy, two), "r18");
  EXPECT_EQ(chosen(Policy::advanced, two), "r18:int8");
  Limits exact;
  exact.exact_only = true;
  EXPECT_EQ(chosen(Policy::advanced, two, exact), "r18");
  two.pop_back();
  EXPECT_THAT(chosen(Policy::greedy, two), HasSubstr("no exact model is offered"));
}

TEST(Fastest, IgnoresAccuracyButNotMemory) {
  std::vector<Candidate> three = {candidate("big", 90, 9), candidate("mid", 60, 5),
                                  candidate("tiny", 10, 1, 5'000'000)};
  EXPECT_EQ(chosen(Policy::fastest, three), "tiny");
  EXPECT_EQ(chosen(Policy::fastest, three, budget(0, core::Bytes{2'000'000})), "mid");
}

TEST(Explain, NamesTheStepThatTakesLongest) {
  Forecast forecast;
  forecast.image = Seconds(0.002);
  EXPECT_EQ(explain(forecast, 10), "20.0 ms");
  forecast.fetch = Seconds(3.1);
  forecast.load = Seconds(0.28);
  EXPECT_EQ(explain(forecast, 10), "3.40 s, of which fetch 3.10 s");
  forecast.link_bytes_per_second = 2.5e6;
  EXPECT_EQ(explain(forecast, 10), "3.40 s, of which fetch 3.10 s at 20 Mbit/s");
  EXPECT_EQ(explain(forecast, 10'000), "23.38 s, of which inference 20.00 s");
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
  const auto choice = choose(Policy::advanced, family, budget(6, core::Bytes{2'000'000}));
  ASSERT_TRUE(choice);
  ASSERT_EQ(choice->reasons.size(), 5U);
  EXPECT_EQ(choice->model, "r34");
  EXPECT_EQ(choice->reasons[0].text, "accuracy 11.00 points below r152, more than the budget of 6");
  EXPECT_TRUE(choice->reasons[1].chosen);
  EXPECT_EQ(choice->reasons[1].text, "lowest predicted time within the budget: 2.00 ms");
  EXPECT_FALSE(choice->reasons[2].eligible);
  EXPECT_THAT(choice->reasons[2].text, HasSubstr("of memory"));
  EXPECT_TRUE(choice->reasons[3].eligible);
  EXPECT_EQ(choice->reasons[3].text, "predicted slower: 5.00 ms against 2.00 ms");
}

TEST(Choose, RefusesNoCandidatesAndANegativeBudget) {
  EXPECT_THAT(chosen(Policy::greedy, {}), HasSubstr("no model to choose from"));
  EXPECT_THAT(chosen(Policy::advanced, k_family, budget(-1)), HasSubstr("budget is -1"));
}

/// As in a trial of ten images.
std::vector<std::size_t> ties(std::vector<Candidate> candidates, double uncertainty, std::size_t most = 4,
                              double points = 10) {
  for (auto& c : candidates) {
    c.predicted.uncertainty = uncertainty;
  }
  Limits limits = budget(points, core::Bytes{2'000'000});
  limits.images = 10;
  return near_ties(candidates, limits, most);
}

TEST(NearTies, AreThoseThatTheUncertaintyDoesNotTellApart) {
  const std::vector<Candidate> close = {candidate("a", 90, 1.1), candidate("b", 90, 1), candidate("c", 90, 2)};
  EXPECT_THAT(ties(close, 0.1), ElementsAre(1, 0));  // 1 ms apart; two deviations of the difference are 3 ms
  EXPECT_THAT(ties(close, 0.03), IsEmpty());         // 0.9 ms
  EXPECT_THAT(ties(close, 0.3), ElementsAre(1, 0, 2));
  EXPECT_THAT(ties(close, 0.3, 2), ElementsAre(1, 0));
}

TEST(NearTies, AreNotWorthAProbeForLessThanFivePerCent) {
  const std::vector<Candidate> close = {candidate("a", 90, 1.01), candidate("b", 90, 1)};
  EXPECT_THAT(ties(close, 0.01), IsEmpty());
  EXPECT_THAT(ties(close, 0.03), ElementsAre(1, 0));
}

TEST(NearTies, CountWhatIsNotKnownOfLoading) {
  std::vector<Candidate> two = {candidate("a", 90, 1), candidate("b", 90, 1)};
  two[0].predicted.load = two[1].predicted.load = Seconds(0.01);
  two[1].predicted.load += Seconds(0.004);
  EXPECT_THAT(ties(two, 0.01), IsEmpty());
  two[0].predicted.load_uncertainty = two[1].predicted.load_uncertainty = 0.5;
  EXPECT_THAT(ties(two, 0.01), ElementsAre(0, 1));
}

TEST(NearTies, AreOnlyAmongThoseThatAdvancedMayTake) {
  const std::vector<Candidate> four = {candidate("best", 91, 1.05), candidate("worse", 70, 1),
                                       candidate("large", 90, 1.0, 3'000'000), candidate("good", 89, 1)};
  EXPECT_THAT(ties(four, 0.1), ElementsAre(3, 0));
  EXPECT_THAT(ties(four, 0.1, 4, 1), IsEmpty());  // alone is no tie
  EXPECT_THAT(ties(four, 0.1, 4, 30), ElementsAre(1, 3, 0));
  EXPECT_THAT(ties({}, 0.1), IsEmpty());
}

TEST(NearTies, CountFetchAndLoadWithoutTheUncertaintyOfInference) {
  std::vector<Candidate> two = {candidate("a", 90, 1.1), candidate("b", 90, 1)};
  two[0].predicted.fetch = Seconds(0.005);
  EXPECT_THAT(ties(two, 0.1), IsEmpty());
  two[1].predicted.load = Seconds(0.005);
  EXPECT_THAT(ties(two, 0.1), ElementsAre(1, 0));
}

}  // namespace
}  // namespace cef::select
