#include "cef/core/file.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "cef/core/digest.hpp"

namespace cef::core {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-file.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  fs::path folder_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  const fs::path target = folder_ / "new" / "file";
  ASSERT_TRUE(write_file_atomically(target, "hello", 0600));
  EXPECT_EQ(*read_file(target, 1_MiB), "hello");
  EXPECT_EQ(fs::status(target).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(*sha256_file(target), sha256("hello"));
}

TEST_F(FileTest, NothingAppearsWithoutACommit) {
  {
    auto file = AtomicFile::create(folder_ / "target");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(FileTest, ALargeFileIsRefusedBeforeItIsRead) {
  const fs::path big = folder_ / "big";
  std::ofstream(big).close();
  fs::resize_file(big, std::uintmax_t{10} << 30U);  // sparse
  const auto text = read_file(big, 1_MiB);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, big.string() + ": is 10.0 GiB, larger than the limit of 1.0 MiB");
}

TEST_F(FileTest, ReadsFilesThatSayTheyAreEmpty) {
  EXPECT_FALSE(read_file("/proc/self/status", 1_MiB)->empty());
}

TEST_F(FileTest, WhatIsNoFileIsRefused) {
  EXPECT_EQ(read_file(folder_, 1_MiB).error().code, ErrorCode::usage);
  EXPECT_EQ(read_file(folder_ / "none", 1_MiB).error().code, ErrorCode::usage);
  EXPECT_FALSE(MappedFile::open("/dev/zero"));
}

TEST_F(FileTest, MapsAFile) {
  ASSERT_TRUE(write_file_atomically(folder_ / "f", "abc"));
  auto mapped = MappedFile::open(folder_ / "f");
  ASSERT_TRUE(mapped);
  const MappedFile moved = std::move(*mapped);
  EXPECT_EQ(moved.bytes().size(), 3U);
  EXPECT_EQ(static_cast<char>(moved.bytes()[1]), 'b');
}

}  // namespace
}  // namespace cef::core
