#include "cef/operation/edge_profile.hpp"

#include <gmock/gmock.h>

#include "cef/operation/bench.hpp"
#include "fake_edge.hpp"

namespace cef::operation {
namespace {

using select::Candidate;
using select::Seconds;

Candidate candidate(const std::string& name, double accuracy, double milliseconds, bool exact = true) {
  Candidate c;
  c.name = name;
  c.exact = exact;
  c.accuracy_percent = accuracy;
  c.predicted.image = Seconds(milliseconds / 1e3);
  c.predicted.load = Seconds(0.5);
  c.predicted.uncertainty = 0.2;
  c.predicted.threads = 1;
  return c;
}

class ProbeTies : public ::testing::Test {
 protected:
  std::size_t probe(const std::vector<double>& budgets) {
    select::Limits limits;
    limits.images = 10;
    return probe_ties(edge, candidates, limits, budgets).value();
  }

  FakeEdge edge;  // every probe on one thread takes 1 ms, its load 0.25 s
  std::vector<Candidate> candidates = {candidate("best", 97, 4), candidate("a", 96.5, 2),
                                       candidate("b", 96.4, 2.1, false), candidate("quick", 90, 1)};
};

TEST_F(ProbeTies, AreThoseOfEveryBudgetThatIsShown) {
  EXPECT_EQ(probe({10}), 0U);
  EXPECT_EQ(probe({10, 1}), 2U);
  EXPECT_TRUE(candidates[1].predicted.probed);
  EXPECT_TRUE(candidates[2].predicted.probed);
  EXPECT_EQ(candidates[2].predicted.image, Seconds(1e-3));
}

TEST_F(ProbeTies, CorrectTheOthersByWhatTheyShowed) {
  probe({1});
  const auto& quick = candidates[3].predicted;
  EXPECT_FALSE(quick.probed);
  EXPECT_NEAR(quick.image.count(), 0.5e-3, 1e-9);  // "a" took half of what was predicted
  EXPECT_NEAR(quick.load.count(), 0.25, 1e-9);
}

TEST_F(ProbeTies, SayNothingOfOtherNumbersOfThreads) {
  candidates[3].predicted.threads = 4;
  probe({1});
  EXPECT_EQ(candidates[3].predicted.image, Seconds(1e-3));
}

TEST_F(ProbeTies, FindATieThatOnlyFetchingHides) {
  candidates[1].predicted.fetch = Seconds(5);
  EXPECT_EQ(probe({1}), 2U);  // with both on the node
}

TEST(Memory, OfACandidateDependsOnWhetherItsEdgeUsesWinograd) {
  BenchModel model;
  model.memory = core::Bytes{50};
  model.winograd_memory = core::Bytes{40};
  select::DeviceProfile edge;
  EXPECT_EQ(model.memory_on(edge), core::Bytes{50});
  edge.winograd = true;
  EXPECT_EQ(model.memory_on(edge), core::Bytes{90});
}

}  // namespace
}  // namespace cef::operation
