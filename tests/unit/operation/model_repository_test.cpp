#include "../../../src/operation/model_repository.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "cef/core/shell.hpp"
#include "cef/registry/repository.hpp"
#include "cef/registry/serve.hpp"

namespace cef::operation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A repository on loopback that holds "net@1" with one weight file, and a node's store.
class FromRepository : public ::testing::Test {
 protected:
  FromRepository() : store(folder_of_this_test() / "node") {
    EXPECT_TRUE(store.lock());
    model.name = "net:int8";
    model.digest = core::sha256("weights");
  }
  ~FromRepository() override { fs::remove_all(folder); }

  fs::path folder_of_this_test() {
    std::string name = (fs::temp_directory_path() / "cef-source-XXXXXX").string();
    return folder = ::mkdtemp(name.data());
  }
  void add(const std::string& content, const registry::BundleInfo& info = {"net", "1", "", ""}) {
    fs::create_directories(folder / "in");
    std::ofstream(folder / "in" / "README.md") << "a network";
    std::ofstream(folder / "in" / "net.safetensors", std::ios::binary) << content;
    const std::string tar = (folder / "net-1.tar").string();
    ASSERT_EQ(std::system(
                  core::shell_join({"tar", "-C", (folder / "in").string(), "-cf", tar, "README.md", "net.safetensors"})
                      .c_str()),
              0);
    auto repository = registry::ModelRepository::init(folder / "repository");
    ASSERT_TRUE(repository);
    registry::AddOptions options;
    options.given = info;
    const auto added = repository->add(tar, options, {});
    ASSERT_TRUE(added) << added.error().line();
    server.emplace(registry::ServeOptions{folder / "repository", "127.0.0.1", 0, {}});
    const auto port = server->start();
    ASSERT_TRUE(port);
    url = "http://127.0.0.1:" + std::to_string(*port);
  }
  core::Error refused() {
    const auto source = RepositorySource::open(url, {model});
    if (!source) {
      return source.error();
    }
    const auto fetched = source->fetch(model, store, {});
    return fetched ? core::Error{} : fetched.error();
  }

  fs::path folder;
  ModelStore store;
  RunnerModel model;
  std::optional<registry::RepositoryServer> server;
  std::string url;
};

TEST_F(FromRepository, TakesTheWeightsOutOfTheBundle) {
  add("weights");
  const auto source = RepositorySource::open(url, {model});
  ASSERT_TRUE(source) << source.error().line();
  const auto bytes = source->fetch(model, store, {});
  ASSERT_TRUE(bytes) << bytes.error().line();
  EXPECT_GT(*bytes, 1024U);
  EXPECT_TRUE(store.checked(model.digest));
  EXPECT_EQ(core::read_file(store.path(model.digest), core::Bytes{100}).value(), "weights");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "node"), {}), 2);  // the lock and the model
}

TEST_F(FromRepository, TellsHowADownloadGoes) {
  add(std::string(300'000, 'w'));
  const auto source = RepositorySource::open(url, {model});
  ASSERT_TRUE(source);
  const auto link = source->link(store, {});
  ASSERT_TRUE(link) << link.error().line();
  ASSERT_TRUE(*link);
  EXPECT_GT((*link)->bytes_per_second, 0);
  ASSERT_FALSE((*link)->arrivals.empty());
  EXPECT_GT((*link)->arrivals.back().bytes, 300e3);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "node"), {}), 1);  // the lock
}

TEST(LinkFrom, TakesTheRateOfTheLaterHalf) {
  std::vector<select::Arrival> slow_start;
  double bytes = 0;
  for (int trip = 0; trip < 6; ++trip) {
    bytes += 1e4 * (1 << trip);
    slow_start.push_back({bytes, select::Seconds(0.2 + 0.1 * trip)});
  }
  for (int i = 1; i <= 20; ++i) {
    slow_start.push_back({bytes + 1e5 * i, select::Seconds(0.7 + 0.1 * i)});
  }
  const auto link = link_from(slow_start);
  ASSERT_TRUE(link);
  EXPECT_NEAR(link->bytes_per_second, 1e6, 1);
  EXPECT_NEAR(link->round_trip.count(), 0.1, 1e-9);
  EXPECT_LT(link->arrivals.size(), 26U);
  EXPECT_EQ(link->arrivals.front().bytes, 1e4);
  EXPECT_EQ(link->arrivals.back().bytes, slow_start.back().bytes);
  EXPECT_NEAR(link_from({{5e4, select::Seconds(0.05)}})->bytes_per_second, 1e6, 1);
  EXPECT_FALSE(link_from({}));
}

TEST_F(FromRepository, RefusesABundleOfOtherWeights) {
  add("others");
  const auto error = refused();
  EXPECT_EQ(error.code, core::ErrorCode::integrity);
  EXPECT_THAT(error.line(), HasSubstr("holds no file with digest"));
  EXPECT_FALSE(store.has(model.digest));
}

TEST_F(FromRepository, RefusesADamagedBundle) {
  add("weights");
  for (const auto& entry : fs::directory_iterator(folder / "repository" / "blobs" / "sha256")) {
    std::fstream(entry.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(600).write("XYZ", 3);
  }
  EXPECT_EQ(refused().code, core::ErrorCode::integrity);
}

TEST_F(FromRepository, RefusesAnotherTaskAndArchitecture) {
  add("weights", {"net", "1", "detection", ""});
  EXPECT_THAT(refused().message, HasSubstr("for the task 'detection'"));
  server.reset();
  fs::remove_all(folder / "repository");
  add("weights", {"net", "1", "classification", "any"});
  EXPECT_EQ(refused().message, "");
}

TEST_F(FromRepository, SaysWhatItDoesNotHave) {
  add("weights");
  model.name = "nett";
  EXPECT_EQ(refused().code, core::ErrorCode::usage);
  EXPECT_THAT(refused().line(), HasSubstr("nett"));
}

TEST_F(FromRepository, SaysThatItIsDown) {
  add("weights");
  const auto source = RepositorySource::open(url, {model});
  ASSERT_TRUE(source);
  server.reset();
  const auto fetched = source->fetch(model, store, {});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, core::ErrorCode::host_failed) << "the node that fetches was reached";
  EXPECT_THAT(fetched.error().line(), HasSubstr("model repository: " + url));
  EXPECT_EQ(refused().code, core::ErrorCode::host_failed);
  EXPECT_THAT(refused().line(), HasSubstr("model repository: " + url + "/index.json: "));
  EXPECT_THAT(refused().line(), HasSubstr("see that a repository is served there"));
}

}  // namespace
}  // namespace cef::operation
