#include "sandbox.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

namespace fs = std::filesystem;

TEST(Sandboxes, AreLeftAsTheyWereEntered) {
  const auto mounts = fs::read_symlink("/proc/thread-self/ns/mnt");
  const auto names = fs::read_symlink("/proc/thread-self/ns/uts");
  const auto folder = fs::current_path();
  {
    const Sandbox sandbox;
    if (!sandbox.entered()) {
      GTEST_SKIP() << "mount namespaces are made: run as root where unshare is allowed";
    }
    EXPECT_NE(fs::read_symlink("/proc/thread-self/ns/mnt"), mounts);
    std::ofstream("/etc/cef-in-a-sandbox") << "x";
    EXPECT_TRUE(fs::exists("/etc/cef-in-a-sandbox"));
  }
  EXPECT_EQ(fs::read_symlink("/proc/thread-self/ns/mnt"), mounts);
  EXPECT_EQ(fs::read_symlink("/proc/thread-self/ns/uts"), names);
  EXPECT_EQ(fs::current_path(), folder);
  EXPECT_FALSE(fs::exists("/etc/cef-in-a-sandbox"));
}

}  // namespace
}  // namespace cef::modules
