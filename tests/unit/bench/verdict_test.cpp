#include "cef/bench/verdict.hpp"

#include <gmock/gmock.h>

namespace cef::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Evidence good() {
  Evidence evidence;
  evidence.baseline_model = "r152";
  evidence.advanced_model = "r34";
  evidence.baseline = {910, 1000, 0};
  evidence.advanced = {850, 1000, 0};
  evidence.comparison.accuracy_drop_points = 6;
  evidence.comparison.saving_percent = 45;
  evidence.trials = 20;
  evidence.elapsed_seconds = 10;
  return evidence;
}

Verdict verdict(const Evidence& evidence) {
  return judge(evidence, {}, {});
}

TEST(Judge, PassesWhatMeetsBothThresholds) {
  EXPECT_EQ(verdict(good()).outcome, Outcome::pass);
  EXPECT_THAT(verdict(good()).reasons, IsEmpty());
  Evidence edge = good();
  edge.comparison.accuracy_drop_points = 10;
  edge.comparison.saving_percent = 20;
  EXPECT_EQ(verdict(edge).outcome, Outcome::pass);
}

TEST(Judge, FailsWithTheThresholdThatWasMissed) {
  Evidence evidence = good();
  evidence.comparison.accuracy_drop_points = 10.01;
  EXPECT_EQ(verdict(evidence).outcome, Outcome::fail);
  EXPECT_THAT(verdict(evidence).reasons, ElementsAre("accuracy falls by 10.01 points, at most 10 are allowed"));
  evidence = good();
  evidence.comparison.saving_percent = 19.9;
  EXPECT_THAT(verdict(evidence).reasons, ElementsAre("latency saving is 19.9 %, at least 20 % is required"));
  EXPECT_EQ(judge(evidence, {}, {.max_accuracy_drop_points = 10, .min_saving_percent = 15}).outcome, Outcome::pass);
}

TEST(Judge, FailsWhenBothChoseTheSame) {
  Evidence evidence = good();
  evidence.advanced_model = "r152";
  evidence.comparison.saving_percent = 0;
  EXPECT_EQ(verdict(evidence).outcome, Outcome::fail);
  EXPECT_THAT(verdict(evidence).reasons, ElementsAre(HasSubstr("both policies chose r152"), HasSubstr("0.0 %")));
}

TEST(Judge, IsInvalidWithAReasonThatSaysWhatToChange) {
  const auto reason = [](auto change) {
    Evidence evidence = good();
    change(evidence);
    EXPECT_EQ(verdict(evidence).outcome, Outcome::invalid);
    return verdict(evidence).reasons.empty() ? std::string() : verdict(evidence).reasons.front();
  };
  EXPECT_THAT(reason([](Evidence& e) { e.failed_images = 3; }), HasSubstr("failed on 3 images"));
  EXPECT_THAT(reason([](Evidence& e) { e.advanced.failed = 2; }), HasSubstr("failed on 2 images"));
  EXPECT_THAT(reason([](Evidence& e) { e.trials = 19; }), HasSubstr("raise --max-seconds"));
  EXPECT_THAT(reason([](Evidence& e) { e.elapsed_seconds = 9; }), HasSubstr("lower --min-seconds"));
  EXPECT_THAT(reason([](Evidence& e) { e.other_choices = 1; }), HasSubstr("free memory"));
  EXPECT_THAT(reason([](Evidence& e) { e.interrupted = true; }), HasSubstr("interrupted"));
  EXPECT_THAT(reason([](Evidence& e) { e.baseline.images = 0; }), HasSubstr("--images"));
  EXPECT_THAT(reason([](Evidence& e) { e.changed = {"the link changed"}; }), HasSubstr("the link changed"));
}

TEST(Judge, WantsAllColdTrialsForTheColdState) {
  Evidence evidence = good();
  evidence.trials = 3;
  evidence.elapsed_seconds = 1;
  TrialSettings settings;
  settings.state = State::cold;
  EXPECT_EQ(judge(evidence, settings, {}).outcome, Outcome::pass);
  evidence.trials = 2;
  EXPECT_THAT(judge(evidence, settings, {}).reasons, ElementsAre(HasSubstr("2 cold trials of each model, 3 are")));
  settings.cold_trials = 0;
  EXPECT_EQ(judge(evidence, settings, {}).outcome, Outcome::invalid);
}

TEST(JudgeAll, IsTheWorstAndNamesTheEdge) {
  const NamedVerdict pass{"pi-1", {Outcome::pass, {}}};
  const NamedVerdict fail{"pi-2", {Outcome::fail, {"slow"}}};
  const NamedVerdict invalid{"pi-3", {Outcome::invalid, {"off"}}};
  EXPECT_EQ(judge_all(std::vector{pass, pass}).outcome, Outcome::pass);
  EXPECT_EQ(judge_all(std::vector{pass, fail}).outcome, Outcome::fail);
  EXPECT_EQ(judge_all(std::vector{invalid, fail, pass}).outcome, Outcome::invalid);
  EXPECT_THAT(judge_all(std::vector{invalid, fail}).reasons, ElementsAre("pi-3: off", "pi-2: slow"));
  const NamedVerdict named{"pi-4", {Outcome::invalid, {"pi-4: connection refused"}}};
  EXPECT_THAT(judge_all(std::vector{named}).reasons, ElementsAre("pi-4: connection refused"));
  EXPECT_EQ(judge_all({}).outcome, Outcome::invalid);
}

TEST(SavingsOf, IsPairByPair) {
  std::vector<StepTimes> baseline(2);
  std::vector<StepTimes> advanced(2);
  baseline[0].total = Seconds(4);
  advanced[0].total = Seconds(1);
  baseline[1].total = Seconds(2);
  advanced[1].total = Seconds(3);
  EXPECT_THAT(savings_of(baseline, advanced), ElementsAre(0.75, -0.5));
}

}  // namespace
}  // namespace cef::bench
