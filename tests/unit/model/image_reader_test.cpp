#include "cef/model/image_reader.hpp"

#include <gtest/gtest.h>

#include "image_samples.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

using Bytes = std::vector<std::uint8_t>;
using core::ErrorCode;

constexpr int k_side = 8;
constexpr std::size_t k_values = 3 * k_side * k_side;

/// Image i is grey of level i.
std::shared_ptr<const Dataset> numbered(const test::Folder& folder, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "a/%04zu.png", i);
    folder.write(name,
                 test::png(k_side, k_side, {8, 0, false}, Bytes(k_side * k_side, static_cast<std::uint8_t>(i % 256))));
  }
  auto data = open_dataset("folder:" + folder.path().string());
  return data ? std::make_shared<const Dataset>(std::move(*data)) : nullptr;
}

const Normalisation k_none{{0, 0, 0}, {1, 1, 1}};

void expect_numbers(std::span<const float> values, std::size_t first, std::size_t size = k_values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_FLOAT_EQ(values[i] * 255.0F, static_cast<float>((first + i / size) % 256)) << i;
  }
}

TEST(ImageReader, GivesTheImagesInTheirOrderWhateverTheThreads) {
  const test::Folder folder;
  const auto data = numbered(folder, 100);
  ASSERT_TRUE(data);
  for (const int threads : {1, 3, 8}) {
    ImageReader reader(data, {core::operator""_MiB(1), threads});
    std::vector<float> values(10 * k_values);
    for (std::size_t first = 0; first < 100; first += 10) {
      const auto failed = reader.fetch({first, 10, {}, k_none, 25}, values);
      ASSERT_TRUE(failed) << failed.error().line();
      EXPECT_TRUE(failed->empty());
      expect_numbers(values, first);
    }
  }
}

TEST(ImageReader, KeepsNoMoreThanItsMemory) {
  const test::Folder folder;
  const auto data = numbered(folder, 60);
  ASSERT_TRUE(data);
  for (const std::size_t images : {1U, 7U}) {
    const core::Bytes bound{images * k_values};
    ImageReader reader(data, {bound, 2});
    std::vector<float> values(30 * k_values);
    for (const std::size_t first : {0U, 30U, 5U, 20U}) {
      ASSERT_TRUE(reader.fetch({first, 30, {}, k_none, 30}, values));
      expect_numbers(values, first);
      EXPECT_LE(reader.kept().count, bound.count);
    }
    reader.settle();
    EXPECT_LE(reader.kept().count, bound.count);
  }
}

TEST(ImageReader, ReadsAheadAndKeepsWhatIsAskedForAgain) {
  const test::Folder folder;
  const auto data = numbered(folder, 20);
  ASSERT_TRUE(data);
  ImageReader reader(data, {});
  ASSERT_TRUE(reader.prepare({0, 15, {}, k_none, 0}));
  EXPECT_EQ(reader.kept().count, 15 * k_values);
  std::filesystem::remove_all(folder.path() / "a");
  std::vector<float> values(15 * k_values);
  const auto failed = reader.fetch({0, 15, {}, k_none, 0}, values);
  ASSERT_TRUE(failed && failed->empty()) << "from memory, the files are gone";
  expect_numbers(values, 0);
}

TEST(ImageReader, SettlingEndsReadingAhead) {
  const test::Folder folder;
  const auto data = numbered(folder, 200);
  ASSERT_TRUE(data);
  ImageReader reader(data, {core::operator""_MiB(1), 1});
  std::vector<float> values(k_values);
  ASSERT_TRUE(reader.fetch({0, 1, {}, k_none, 199}, values));
  reader.settle();
  const auto kept = reader.kept();
  EXPECT_GE(kept.count, k_values);
  EXPECT_EQ(reader.kept(), kept);
  ASSERT_TRUE(reader.fetch({100, 1, {}, k_none, 0}, values));
  expect_numbers(values, 100);
}

