#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archives.hpp"
#include "cef/core/file.hpp"
#include "cef/registry/bundle.hpp"

namespace cef::registry::test {

/// A folder of its own: "in" holds the archives, "out" is where bundles are packed.
class BundleTest : public testing::Test {
 protected:
  BundleTest() {
    char name[] = "/tmp/cef-bundle-XXXXXX";
    top_ = ::mkdtemp(name);
    std::filesystem::create_directories(top_ / "in");
    std::filesystem::create_directories(top_ / "out");
  }
  ~BundleTest() override { std::filesystem::remove_all(top_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    const auto path = top_ / "in" / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  core::Result<Bundle> pack(const std::string& name, const std::string& bytes, const BundleInfo& given = {}) const {
    return pack_bundle(write(name, bytes), tar(), given, limits_, stop_);
  }
  [[nodiscard]] std::filesystem::path tar() const { return top_ / "out" / "bundle.tar"; }

  /// Everything below the test's folder, and what a path that leads out of it would have made.
  [[nodiscard]] std::vector<std::string> all_files() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top_)) {
      found.push_back(entry.path().lexically_relative(top_).string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  /// Refused as an unsafe archive, for this reason, and nothing is left anywhere.
  void expect_refused(const std::string& name, const std::string& bytes, const std::string& reason) const {
    const auto path = write(name, bytes);
    const auto before = all_files();
    const auto result = pack_bundle(path, tar(), {}, limits_, stop_);
    ASSERT_FALSE(result) << name << " was taken; expected: " << reason;
    EXPECT_EQ(result.error().code, core::ErrorCode::integrity) << result.error().line();
    EXPECT_NE(result.error().message.find(reason), std::string::npos)
        << result.error().message << "\nexpected: " << reason;
    EXPECT_EQ(result.error().message.find(path.string()), 0U) << result.error().message;
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(all_files(), before);
  }
  static std::string read(const std::filesystem::path& path) {
    const auto text = core::read_file(path, core::operator""_MiB(64));
    return text ? *text : "unreadable";
  }
  /// What the system's tar says of the packed bundle.
  [[nodiscard]] std::string listing() const {
    return output("LC_ALL=C.UTF-8 TZ=UTC tar --numeric-owner --quoting-style=literal -tvf '" + tar().string() + "'");
  }
  /// Unpacks with the system's tar into the folder that it gives.
  [[nodiscard]] std::filesystem::path unpacked() const {
    const auto folder = top_ / "unpacked";
    std::filesystem::create_directories(folder);
    EXPECT_EQ(output("tar -xf '" + tar().string() + "' -C '" + folder.string() + "' && echo done"), "done\n");
    return folder;
  }
  static std::string output(const std::string& command) {
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string text;
    std::array<char, 4096> piece{};
    for (std::size_t count = 0; (count = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
      text.append(piece.data(), count);
    }
    ::pclose(pipe);
    return text;
  }

  std::filesystem::path top_;
  ArchiveLimits limits_;
  core::StopToken stop_;
};

}  // namespace cef::registry::test
