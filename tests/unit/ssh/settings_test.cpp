#include "ssh/settings.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::ssh {
namespace {

namespace fs = std::filesystem;

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-settings.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] core::Result<Settings> settle_with(const std::string& config, const Target& target) const {
    std::ofstream(folder_ / "config") << config;
    const auto read = ConfigFile::read(folder_ / "config");
    return read ? settle(target, *read) : core::Result<Settings>(core::fail(read.error()));
  }
  static Target target() {
    Target t;
    t.name = "pi";
    t.address = "pi.lab";
    return t;
  }
  fs::path folder_;
};

TEST_F(SettingsTest, AllWhoAskAtOnceAreTheSameUser) {
  const auto ask_at_once = [&] {
    static_cast<void>(::setuid(65534));  // nobody, where that may be: a user whose line is not the first one
    const auto config = ConfigFile::read("/none");
    const std::string first = settle(target(), *config)->user;
    std::atomic<int> others{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
          for (int k = 0; k < 2000; ++k) {
            others += settle(target(), *config)->user == first ? 0 : 1;
          }
        });
      }
    }
    std::_Exit(others == 0 ? 0 : 1);
  };
  EXPECT_EXIT(ask_at_once(), testing::ExitedWithCode(0), "");
}

TEST_F(SettingsTest, TheInventoryWinsOverTheConfiguration) {
  Target t = target();
  t.port = 2222;
  const auto settings = settle_with("Host pi.lab\n  Port 1\n  User other\n  HostName 192.0.2.9\n", t);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->port, 2222);
  EXPECT_EQ(settings->user, "other");
  EXPECT_EQ(settings->address, "192.0.2.9");
}

TEST_F(SettingsTest, TheFirstValueWinsAndNegatedPatternsExclude) {
  const auto settings = settle_with(
      "Host *.lab !pi.lab\n  User wrong\nHost pi.*\n  User=right\n  IdentityFile \"/a b\"\nHost *\n  User late\n  "
      "IdentityFile /c\n  Port 24\n",
      target());
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->user, "right");
  EXPECT_EQ(settings->port, 24);
  EXPECT_EQ(settings->identity_files, (std::vector<fs::path>{"/a b", "/c"}));
}

TEST_F(SettingsTest, IncludesAreReadAndOtherMatchesArePassedOver) {
  std::ofstream(folder_ / "more") << "Host pi.lab\n  User included\n";
  const auto settings = settle_with("Match user x\n  User wrong\nHost *\nInclude more\n", target());
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->user, "included");
}

TEST_F(SettingsTest, ArgumentsOfTheInventoryWinOverTheConfiguration) {
  Target t = target();
  t.ssh_options = "-o User=a -p 2201 -J jump@gate:2200,second -o 'UserKnownHostsFile=/k h' -i/key";
  const auto settings = settle_with("Host *\n  User b\n  ProxyJump none\n", t);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->user, "a");
  EXPECT_EQ(settings->port, 2201);
  EXPECT_EQ(settings->jumps, (std::vector<std::string>{"jump@gate:2200", "second"}));
  EXPECT_EQ(settings->identity_files, std::vector<fs::path>{"/key"});
}

TEST_F(SettingsTest, WhatIsNotSupportedIsRefusedByName) {
  Target t = target();
  t.ssh_options = "-W x:1";
  EXPECT_NE(settle_with("", t).error().message.find("'-W' in ansible_ssh_common_args is not supported"),
            std::string::npos);
  EXPECT_NE(
      settle_with("Host *\n  ProxyCommand nc %h %p\n", target()).error().message.find("ProxyCommand is not supported"),
      std::string::npos);
  EXPECT_NE(settle_with("Host *\n  Port x\n", target()).error().message.find("'x' is not a port"), std::string::npos);
  EXPECT_NE(settle_with("Host *\n  HostName -oX\n", target()).error().message.find("is not a host name"),
            std::string::npos);
}

TEST_F(SettingsTest, AJumpHasItsOwnUserAndPort) {
  std::ofstream(folder_ / "config") << "Host gate\n  HostName 192.0.2.7\n  User config\n";
  const auto config = ConfigFile::read(folder_ / "config");
  const auto hop = settle_jump("me@gate:2200", target(), *config);
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->address, "192.0.2.7");
  EXPECT_EQ(hop->user, "me");
  EXPECT_EQ(hop->port, 2200);
  EXPECT_EQ(settle_jump("gate", target(), *config)->user, "config");
}

}  // namespace
}  // namespace cef::ssh
