#include "ssh/key_ring.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace cef::ssh {
namespace {

class KeyRingTest : public testing::Test {
 protected:
  KeyRingTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cef-keys-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~KeyRingTest() override { std::filesystem::remove_all(folder_); }

  /// Writes a new key aside, renames it, and gives its public half.
  std::string write_key() {
    ssh_key raw = nullptr;
    EXPECT_EQ(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &raw), SSH_OK);
    const KeyPointer key(raw);
    const auto aside = folder_ / "new";
    EXPECT_EQ(ssh_pki_export_privkey_file(raw, nullptr, nullptr, nullptr, aside.c_str()), SSH_OK);
    std::filesystem::rename(aside, key_file());
    return public_half(raw);
  }
  static std::string public_half(ssh_key key) {
    char* text = nullptr;
    EXPECT_EQ(ssh_pki_export_pubkey_base64(key, &text), SSH_OK);
    std::string result = text;
    ssh_string_free_char(text);
    return result;
  }
  [[nodiscard]] std::filesystem::path key_file() const { return folder_ / "key"; }

  std::filesystem::path folder_;
  KeyRing keys_;
};

TEST_F(KeyRingTest, EverySessionGetsACopyOfItsOwn) {
  const std::string written = write_key();
  const auto one = keys_.load(key_file());
  const auto other = keys_.load(key_file());
  ASSERT_TRUE(one && other);
  EXPECT_NE(one, other);
  EXPECT_EQ(public_half(one.get()), written);
  EXPECT_EQ(public_half(other.get()), written);
  EXPECT_EQ(ssh_key_is_private(other.get()), 1);
}

TEST_F(KeyRingTest, AFileThatWasReplacedIsReadAgain) {
  const std::string first = write_key();
  EXPECT_EQ(public_half(keys_.load(key_file()).get()), first);
  const std::string second = write_key();
  EXPECT_NE(first, second);
  EXPECT_EQ(public_half(keys_.load(key_file()).get()), second);
}

TEST_F(KeyRingTest, WhatIsNoKeyGivesNone) {
  EXPECT_FALSE(keys_.load(key_file()));
  std::ofstream(key_file()) << "no key\n";
  EXPECT_FALSE(keys_.load(key_file()));
  write_key();
  EXPECT_TRUE(keys_.load(key_file()));
  std::filesystem::remove(key_file());
  EXPECT_FALSE(keys_.load(key_file()));
}

}  // namespace
}  // namespace cef::ssh
