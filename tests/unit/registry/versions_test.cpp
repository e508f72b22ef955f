#include <gtest/gtest.h>

#include "cef/registry/repository.hpp"

namespace cef::registry {
namespace {

TEST(CompareVersions, FollowsTheNaturalOrder) {
  const std::vector<std::string> order = {"0.9",     "1.0~~a",  "1.0~rc1", "1.0-alpha", "1.0-beta2",
                                          "1.0-rc1", "1.0-rc2", "1.0",     "1.0-x",     "1.0-1",
                                          "1.0.0",   "1.0.1",   "1.2",     "1.9",       "1.010",
                                          "1.11",    "2",       "10",      "20240101",  "99999999999999999999999"};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      const int got = compare_versions(order[i], order[j]);
      EXPECT_EQ(got < 0, i < j) << order[i] << " " << order[j];
      EXPECT_EQ(got == 0, i == j) << order[i] << " " << order[j];
    }
  }
}

TEST(CompareVersions, TakesALeadingV) {
  EXPECT_LT(compare_versions("v1.9", "1.10"), 0);
  EXPECT_GT(compare_versions("v2", "1.10"), 0);
  EXPECT_NE(compare_versions("v1", "1"), 0);  // two names: one of them is first, always
  EXPECT_EQ(compare_versions("v1", "1") < 0, compare_versions("1", "v1") > 0);
}

Bundle bundle(const std::string& name, const std::string& version, const std::string& architecture = "any") {
  Bundle made;
  made.info = {name, version, "", architecture};
  made.sha256 = std::string(64, '0');
  made.source_sha256 = std::string(64, '1');
  return made;
}

class FindBundle : public testing::Test {
 protected:
  void expect(const std::string& wanted, const std::string& architecture, const std::string& version,
              const std::string& of) const {
    const auto found = find_bundle(bundles_, wanted, architecture);
    ASSERT_TRUE(found) << found.error().line();
    EXPECT_EQ(found->info.version, version);
    EXPECT_EQ(found->info.architecture, of);
  }
  void expect_none(const std::string& wanted, const std::string& architecture, const std::string& message) const {
    const auto found = find_bundle(bundles_, wanted, architecture);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, core::ErrorCode::usage);
    EXPECT_EQ(found.error().message, message);
  }
  const std::vector<Bundle> bundles_ = {
      bundle("yolo", "1.9"),           bundle("yolo", "1.10"),    bundle("yolo", "1.10", "arm64"),
      bundle("yolo", "1.11", "arm64"), bundle("yolo", "2.0-rc1"), bundle("yolo", "1.2"),
      bundle("resnet", "1", "amd64"),
  };
};

TEST_F(FindBundle, GivesTheNewestThatFits) {
  expect("yolo", "amd64", "2.0-rc1", "any");
  expect("yolo@1.10", "arm64", "1.10", "arm64");
  expect("yolo@1.10", "amd64", "1.10", "any");
  expect("yolo@1.10", "", "1.10", "any");
  expect("yolo@1.11", "arm64", "1.11", "arm64");
  expect("resnet", "", "1", "amd64");
}

TEST_F(FindBundle, SaysWhatThereIs) {
  expect_none("yoloo", "", "there is no model 'yoloo' in the repository; did you mean 'yolo'?");
  expect_none("bert", "", "there is no model 'bert' in the repository");
  expect_none("yolo@7", "amd64", "'yolo' has no version '7'; there are 1.9, 1.10, 2.0-rc1, 1.2");
  expect_none("yolo@1.11", "amd64", "'yolo@1.11' is in the repository, but not for the architecture amd64");
  expect_none("resnet", "arm64", "'resnet' is in the repository, but not for the architecture arm64");
  expect_none("yolo@", "", "'yolo@' names no model: NAME or NAME@VERSION is expected");
  expect_none("@1", "", "'@1' names no model: NAME or NAME@VERSION is expected");
}

}  // namespace
}  // namespace cef::registry
