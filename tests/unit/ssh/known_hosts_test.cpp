#include "ssh/known_hosts.hpp"

#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cef::ssh {
namespace {

namespace fs = std::filesystem;

class KnownHostsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-known.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::shared_ptr<KnownHosts> open(const std::string& text) const {
    std::ofstream(folder_ / "known_hosts") << text;
    auto hosts = KnownHosts::open(folder_ / "known_hosts", {});
    EXPECT_TRUE(hosts);
    return *hosts;
  }
  fs::path folder_;
};

constexpr const char* k_type = "ssh-ed25519";

TEST_F(KnownHostsTest, KnowsPlainNamesPortsAndLists) {
  const auto hosts = open("# comment\npi,192.0.2.1 ssh-ed25519 AAAA\n[pi]:2222 ssh-ed25519 BBBB\n");
  EXPECT_EQ(hosts->check("pi", 22, k_type, "AAAA").state, KeyState::known);
  EXPECT_EQ(hosts->check("192.0.2.1", 22, k_type, "AAAA").state, KeyState::known);
  EXPECT_EQ(hosts->check("pi", 2222, k_type, "BBBB").state, KeyState::known);
  EXPECT_EQ(hosts->check("other", 22, k_type, "AAAA").state, KeyState::unknown);
}

TEST_F(KnownHostsTest, TellsWhereTheOldKeyStands) {
  const auto hosts = open("x ssh-ed25519 ZZZZ\npi ssh-ed25519 AAAA\n");
  const KeyCheck check = hosts->check("pi", 22, k_type, "BBBB");
  EXPECT_EQ(check.state, KeyState::changed);
  EXPECT_EQ(check.where, (folder_ / "known_hosts").string() + ":2");
  EXPECT_EQ(check.old_key, "AAAA");
}

TEST_F(KnownHostsTest, AKeyOfAnotherTypeIsNotAChangeButItsTypeIsTold) {
  const auto hosts = open("pi ssh-rsa AAAA\n");
  EXPECT_EQ(hosts->check("pi", 22, k_type, "BBBB").state, KeyState::unknown);
  EXPECT_EQ(hosts->types("pi", 22), std::vector<std::string>{"ssh-rsa"});
}

TEST_F(KnownHostsTest, ARevokedKeyIsRevokedWhateverElseIsKnown) {
  const auto hosts = open("pi ssh-ed25519 AAAA\n@revoked * ssh-ed25519 AAAA\n");
  EXPECT_EQ(hosts->check("pi", 22, k_type, "AAAA").state, KeyState::revoked);
}

TEST_F(KnownHostsTest, ReadsWildcardsAndNegation) {
  const auto hosts = open("*.lab,!bad.lab ssh-ed25519 AAAA\n");
  EXPECT_EQ(hosts->check("a.lab", 22, k_type, "AAAA").state, KeyState::known);
  EXPECT_EQ(hosts->check("bad.lab", 22, k_type, "AAAA").state, KeyState::unknown);
}

TEST_F(KnownHostsTest, ReadsWhatSshKeygenHashed) {
  if (std::system("command -v ssh-keygen >/dev/null") != 0) {
    GTEST_SKIP() << "SKIPPED: ssh-keygen is not installed";
  }
  const std::string key = (folder_ / "key").string();
  const std::string file = (folder_ / "known_hosts").string();
  ASSERT_EQ(std::system(("ssh-keygen -q -t ed25519 -N '' -f " + key + " && { printf 'example.org '; cut -d' ' -f1,2 " +
                         key + ".pub; } >" + file + " && ssh-keygen -q -H -f " + file + " >/dev/null 2>&1")
                            .c_str()),
            0);
  std::ifstream in(file);
  std::string name;
  std::string type;
  std::string base64;
  in >> name >> type >> base64;
  ASSERT_EQ(name.rfind("|1|", 0), 0U);
  const auto hosts = KnownHosts::open(file, {});
  ASSERT_TRUE(hosts);
  EXPECT_EQ((*hosts)->check("example.org", 22, type, base64).state, KeyState::known);
  EXPECT_EQ((*hosts)->check("example.com", 22, type, base64).state, KeyState::unknown);
  EXPECT_EQ((*hosts)->check("example.org", 2222, type, base64).state, KeyState::unknown);
  EXPECT_EQ((*hosts)->types("example.org", 22), std::vector<std::string>{type}) << "also after others were looked up";
  EXPECT_EQ((*hosts)->check("example.org", 22, type, "AAAA").state, KeyState::changed);
}

TEST_F(KnownHostsTest, AddsAHostOnceHoweverManyAskAtOnce) {
  const auto hosts = open("old ssh-ed25519 ZZZZ");  // no newline at the end
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(hosts->add("pi", 2222, k_type, "AAAA")); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::ifstream in(folder_ / "known_hosts");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text, "old ssh-ed25519 ZZZZ\n[pi]:2222 ssh-ed25519 AAAA\n");
  EXPECT_FALSE(hosts->add("pi", 2222, k_type, "BBBB"));
}

TEST_F(KnownHostsTest, MakesFileAndFolderForItsUserAlone) {
  const auto hosts = KnownHosts::open(folder_ / "new" / "known_hosts", {});
  ASSERT_TRUE(hosts);
  ASSERT_TRUE((*hosts)->add("pi", 22, k_type, "AAAA"));
  EXPECT_EQ(fs::status(folder_ / "new" / "known_hosts").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Fingerprint, IsWhatSshKeygenShows) {  // ssh-keygen -lf of this key
  EXPECT_EQ(fingerprint("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
}

}  // namespace
}  // namespace cef::ssh
