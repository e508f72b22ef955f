#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cef/cli/command.hpp"

namespace cef::cli {

/// The command line in process, with a folder that ends with the test, which is also the cache and the inventory's:
/// this machine as `a`, `b` and `c`; `gone1` and `gone2`, where nothing listens.
class Daily : public testing::Test {
 protected:
  Daily() {
    std::string name = (std::filesystem::temp_directory_path() / "cef-daily-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    cache_ = std::getenv("XDG_CACHE_HOME") == nullptr ? "" : std::getenv("XDG_CACHE_HOME");
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    write("hosts.yaml",
          "all:\n  hosts:\n    a: {ansible_connection: local}\n    b: {ansible_connection: local}\n"
          "    c: {ansible_connection: local}\n    gone[1:2]: {ansible_host: 127.0.0.1, ansible_port: 1}\n");
  }
  ~Daily() override {
    ::setenv("XDG_CACHE_HOME", cache_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }

  /// The exit code; what was said is in out_ and err_.
  int cef(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err, {false, 1'000'000}, false, {}};
    const int code = run(arguments, console);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  /// With the inventory.
  int on(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"-i", (folder_ / "hosts.yaml").string()});
    return cef(arguments);
  }
  /// What was said on stdout.
  [[nodiscard]] core::Json json() const {
    const auto parsed = core::parse_json(out_, "stdout");
    EXPECT_TRUE(parsed) << out_ << err_;
    return parsed.value_or(core::Json());
  }
  /// The first host of the document.
  [[nodiscard]] core::Json host() const { return json().at("hosts").at(0); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return path(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// NAME-VERSION.tar with one file, weights.bin.
  [[nodiscard]] std::string bundle(const std::string& name, const std::string& version,
                                   const std::string& weights) const {
    write("pack/" + weights + "/weights.bin", weights);
    const std::string tar = path(name + "-" + version + ".tar");
    EXPECT_EQ(std::system(("tar -cf '" + tar + "' -C '" + path("pack/" + weights) + "' weights.bin").c_str()), 0);
    return tar;
  }

  std::filesystem::path folder_;
  std::string out_;
  std::string err_;

 private:
  std::string cache_;
};

}  // namespace cef::cli
