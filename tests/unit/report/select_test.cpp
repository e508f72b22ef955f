#include "cef/report/select.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

namespace cef::report {
namespace {

using select::Seconds;
using ::testing::HasSubstr;

/// Compares with a file in tests/golden. With CEF_UPDATE_GOLDEN=1 in the environment it is written instead.
void expect_golden(const char* name, const std::string& actual) {
  const std::string path = std::string(CEF_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << actual;
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), actual);
}

select::Candidate candidate(const char* name, double accuracy, double image, double fetch, bool exact) {
  select::Candidate c{
      name, exact, accuracy, select::AccuracySource::measured, {}, std::nullopt, core::Bytes{1'200'000}};
  c.predicted.fetch = Seconds(fetch);
  c.predicted.load = Seconds(0.05);
  c.predicted.image = c.predicted.image_by_layers = Seconds(image);
  c.predicted.fixed = Seconds(0.002);
  c.predicted.uncertainty = 0.08;
  c.predicted.link_bytes_per_second = 2.5e6;
  c.predicted.threads = 4;
  return c;
}

std::vector<select::Choice> choices(const std::vector<select::Candidate>& candidates) {
  select::Limits limits;
  limits.images = 20;
  select::Limits exact = limits;
  exact.exact_only = true;
  return {*select::choose(select::Policy::greedy, candidates, limits),
          *select::choose(select::Policy::advanced, candidates, limits),
          *select::choose(select::Policy::advanced, candidates, exact),
          *select::choose(select::Policy::fastest, candidates, limits)};
}

operation::BenchEdge chosen_edge() {
  operation::BenchEdge edge;
  edge.name = "pi-1";
  edge.connection = "ssh";
  edge.environment.emplace();
  edge.environment->cores = 4;
  select::DeviceProfile profile;
  profile.threads = {{4, Seconds(2e-5), 1.5}};
  profile.layers.resize(12);
  profile.memory_available = core::Bytes{3'000'000'000};
  profile.busy_cores = 0.5;
  profile.usable_cores = 1.5;
  profile.link = select::Link{2.5e6, Seconds(0.02), {}};
  edge.profile = profile;
  edge.profile_time = Seconds(2.5);
  edge.images_per_trial = 20;
  edge.probed = 2;
  edge.candidates = {candidate("resnet20", 91.73, 0.002, 0.5, true),
                     candidate("resnet20:int8", 91.5, 0.001, 0.9, false),
                     candidate("resnet56", 93.39, 0.005, 1.4, true)};
  auto there = edge.candidates;
  for (auto& c : there) {
    c.predicted.fetch = c.predicted.load = Seconds(0);
  }
  edge.choices = operation::EdgeChoices{choices(edge.candidates), choices(there)};
  return edge;
}

operation::BenchResult result() {
  operation::BenchResult r;
  r.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600));
  r.elapsed = Seconds(3.25);
  r.options.repository = "http://control:8080";
  operation::BenchEdge lost;
  lost.name = "pi-2";
  lost.connection = "ssh";
  lost.error = core::Error{core::ErrorCode::unreachable, "pi-2: connection refused", {}};
  r.edges = {chosen_edge(), lost};
  return r;
}

TEST(SelectJson, KeepsItsKeys) {
  expect_golden("select.json", core::dump_document(select_json(result())) + "\n");
}

TEST(SelectText, ExplainsTheChoiceOfTheStateAskedFor) {
  auto r = result();
  expect_golden("select.txt", select_text(r, {}));
  r.options.trials.state = bench::State::cold;
  const std::string text = select_text(r, {});
  EXPECT_THAT(text, HasSubstr("nothing on the node"));
  EXPECT_THAT(text, HasSubstr("fetch 500.0 ms at 20 Mbit/s"));
  EXPECT_THAT(text, HasSubstr("no choice: pi-2: connection refused"));
}

}  // namespace
}  // namespace cef::report
