#include "cef/store/measurements.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

namespace cef::store {
namespace {

namespace fs = std::filesystem;
using select::Observation;
using select::Seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class MeasurementsFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    file = folder / "state" / "measurements.db";
  }
  void TearDown() override {
    std::error_code ignored;
    fs::permissions(folder, fs::perms::owner_all, ignored);
    fs::remove_all(folder, ignored);
  }
  static Observation observation(const char* device, const char* candidate, double measured, std::int64_t time = 0) {
    Observation o;
    o.device = device;
    o.candidate = candidate;
    o.family = "family";
    o.precision = "fp32";
    o.threads = 2;
    o.predicted = Seconds(0.001);
    o.measured = Seconds(measured);
    o.time = time;
    return o;
  }
  fs::path folder;
  fs::path file;
};

TEST_F(MeasurementsFile, GivesBackWhatWasAddedToADevice) {
  auto store = Measurements::open(file);
  ASSERT_TRUE(store) << store.error().message;
  std::vector<Observation> two = {observation("pi-1", "a", 0.5, 7), observation("pi-2", "a", 0.25)};
  two[0].predicted_load = Seconds(0.1);
  two[0].measured_load = Seconds(0.2);
  ASSERT_TRUE(store->add(two));
  const auto again = Measurements::open(file)->of("pi-1");
  ASSERT_TRUE(again);
  ASSERT_THAT(*again, SizeIs(1));
  EXPECT_EQ(again->front().measured.count(), 0.5);
  EXPECT_EQ(again->front().measured_load->count(), 0.2);
  EXPECT_EQ(again->front().threads, 2);
  EXPECT_EQ(again->front().time, 7);
  EXPECT_FALSE(Measurements::open(file)->of("pi-2")->front().measured_load);
}

TEST_F(MeasurementsFile, KeepsTheNewestOfEachCandidate) {
  auto store = Measurements::open(file);
  ASSERT_TRUE(store);
  for (std::size_t i = 0; i < Measurements::k_kept_observations + 10; ++i) {
    const auto one = observation("pi-1", "a", static_cast<double>(i + 1));
    ASSERT_TRUE(store->add(std::span(&one, 1)));
  }
  const auto other = observation("pi-1", "b", 1);
  ASSERT_TRUE(store->add(std::span(&other, 1)));
  const auto all = store->of("pi-1");
  ASSERT_THAT(*all, SizeIs(Measurements::k_kept_observations + 1));
  EXPECT_EQ(all->front().measured.count(), 11);
}

TEST_F(MeasurementsFile, SeveralWritersLoseNothing) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      auto store = Measurements::open(file);
      for (int i = 0; store && i < 10; ++i) {
        const auto one = observation("pi-1", std::to_string(writer).c_str(), 1);
        EXPECT_TRUE(store->add(std::span(&one, 1)));
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  EXPECT_THAT(*Measurements::open(file)->of("pi-1"), SizeIs(40));
}

TEST_F(MeasurementsFile, MovesADamagedFileAsideAndSaysSo) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << std::string(5000, 'x');
  auto store = Measurements::open(file);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_THAT(store->note(), HasSubstr("measurements.db.damaged-1"));
  EXPECT_TRUE(fs::exists(file.string() + ".damaged-1"));
  EXPECT_TRUE(store->of("pi-1")->empty());
  EXPECT_EQ(Measurements::open(file)->note(), "");
}

TEST_F(MeasurementsFile, MovesAFileAsideThatIsDamagedInside) {
  {
    auto store = Measurements::open(file);
    ASSERT_TRUE(store);
    for (int i = 0; i < 40; ++i) {
      const auto one = observation(std::string(500, 'd').c_str(), std::to_string(i).c_str(), 1);
      ASSERT_TRUE(store->add(std::span(&one, 1)));
    }
  }
  ASSERT_GT(fs::file_size(file), 12'000U);
  std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(4096);
  damaged << std::string(8000, '\xAA');
  damaged.close();
  auto store = Measurements::open(file);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_THAT(store->note(), HasSubstr("damaged-1"));
}

TEST_F(MeasurementsFile, SaysThatItCannotBeWritten) {
  if (::geteuid() == 0) {
    std::ofstream(folder / "state") << "a file where the folder should be";
  } else {
    fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  }
  const auto store = Measurements::open(file);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("measurements.db"));
}

TEST_F(MeasurementsFile, KeepsATextByDeviceKindAndKey) {
  auto store = Measurements::open(file);
  ASSERT_TRUE(store->keep("pi-1", "layers", "v1", {"old", 5}));
  ASSERT_TRUE(store->keep("pi-1", "layers", "v1", {"new", 6}));
  const auto found = store->kept("pi-1", "layers", "v1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->text, "new");
  EXPECT_EQ((*found)->time, 6);
  EXPECT_FALSE(*store->kept("pi-1", "layers", "v2"));
  EXPECT_FALSE(*store->kept("pi-2", "layers", "v1"));
}

}  // namespace
}  // namespace cef::store
