#include "cef/task/docker_context.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::task {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;

class Context : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-context-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    write("Dockerfile", "FROM scratch\n");
  }
  void TearDown() override { fs::remove_all(root_); }
  fs::path folder() const { return root_ / "in"; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder() / name).parent_path());
    std::ofstream(folder() / name, std::ios::binary) << text;
  }
  std::string archive() const {
    const auto context = DockerContext::scan(folder());
    EXPECT_TRUE(context) << context.error().line();
    std::string all;
    EXPECT_TRUE(context->write([&](std::string_view data) -> core::Result<void> {
      all += data;
      return {};
    }));
    EXPECT_EQ(all.size(), context->size().count) << "docker is told how much will come";
    return all;
  }
  /// What tar makes of it, in the folder "out".
  int unpack(const std::string& archive) const {
    fs::create_directories(root_ / "out");
    std::ofstream(root_ / "a.tar", std::ios::binary) << archive;
    return std::system(("tar -C " + (root_ / "out").string() + " -xf " + (root_ / "a.tar").string()).c_str());
  }
  std::string read(const std::string& name) const {
    std::ifstream file(root_ / "out" / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  fs::path root_;
};

TEST_F(Context, TarReadsItBack) {
  const std::string deep = std::string(90, 'd') + "/" + std::string(120, 'f') + " ü";
  const std::string block(512, 'b');
  write(deep, "deep\n");
  write("block", block);
  write("empty", "");
  write("weights.bin", std::string(700'000, 'w'));
  fs::create_directories(folder() / "nothing inside");
  fs::create_symlink("weights.bin", folder() / "link");
  fs::create_symlink(std::string(150, 'x'), folder() / "dangling");
  ASSERT_EQ(::chmod((folder() / "block").c_str(), 0750), 0);
  ASSERT_EQ(unpack(archive()), 0);
  EXPECT_EQ(read(deep), "deep\n");
  EXPECT_EQ(read("block"), block);
  EXPECT_TRUE(fs::is_empty(root_ / "out" / "empty"));
  EXPECT_EQ(read("link"), std::string(700'000, 'w'));
  EXPECT_EQ(fs::read_symlink(root_ / "out" / "dangling"), std::string(150, 'x'));
  EXPECT_TRUE(fs::is_directory(root_ / "out" / "nothing inside"));
  EXPECT_EQ(static_cast<unsigned>(fs::status(root_ / "out" / "block").permissions()), 0750U);
}

TEST_F(Context, TheSameContentsAreTheSameArchive) {
  write("a", "1");
  const std::string first = archive();
  write("a", "1");
  EXPECT_EQ(archive(), first);
  write("a", "2");
  EXPECT_NE(archive(), first);
}

TEST_F(Context, AnArchiveThatIsCutHasNoDockerfile) {
  write("z", std::string(2000, 'z'));
  const auto context = DockerContext::scan(folder());
  ASSERT_TRUE(context);
  EXPECT_EQ(context->entries().back().name, "Dockerfile");
}

TEST_F(Context, WhatCannotBeSentIsRefused) {
  EXPECT_EQ(DockerContext::scan(folder() / "none").error().message, (folder() / "none").string() + " is not a folder");
  ASSERT_EQ(::mkfifo((folder() / "pipe").c_str(), 0600), 0);
  const auto pipe = DockerContext::scan(folder());
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().code, ErrorCode::usage);
  EXPECT_NE(pipe.error().message.find("pipe is neither a file, a folder nor a link"), std::string::npos);
  fs::remove(folder() / "pipe");
  fs::remove(folder() / "Dockerfile");
  EXPECT_EQ(DockerContext::scan(folder()).error().message, folder().string() + " has no Dockerfile");
}

TEST_F(Context, AFileThatChangesMeanwhileIsAnError) {
  write("data", "1234567890");
  for (const char* text : {"123", "12345678901234567890"}) {
    write("data", "1234567890");
    const auto context = DockerContext::scan(folder());
    write("data", text);
    const auto sent = context->write([](std::string_view) -> core::Result<void> { return {}; });
    ASSERT_FALSE(sent) << text;
    EXPECT_NE(sent.error().message.find("data changed while it was sent"), std::string::npos) << sent.error().message;
  }
  const auto context = DockerContext::scan(folder());
  const auto refused =
      context->write([](std::string_view) -> core::Result<void> { return fail(ErrorCode::unreachable, "link broke"); });
  EXPECT_EQ(refused.error().message, "link broke");
}

}  // namespace
}  // namespace cef::task
