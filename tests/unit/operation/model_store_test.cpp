#include "../../../src/operation/model_store.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

namespace cef::operation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Store : public ::testing::Test {
 protected:
  Store() {
    std::string name = (fs::temp_directory_path() / "cef-store-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    source = folder / "source";
    write(source, "weights");
  }
  ~Store() override { fs::remove_all(folder); }
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

  fs::path folder;
  fs::path source;
  const std::string digest = core::sha256("weights");
  core::StopToken stop;
};

TEST_F(Store, KeepsACopyUnderItsDigest) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  EXPECT_FALSE(store.has(digest));
  ASSERT_TRUE(store.copy_in(source, digest, stop));
  EXPECT_TRUE(store.checked(digest));
  EXPECT_TRUE(store.has(digest));
  EXPECT_EQ(core::read_file(store.path(digest), core::Bytes{100}).value(), "weights");
  ASSERT_TRUE(store.remove(digest));
  EXPECT_FALSE(store.has(digest));
  EXPECT_FALSE(fs::exists(store.path(digest)));
}

TEST_F(Store, PutsBackWhatWasSetAside) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  ASSERT_TRUE(store.set_aside(digest));  // nothing there
  ASSERT_TRUE(store.copy_in(source, digest, stop));
  ASSERT_TRUE(store.set_aside(digest));
  EXPECT_FALSE(store.has(digest));
  store.take_back(digest);
  EXPECT_TRUE(store.checked(digest));
  ASSERT_TRUE(store.set_aside(digest));
  store.unlock();
  EXPECT_TRUE(store.has(digest));
  EXPECT_EQ(core::read_file(store.path(digest), core::Bytes{100}).value(), "weights");
}

TEST_F(Store, DoesNotPutBackWhatWasChangedMeanwhile) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  ASSERT_TRUE(store.copy_in(source, digest, stop));
  ASSERT_TRUE(store.set_aside(digest));
  write(folder / "models" / (digest + ".aside"), "changed");
  store.take_back(digest);
  EXPECT_FALSE(store.has(digest));
  EXPECT_FALSE(fs::exists(folder / "models" / (digest + ".aside")));
}

TEST_F(Store, RefusesAFileThatIsAnother) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  write(source, "changed");
  const auto copied = store.copy_in(source, digest, stop);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, core::ErrorCode::integrity);
  EXPECT_FALSE(fs::exists(store.path(digest)));
}

TEST_F(Store, FindsWhatAnEarlierRunLeftAndReadsItOnce) {
  {
    ModelStore store(folder / "models");
    ASSERT_TRUE(store.lock());
    ASSERT_TRUE(store.copy_in(source, digest, stop));
  }
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  EXPECT_FALSE(store.checked(digest));
  EXPECT_TRUE(store.has(digest));
  EXPECT_TRUE(store.checked(digest));
}

TEST_F(Store, NoticesAFileThatWasChangedMeanwhileAndRemovesIt) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  ASSERT_TRUE(store.copy_in(source, digest, stop));
  write(store.path(digest), "damaged");
  EXPECT_FALSE(store.checked(digest));
  EXPECT_FALSE(store.has(digest));
  EXPECT_FALSE(fs::exists(store.path(digest)));
}

TEST_F(Store, IsForOneBenchAtATime) {
  ModelStore one(folder / "models");
  ModelStore other(folder / "models");
  ASSERT_TRUE(one.lock());
  const auto refused = other.lock();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("another bench runs"));
  one.unlock();
  EXPECT_TRUE(other.lock());
}

TEST_F(Store, RemovesWhatWasLeftHalfDone) {
  fs::create_directories(folder / "models");
  write(folder / "models" / (digest + ".a1b2c3"), "half");
  write(folder / "models" / digest, "weights");
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  EXPECT_FALSE(fs::exists(folder / "models" / (digest + ".a1b2c3")));
  EXPECT_TRUE(store.has(digest));
}

TEST_F(Store, SaysWhenThereIsNoRoom) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  const auto room = store.need_room(std::uint64_t{1} << 60U);
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().message, HasSubstr("make room on the node"));
}

TEST_F(Store, TakesPiecesUntilTheLast) {
  ModelStore store(folder / "models");
  ASSERT_TRUE(store.lock());
  auto incoming = IncomingModel::create(store, digest, 7);
  ASSERT_TRUE(incoming);
  ASSERT_TRUE(incoming->add("weig"));
  EXPECT_FALSE(incoming->complete());
  EXPECT_FALSE(store.has(digest));
  ASSERT_TRUE(incoming->add("hts"));
  EXPECT_TRUE(incoming->complete());
  EXPECT_TRUE(store.checked(digest));
  auto more = IncomingModel::create(store, digest, 3);
  ASSERT_TRUE(more);
  EXPECT_FALSE(more->add("weights"));
}

}  // namespace
}  // namespace cef::operation
