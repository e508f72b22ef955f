#include "cef/task/runner_install.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace cef::task {
namespace {

using core::Result;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Debian on arm64 where cef of a version is installed, or none.
class Board : public ssh::Connection {
 public:
  Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& /*stop*/) override {
    ssh::ExecResult answer;
    const std::string& script = request.command;
    answer.err = request.input;  // sudo's mark
    if (script.find("--print-architecture") != std::string::npos) {
      answer.out = "arm64\n" + (version.empty() ? "" : "cef " + version + "\n");
    } else if (script.find("mktemp") != std::string::npos) {
      made_by = script;
      answer.out = "Welcome\n/tmp/cef-package.abc\n";
    } else if (script.find("apt-get install") != std::string::npos) {
      answer.exit_status = apt_fails ? 100 : 0;
      answer.err += apt_fails ? "E: Unable to locate package libtorch1.13\n" : "";
      version = apt_fails ? version : installs;
    } else if (script.find("rm -rf") != std::string::npos) {
      ++cleaned;
    }
    return answer;
  }
  Result<std::unique_ptr<ssh::Stream>> start(const std::string& /*command*/) override {
    return core::fail(core::ErrorCode::internal, "none");
  }
  Result<void> upload(const std::filesystem::path& from, const std::string& to, unsigned /*mode*/,
                      core::Milliseconds /*deadline*/, const core::StopToken& /*stop*/) override {
    uploaded.push_back(from.filename().string() + " to " + to);
    return {};
  }
  Result<void> download(const std::string& /*from*/, const std::filesystem::path& /*to*/,
                        core::Milliseconds /*deadline*/, const core::StopToken& /*stop*/) override {
    return {};
  }

  std::string version;
  std::string installs = CEF_VERSION;
  bool apt_fails = false;
  int cleaned = 0;
  std::string made_by;
  std::vector<std::string> uploaded;
};

class InstallRunner : public ::testing::Test {
 protected:
  Result<void> go(bool check = false, const Become& become = {}) {
    const Host host(board, become, std::chrono::seconds(20), {});
    return install_runner(host, options, check, report);
  }
  Board board;
  RunnerInstallOptions options{{"p/cef_" CEF_VERSION "_amd64.deb", "p/cef_" CEF_VERSION "_arm64.deb"}, false};
  RunnerInstallReport report;
};

TEST_F(InstallRunner, TakesThePackageOfTheHostsArchitecture) {
  ASSERT_TRUE(go());
  EXPECT_THAT(board.uploaded,
              ElementsAre("cef_" CEF_VERSION "_arm64.deb to /tmp/cef-package.abc/cef_" CEF_VERSION "_arm64.deb"));
  EXPECT_TRUE(report.changed);
  EXPECT_EQ(report.version_before, "");
  EXPECT_EQ(report.version, CEF_VERSION);
  EXPECT_EQ(board.cleaned, 1);
}

TEST_F(InstallRunner, TheFolderIsTheLoginUsersWhoSends) {
  ASSERT_TRUE(go(false, {true, "root", std::nullopt}));
  EXPECT_EQ(board.made_by.find("sudo"), std::string::npos) << board.made_by;
  EXPECT_EQ(board.uploaded.size(), 1U);
}

TEST_F(InstallRunner, DoesNothingWhereThisVersionIs) {
  board.version = CEF_VERSION;
  ASSERT_TRUE(go());
  EXPECT_FALSE(report.changed);
  EXPECT_THAT(board.uploaded, IsEmpty());
  options.reinstall = true;
  ASSERT_TRUE(go());
  EXPECT_TRUE(report.changed);
}

TEST_F(InstallRunner, ReplacesAnotherVersionAndACheckOnlySaysSo) {
  board.version = "0.0.9";
  ASSERT_TRUE(go(true));
  EXPECT_TRUE(report.changed);
  EXPECT_THAT(board.uploaded, IsEmpty());
  ASSERT_TRUE(go());
  EXPECT_EQ(report.version_before, "0.0.9");
  EXPECT_EQ(report.version, CEF_VERSION);
}

TEST_F(InstallRunner, SaysWhatIsMissing) {
  options.packages.pop_back();
  const auto none = go();
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("_arm64.deb; build it"));
}

TEST_F(InstallRunner, GivesTheWordsOfAptAndCleansUp) {
  board.apt_fails = true;
  const auto failed = go();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("libtorch1.13"));
  EXPECT_FALSE(report.changed);
  EXPECT_EQ(board.cleaned, 1);
}

TEST_F(InstallRunner, NoticesAnotherCefInPath) {
  board.installs = "0.0.1";
  const auto wrong = go();
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("says 0.0.1"));
}

TEST(ArchitectureOfPackage, ReadsTheName) {
  EXPECT_EQ(architecture_of_package("a/cef_0.1.0_amd64.deb"), "amd64");
  EXPECT_EQ(architecture_of_package("cef_0.1.0.deb.txt"), "");
  EXPECT_EQ(architecture_of_package("vim_1_amd64.deb"), "");
  EXPECT_EQ(architecture_of_package("cef.deb"), "");
}

}  // namespace
}  // namespace cef::task
