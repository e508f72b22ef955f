// What Ansible 2.14 answered to the tasks in cases/*.yaml (recorded by cases/record.py), and what it left on the disk.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "case_host.hpp"
#include "sandbox.hpp"

namespace cef::modules {
namespace {

using core::Json;

const std::string k_cases = std::string(CEF_SOURCE_DIR) + "/tests/unit/modules/cases/";

std::string read(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Where Ansible's value depends on the moment or on its own temporary files, only the type counts.
bool only_type_counts(const std::string& key) {
  static const std::set<std::string> keys = {"atime",        "mtime",      "ctime",           "inode",         "dev",
                                             "blocks",       "block_size", "version",         "backup_file",   "backup",
                                             "after_header", "elapsed",    "ssh_fingerprint", "ssh_public_key"};
  return keys.contains(key);
}

bool of_temporary_file(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  return text.find("/ansible") != std::string::npos || text.find("/t/tmp") != std::string::npos;
}

void compare(const Json& expected, const Json& got, const std::string& where) {
  if (expected.is_object() && got.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      if (!got.contains(key)) {
        ADD_FAILURE() << where << "." << key << " is missing; Ansible: " << value.dump();
      } else if (only_type_counts(key) || of_temporary_file(value)) {
        EXPECT_EQ(std::string(value.type_name()), got[key].type_name()) << where << "." << key;
      } else {
        compare(value, got[key], where + "." + key);
      }
    }
    for (const auto& [key, value] : got.items()) {
      EXPECT_TRUE(expected.contains(key)) << where << "." << key << " is too much: " << value.dump();
    }
    return;
  }
  if (expected.is_array() && got.is_array() && expected.size() == got.size()) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      compare(expected[i], got[i], where + "[" + std::to_string(i) + "]");
    }
    return;
  }
  if (!of_temporary_file(expected)) {
    EXPECT_EQ(expected, got) << where;
  }
}

/// A case may give an answer of cef's own where Ansible's makes no sense here.
const Json& expected_of(const Json& one) {
  return one.contains("cef") ? one["cef"] : one["result"];
}

/// Without what is in .git, and the digests of archives, which hold the time at which they were made.
std::string left_of(const std::string& state) {
  std::string text = std::regex_replace(state, std::regex("\\.\\d+\\.[\\d-]+@[\\d:]+~"), ".BACKUP~");
  text = std::regex_replace(text, std::regex("[^\n]*/\\.git/[^\n]*\n"), "");
  return std::regex_replace(text, std::regex("(\\./s\\.[a-z.]+ regular file \\S+ \\S+) \\w+"), "$1");
}

void run_cases(const std::string& name, bool busybox) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "the recorded cases change owners: run as root";
  }
  CaseHost host;
  if (busybox && !host.use_busybox()) {
    GTEST_SKIP() << "there is no busybox";
  }
  const auto cases = core::parse_json(read(k_cases + name + ".json"), name);
  ASSERT_TRUE(cases) << cases.error().message;
  std::string after = read(k_cases + "after.sh");
  std::string before;
  if (name == "system") {
    before = read(k_cases + "system-before.sh");
    after += read(k_cases + "system-after.sh");
  }
  for (const Json& raw : *cases) {
    if (busybox && raw.value("busybox", true) == false) {
      continue;
    }
    const std::string text = replaced(raw.dump(), "@D@", host.folder());
    const Json one = Json::parse(replaced(text, "/tmp/cef-module-case", host.folder()));
    SCOPED_TRACE(name + ": " + one["name"].get<std::string>());
    host.fresh(before + one.value("setup", ""));
    auto environment = one.value("environment", std::map<std::string, std::string>());
    if (environment.contains("PATH")) {
      environment["PATH"] = host.with_busybox(environment["PATH"]);
    }
    const Json got = host.run(one["module"], one.value("args", Json::object()), one.value("check", false),
                              one.value("diff", false), environment);
    Json expected = expected_of(one);
    expected.erase("warnings");
    Json seen = got;
    seen.erase("warnings");
    for (const char* time : {"start", "end", "delta", "ansible_facts"}) {
      seen.erase(time);
    }
    if (!expected.contains("failed") && seen.value("failed", false) == false) {
      seen.erase("failed");
    }
    compare(expected, seen, "result");
    const std::string left = left_of(host.shell("cd " + host.folder() + "\n" + after));
    const std::string wanted = left_of(one.value("cef_after", one["after"].get<std::string>()));
    EXPECT_EQ(wanted + (wanted.empty() ? "" : "\n"), left);
  }
}

TEST(Cases, Command) {
  run_cases("command", false);
}
TEST(Cases, File) {
  run_cases("file", false);
}
TEST(Cases, FileByBusybox) {
  run_cases("file", true);
}
TEST(Cases, Lines) {
  run_cases("lines", false);
}
TEST(Cases, LinesByBusybox) {
  run_cases("lines", true);
}
TEST(Cases, Copy) {
  run_cases("copy", false);
}
TEST(Cases, CopyByBusybox) {
  run_cases("copy", true);
}
void run_system_cases(bool busybox) {
  const Sandbox sandbox;
  if (!sandbox.entered()) {
    GTEST_SKIP() << "users are made in a mount namespace: run as root where unshare is allowed";
  }
  run_cases("system", busybox);
}
TEST(Cases, System) {
  run_system_cases(false);
}
TEST(Cases, SystemByBusybox) {
  run_system_cases(true);
}
bool there_are(const std::string& programs) {
  return CaseHost().shell("for f in " + programs + "; do command -v $f >/dev/null || echo $f; done").empty();
}
TEST(Cases, GetUrl) {
  if (!there_are("curl")) {
    GTEST_SKIP() << "there is no curl";
  }
  run_cases("get_url", false);
}
TEST(Cases, GetUrlByBusybox) {
  if (!there_are("curl")) {
    GTEST_SKIP() << "there is no curl";
  }
  run_cases("get_url", true);
}
TEST(Cases, Unarchive) {
  if (!there_are("zip unzip zstd xz bzip2")) {
    GTEST_SKIP() << "zip, unzip, zstd, xz and bzip2 are not all there";
  }
  run_cases("unarchive", false);
}
TEST(Cases, Git) {
  if (!there_are("git")) {
    GTEST_SKIP() << "there is no git";
  }
  run_cases("git", false);
}
TEST(Cases, CommandByBusybox) {
  run_cases("command", true);
}

}  // namespace
}  // namespace cef::modules