TEST(ImageReader, EachModelHasItsOwnPreprocessing) {
  const test::Folder folder;
  const auto data = numbered(folder, 10);
  ASSERT_TRUE(data);
  ImageReader reader(data, {});
  for (int round = 0; round < 2; ++round) {
    for (const Preprocessing& how : {Preprocessing{}, Preprocessing{16, 12, Interpolation::bilinear},
                                     Preprocessing{16, 12, Interpolation::bicubic}, Preprocessing{5, 4}}) {
      const std::size_t size = how.crop == 0 ? k_values : static_cast<std::size_t>(3 * how.crop * how.crop);
      std::vector<float> values(4 * size);
      ASSERT_TRUE(reader.fetch({3, 4, how, k_none, 2}, values));
      expect_numbers(values, 3, size);
    }
  }
}

TEST(ImageReader, ImagesThatCannotBeReadAreNamedAndAreZeros) {
  const test::Folder folder;
  numbered(folder, 5);
  folder.write("a/0001.png", "");
  folder.write("a/0002.png", "this is text");
  folder.write("a/0003.png", test::png(k_side, k_side - 1, {8, 0, false}, Bytes(k_side * (k_side - 1), 3)));
  auto opened = open_dataset("folder:" + folder.path().string());
  ASSERT_TRUE(opened);
  opened->height = k_side;
  opened->width = k_side;
  ImageReader reader(std::make_shared<const Dataset>(std::move(*opened)), {});
  std::vector<float> values(5 * k_values, 9.0F);
  const auto failed = reader.fetch({0, 5, {}, k_none, 0}, values);
  ASSERT_TRUE(failed);
  ASSERT_EQ(failed->size(), 3U);
  EXPECT_EQ((*failed)[0].index, 1U);
  EXPECT_NE((*failed)[0].reason.find("a/0001.png: is empty"), std::string::npos) << (*failed)[0].reason;
  EXPECT_NE((*failed)[1].reason.find("is neither JPEG nor PNG"), std::string::npos) << (*failed)[1].reason;
  EXPECT_NE((*failed)[2].reason.find("is 8 x 7, the other images are 8 x 8"), std::string::npos);
  EXPECT_EQ(values[2 * k_values], 0.0F);
  EXPECT_FLOAT_EQ(values[4 * k_values] * 255.0F, 4.0F);
}

TEST(ImageReader, GivesDataSetsInMemoryToo) {
  auto data = open_dataset("embedded");
  ASSERT_TRUE(data);
  const auto shared = std::make_shared<const Dataset>(std::move(*data));
  ImageReader reader(shared, {});
  std::vector<float> values(2 * 3 * 48 * 48);
  ASSERT_TRUE(reader.fetch({7, 2, {256, 224, Interpolation::bilinear}, k_none, 5}, values));
  EXPECT_FLOAT_EQ(values[5] * 255.0F, shared->image(7)[5]);
  EXPECT_EQ(reader.kept().count, 0U);
  EXPECT_EQ(reader.fetch({1999, 2, {}, k_none, 0}, values).error().code, ErrorCode::usage);
  EXPECT_FALSE(reader.fetch({0, 1, {}, k_none, 0}, values)) << "too much room";
}

TEST(ImageReader, MemoryIsBoundByWhatIsFreeOrSaid) {
  Dataset data;
  EXPECT_EQ(ImageReader::memory_for(data, core::operator""_MiB(800)), core::operator""_MiB(100));
  EXPECT_EQ(ImageReader::memory_for(data, core::operator""_MiB(64'000)), core::operator""_MiB(256));
  const test::Folder folder;
  folder.write("a/1.png", test::png(2, 1, {8, 0, false}, {1, 2}));
  const auto said = open_dataset("folder:" + folder.path().string() + "@8?memory=3M");
  ASSERT_TRUE(said) << said.error().line();
  EXPECT_EQ(ImageReader::memory_for(*said, core::operator""_MiB(800)), core::operator""_MiB(3));
  EXPECT_EQ(open_dataset("folder:" + folder.path().string() + "?memory=much").error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace cef::model
