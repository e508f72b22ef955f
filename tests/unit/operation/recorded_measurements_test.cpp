#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>

#include "../../../src/operation/probe_network.hpp"
#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "cef/select/correction.hpp"
#include "cef/select/predictor.hpp"

namespace cef::operation {
namespace {

using select::Seconds;

/// One model of one recorded bench, and what the predictor says of it by the profile of that bench alone.
struct Recorded {
  std::string run;
  std::string name;
  select::Observation seen;
  double uncertainty = 0;
};

Recorded recorded_of(const core::Json& run, const core::Json& model, const select::DeviceProfile& profile) {
  const int size = run["size"].get<int>();
  const int threads = run["threads"].get<int>();
  const auto network =
      model::build_network({model::parse_family(model["family"].get<std::string>()).value(), model["depth"].get<int>(),
                            model["width"].get<int>(), model["classes"].get<int>()});
  EXPECT_TRUE(network);
  const auto layers = layers_of(*network, size, size);
  const auto predicted = select::predict(layers, model["precision"].get<std::string>(), threads, profile);
  EXPECT_TRUE(predicted) << (predicted ? "" : predicted.error().message);
  Recorded recorded;
  recorded.run = run["dataset"].get<std::string>() + " with threads " + std::to_string(threads);
  recorded.name = model["name"].get<std::string>();
  recorded.uncertainty = predicted ? predicted->uncertainty : 0;
  recorded.seen = {"here",
                   recorded.name,
                   model["group"].get<std::string>(),
                   model["precision"].get<std::string>(),
                   threads,
                   predicted ? predicted->image : Seconds(0),
                   Seconds(model["image_seconds"].get<double>()),
                   select::predict_load(layers, profile),
                   Seconds(model["load_seconds"].get<double>()),
                   0};
  return recorded;
}

std::vector<Recorded> recorded() {
  const auto text =
      core::read_file(CEF_SOURCE_DIR "/tests/bench-records/measurements.json", core::Bytes{std::uint64_t{8} << 20U});
  const auto json = text ? core::parse_json(*text, "measurements") : core::fail(text.error());
  EXPECT_TRUE(json);
  std::vector<Recorded> all;
  for (const auto& run : json ? (*json)["runs"] : core::Json::array()) {
    const auto profile = select::profile_of(run["profile"]);
    EXPECT_TRUE(profile) << (profile ? "" : profile.error().message);
    for (const auto& model : run["models"]) {
      all.push_back(recorded_of(run, model, *profile));
    }
  }
  return all;
}

/// How far a prediction is off, as a factor of at least 1.
double factor_off(Seconds predicted, Seconds measured) {
  return std::exp(std::fabs(std::log(predicted / measured)));
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

TEST(RecordedMeasurements, HoldBothKindsOfNetworksAtSeveralNumbersOfThreads) {
  std::set<std::string> runs;
  for (const auto& one : recorded()) {
    runs.insert(one.run);
  }
  EXPECT_GE(runs.size(), 6U);
  EXPECT_GE(recorded().size(), 24U);
}

/// The first forecast on a machine.
TEST(RecordedMeasurements, ArePredictedWithinAFactorOfTwoWithoutHistory) {
  std::vector<double> images;
  std::vector<double> loads;
  for (const auto& one : recorded()) {
    images.push_back(factor_off(one.seen.predicted, one.seen.measured));
    loads.push_back(factor_off(*one.seen.predicted_load, *one.seen.measured_load));
    EXPECT_LT(images.back(), 2.0) << one.run << ", " << one.name;
  }
  ASSERT_FALSE(images.empty());
  EXPECT_LT(quantile(images, 0.5), 1.4);
  // The recorded costs of loading were fitted to wall times, which had met a part of the slowdown: it counts twice
  // here.
  EXPECT_LT(quantile(loads, 0.5), 1.65);
  EXPECT_LT(quantile(loads, 0.9), 2.5);
}

/// A model that never ran here, by what the others of its run taught.
TEST(RecordedMeasurements, ArePredictedBetterByTheOtherModels) {
  const auto all = recorded();
  std::vector<double> corrected;
  std::vector<double> loads;
  for (const auto& left_out : all) {
    std::vector<select::Observation> others;
    for (const auto& one : all) {
      if (one.run == left_out.run && one.name != left_out.name) {
        others.push_back(one.seen);
      }
    }
    const auto& seen = left_out.seen;
    const select::Subject subject{seen.candidate, seen.family, seen.precision, seen.threads};
    const auto image = select::correct_image(others, subject, left_out.uncertainty);
    const auto load = select::correct_load(others, subject, 0.5);
    EXPECT_EQ(image.observations, 0U);
    corrected.push_back(factor_off(seen.predicted * image.value, seen.measured));
    loads.push_back(factor_off(*seen.predicted_load * load.value, *seen.measured_load));
    EXPECT_LT(corrected.back(), 1.7) << left_out.run << ", " << left_out.name;
  }
  ASSERT_FALSE(corrected.empty());
  EXPECT_LT(quantile(corrected, 0.5), 1.15);
  EXPECT_LT(quantile(corrected, 0.9), 1.4);
  EXPECT_LT(quantile(loads, 0.9), 2.0);
}

}  // namespace
}  // namespace cef::operation
