#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "cef/core/shell.hpp"
#include "cef/ssh/connection.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

namespace fs = std::filesystem;

inline std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// This machine as a host: a home of its own, and a folder of programs that come before the others of PATH.
class LocalHost : public testing::Test {
 protected:
  LocalHost() {
    std::string name = (fs::temp_directory_path() / "cef-task-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::create_directories(home());
    fs::create_directories(folder_ / "bin");
    set("HOME", home().string());
    set("PATH", (folder_ / "bin").string() + ":" + path_);
    ssh::Target target;
    target.name = target.address = "localhost";
    target.transport = ssh::Transport::local;
    auto connection = ssh::make_connector({})->connect(target, stop_);
    EXPECT_TRUE(connection);
    connection_ = std::move(*connection);
  }
  ~LocalHost() override {
    set("HOME", home_);
    set("PATH", path_);
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

  [[nodiscard]] fs::path home() const { return folder_ / "home"; }
  [[nodiscard]] Host host() const { return {*connection_, {}, std::chrono::seconds(20), stop_}; }
  /// A program that comes before the machine's own of that name.
  void program(const std::string& name, const std::string& script) const {
    fs::remove(folder_ / "bin" / name);  // a link to the machine's own must not be written through
    write_text(folder_ / "bin" / name, "#!/bin/sh\n" + script);
    fs::permissions(folder_ / "bin" / name, fs::perms::all);
  }
  /// From here on the host has these programs alone, and those of `program`.
  void only_programs(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      for (const char* place : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"}) {
        if (fs::exists(std::string(place) + name)) {
          fs::create_symlink(std::string(place) + name, folder_ / "bin" / name);
          break;
        }
      }
    }
    set("PATH", (folder_ / "bin").string());
  }
  /// What a shell says; for what tests look at and make.
  [[nodiscard]] std::string shell(const std::string& script) const {
    const auto result = host().run(script);
    return result ? result->out : result.error().message;
  }

  fs::path folder_;
  const core::StopToken stop_;
  std::unique_ptr<ssh::Connection> connection_;

 private:
  const std::string home_ = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  const std::string path_ = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
};

/// This machine with the shell that the parameter names: "dash", "busybox", or "busybox_alone", which is all it has.
class ShellHost : public LocalHost, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    const std::string shell = GetParam();
    const std::string program = "/usr/bin/" + shell.substr(0, shell.find('_'));
    if (!fs::exists(program)) {
      GTEST_SKIP() << "needs " << program;
    }
    if (shell == "busybox_alone") {
      for (const char* applet :
           {"sh",    "awk",  "cat",      "chmod", "chown", "cp",   "cut",   "date",  "df",        "echo", "env",
            "false", "find", "grep",     "head",  "id",    "ln",   "ls",    "mkdir", "mktemp",    "mv",   "printf",
            "pwd",   "rm",   "readlink", "sed",   "seq",   "sync", "sleep", "sort",  "sha256sum", "stat", "tail",
            "tar",   "tee",  "test",     "touch", "tr",    "true", "uname", "wc",    "wget"}) {
        fs::create_symlink(program, folder_ / "bin" / applet);
      }
      only_programs({});
    } else {
      fs::create_symlink(program, folder_ / "bin" / "sh");
    }
  }
};

inline std::string shell_name(const testing::TestParamInfo<const char*>& info) {
  return info.param;
}

}  // namespace cef::task
