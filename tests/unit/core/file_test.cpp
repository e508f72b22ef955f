#include "cef/core/file.hpp"

#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_F(FileTest, APipeIsWrittenToAndNotReplaced) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_TRUE(write_file_atomically(pipe, "hello"));
  char text[8] = {};
  EXPECT_EQ(::read(reader, text, sizeof text), 5);
  EXPECT_STREQ(text, "hello");
  EXPECT_TRUE(fs::is_fifo(pipe));
  ::close(reader);
}

TEST_F(FileTest, WhereStdoutLeadsIsWrittenToAndTheNameStays) {
  const fs::path redirected = folder_ / "redirected";
  const int fd = ::open(redirected.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const fs::path out = folder_ / "out";
  fs::create_symlink("/proc/self/fd/" + std::to_string(fd), out);
  EXPECT_TRUE(write_file_atomically(out, "hello"));
  ::close(fd);
  EXPECT_TRUE(fs::is_symlink(out));
  EXPECT_EQ(*read_file(redirected, 1_MiB), "hello");
}

TEST_F(FileTest, AFolderIsNoTarget) {
  const auto begun = begin_file(folder_);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().message, folder_.string() + ": is a folder; give the name of a file");
  EXPECT_EQ(begin_file("/proc/none/file").error().code, ErrorCode::usage);
  EXPECT_FALSE(*begin_file(""));
  { EXPECT_TRUE(*begin_file(folder_ / "new" / "file")); }
  EXPECT_EQ(files(), 1U) << "the folder, and nothing in it";
  EXPECT_TRUE(fs::is_empty(folder_ / "new"));
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
