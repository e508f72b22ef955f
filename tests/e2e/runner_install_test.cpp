// 'cef runner install' on nodes with real dpkg and apt. The package is a small one: LibTorch is not in the fleet's
// mirror.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

namespace fs = std::filesystem;

class RunnerInstall : public Fleet {
 protected:
  RunnerInstall() {
    std::string name = (fs::temp_directory_path() / "cef-package-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~RunnerInstall() override { fs::remove_all(folder); }

  /// A package of this name whose /usr/bin/cef says `version`; empty when this machine cannot build one.
  fs::path package(const std::string& file, const std::string& version, const std::string& depends = "") {
    const fs::path tree = folder / ("tree-" + file);
    fs::create_directories(tree / "DEBIAN");
    fs::create_directories(tree / "usr/bin");
    std::ofstream(tree / "DEBIAN/control")
        << "Package: cef\nVersion: " << version << "\nArchitecture: all\nMaintainer: nobody <nobody@cef.invalid>\n"
        << (depends.empty() ? "" : "Depends: " + depends + "\n") << "Description: a test\n";
    std::ofstream(tree / "usr/bin/cef") << "#!/bin/sh\necho cef " << version << "\n";
    fs::permissions(tree / "usr/bin/cef", fs::perms(0755));
    const fs::path made = folder / file;
    const std::string command =
        "dpkg-deb --root-owner-group --build " + core::shell_join({tree.string(), made.string()}) + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0 ? made : fs::path();
  }
  static void expect_said(const Outcome& outcome, const char* node, const std::string& words) {
    const std::string message = host(outcome.json(), node)["error"]["message"].get<std::string>();
    EXPECT_NE(message.find(words), std::string::npos) << message;
  }
  static std::string architecture() {
    const std::string said = on_node("pi-1", "dpkg --print-architecture").out;
    return said.substr(0, said.find('\n'));
  }
  fs::path folder;
};

TEST_F(RunnerInstall, PutsThePackageThereOnceAndReplacesAnOlderOne) {
  const std::string name = "cef_" CEF_VERSION "_" + architecture() + ".deb";
  const fs::path old = package("old.deb", "0.0.1");
  const fs::path now = package(name, CEF_VERSION);
  if (now.empty()) {
    GTEST_SKIP() << "needs dpkg-deb";
  }
  const std::vector<std::string> install = {"runner", "install", "pi-1:gpu-1", "--package", now.string(), "--json"};
  auto check = install;
  check.emplace_back("--check");
  Outcome outcome = daily(check);
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["summary"]["changed"], 2);
  EXPECT_NE(on_node("pi-1", "command -v cef").code, 0);

  outcome = daily(install);
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(host(outcome.json(), "gpu-1")["version"], CEF_VERSION);
  EXPECT_TRUE(host(outcome.json(), "gpu-1")["version_before"].is_null());
  EXPECT_EQ(on_node("pi-1", "cef --version").out, "cef " CEF_VERSION "\n");
  EXPECT_EQ(on_node("pi-1", "ls -d /tmp/cef-package.*").out, "");
  EXPECT_EQ(daily(install).json()["summary"]["changed"], 0);

  const fs::path other = folder / ("cef_0.0.1_" + architecture() + ".deb");
  fs::rename(old, other);
  const Outcome older = daily({"runner", "install", "pi-1", "--package", other.string(), "--reinstall", "--json"});
  EXPECT_EQ(older.code, 2) << older.out;
  expect_said(older, "pi-1", "says 0.0.1");
  EXPECT_EQ(host(daily(install).json(), "pi-1")["version_before"], "0.0.1");
}

TEST_F(RunnerInstall, SaysWhatAptLacksAndWhichPackageIsMissing) {
  const fs::path needs = package("cef_" CEF_VERSION "_" + architecture() + ".deb", CEF_VERSION, "libtorch-of-nowhere");
  if (needs.empty()) {
    GTEST_SKIP() << "needs dpkg-deb";
  }
  const Outcome lacks = daily({"runner", "install", "pi-2", "--package", needs.string(), "--json"});
  EXPECT_EQ(lacks.code, 2);
  expect_said(lacks, "pi-2", "installing cef");
  fs::rename(needs, folder / "cef_" CEF_VERSION "_m68k.deb");
  const Outcome none =
      daily({"runner", "install", "pi-2", "--package", (folder / "cef_" CEF_VERSION "_m68k.deb").string(), "--json"});
  EXPECT_EQ(none.code, 2);
  expect_said(none, "pi-2", "_" + architecture() + ".deb");
}

}  // namespace
}  // namespace cef::e2e
