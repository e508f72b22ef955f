#include "cef/task/apt.hpp"
#include "local_host.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;
using Changes = std::vector<PackageChange>;

constexpr const char* k_plan =
    "Inst hello [2.10-2] (2.10-3 Debian:12 [amd64])\nInst new (1.0 Debian:12 [all])\nConf hello (2.10-3)\n";
constexpr const char* k_locked =
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 42 (apt-get)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n";

/// Fake apt-get, dpkg-query and dpkg. Each call of apt-get is a line of "asked": its first word that is no option. What
/// it says and does is in files: "plan" of a simulation; NAME.says, NAME.rc and NAME.fails (so often) of another;
/// "after" is then what is installed, where "half" is there also of one that fails.
class AptScript : public ShellHost {
 protected:
  void SetUp() override {
    ShellHost::SetUp();
    if (IsSkipped()) {
      return;
    }
    set("FAKE", folder_.string());
    program("id", "echo 0\n");
    program("sleep", "echo slept >>\"$FAKE/slept\"\n");
    program("apt-get", R"sh(
for a; do [ "$a" != -s ] || { echo simulate "$@" >>"$FAKE/asked"; cat "$FAKE/plan"; exit 0; }; done
for a; do case $a in update | upgrade | dist-upgrade | install) verb=$a; break ;; esac; done
echo "$verb" >>"$FAKE/asked"; echo "$verb $*" >>"$FAKE/words"
n=$(cat "$FAKE/$verb.fails" 2>/dev/null || echo 0)
if [ "$n" -gt 0 ]; then echo $((n - 1)) >"$FAKE/$verb.fails"; cat "$FAKE/locked"; exit 100; fi
[ ! -e "$FAKE/$verb.says" ] || cat "$FAKE/$verb.says"
rc=$(cat "$FAKE/$verb.rc" 2>/dev/null || echo 0)
{ [ "$rc" != 0 ] && [ ! -e "$FAKE/half" ]; } || [ "$verb" = update ] || cp "$FAKE/after" "$FAKE/installed"
exit "$rc"
)sh");
    program("dpkg-query", "case $* in *Version*) cat \"$FAKE/installed\" ;; *) cut -f 1 \"$FAKE/installed\" ;; esac\n");
    program("dpkg", R"sh(
case $1 in --audit) cat "$FAKE/audit" 2>/dev/null ;; *) echo "dpkg $*" >>"$FAKE/asked"; rm -f "$FAKE/audit" ;; esac
)sh");
    write_text(folder_ / "locked", k_locked);
    write_text(folder_ / "plan", k_plan);
    write_text(folder_ / "installed", "ii  bash\t5.2\nii  hello\t2.10-2\nrc  gone\t1\nun  none\t\n");
    write_text(folder_ / "after", "ii  bash\t5.2\nii  hello\t2.10-3\niF  new\t1.0\nrc  gone\t1\n");
  }
  core::Result<void> apt_it(AptAction action, bool update = true) {
    options_.action = action;
    options_.update_lists = update;
    report_ = {};
    return apt(host(), options_, report_);
  }
  [[nodiscard]] std::string asked() const { return read_text(folder_ / "asked"); }

  AptOptions options_;
  AptReport report_;
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, AptScript, testing::Values("dash", "busybox"), shell_name);

TEST_P(AptScript, ListAsksAndChangesNothing) {
  write_text(folder_ / "plan", std::string("The following packages have been kept back:\n  held\n") + k_plan);
  const auto done = apt_it(AptAction::list);
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(report_.packages, (Changes{{"hello", "2.10-2", "2.10-3"}, {"new", "", "1.0"}}));
  EXPECT_EQ(report_.held_back, std::vector<std::string>{"held"});
  EXPECT_TRUE(report_.broken.empty());
  EXPECT_EQ(asked(), "simulate -q -s -o Debug::NoLocking=1 dist-upgrade\n");
}

TEST_P(AptScript, UpgradeReportsWhatIsInstalledAfterwards) {
  const auto done = apt_it(AptAction::upgrade);
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.packages, (Changes{{"hello", "2.10-2", "2.10-3"}, {"new", "", "1.0"}}));
  EXPECT_EQ(report_.broken, std::vector<std::string>{"new"});
  EXPECT_EQ(asked(), "update\nsimulate -q -s -o Debug::NoLocking=1 upgrade --with-new-pkgs\nupgrade\n");
  EXPECT_NE(read_text(folder_ / "words").find("--force-confold"), std::string::npos);

  write_text(folder_ / "plan", "0 upgraded\n");
  ASSERT_TRUE(apt_it(AptAction::upgrade, false));
  EXPECT_FALSE(report_.changed) << "nothing is left to do";
  EXPECT_TRUE(report_.packages.empty());
}

TEST_P(AptScript, ACheckOfAnUpgradeSimulates) {
  options_.check = true;
  options_.full = true;
  ASSERT_TRUE(apt_it(AptAction::upgrade));
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.packages.size(), 2U);
  EXPECT_EQ(asked(), "update\nsimulate -q -s -o Debug::NoLocking=1 dist-upgrade\n");
}

TEST_P(AptScript, InstallNamesItsPackages) {
  options_.packages = {"hello=2.10-3", "libc6:arm64"};
  ASSERT_TRUE(apt_it(AptAction::install, false));
  EXPECT_EQ(asked(), "simulate -q -s -o Debug::NoLocking=1 install -- hello=2.10-3 libc6:arm64\ninstall\n");
}

TEST_P(AptScript, WhatIsNoPackageIsNotAsked) {
  for (const char* bad : {"", "-y", "hello-", "a b", "a;b", "$(x)", "./x.deb", "=1", "hello=1-"}) {
    options_.packages = {"hello", bad};
    const auto refused = apt_it(AptAction::install);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::usage) << bad;
  }
}

TEST_P(AptScript, ALockIsWaitedFor) {
  write_text(folder_ / "update.fails", "2");
  write_text(folder_ / "upgrade.fails", "1");
  const auto done = apt_it(AptAction::upgrade);
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(read_text(folder_ / "slept"), "slept\nslept\nslept\n");
  EXPECT_EQ(report_.packages.size(), 2U);
}

TEST_P(AptScript, ALockHeldTooLongIsSaidWithItsHolder) {
  options_.lock_timeout = core::Milliseconds(0);
  write_text(folder_ / "update.fails", "9");
  const auto refused = apt_it(AptAction::update);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message,
            "another package manager is at work: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process "
            "42 (apt-get); wait longer with --lock-timeout");
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(asked(), "update\n");
}

TEST_P(AptScript, AReadOnlyDiskIsNotWaitedFor) {
  write_text(folder_ / "locked",
             "E: Could not open lock file /var/lib/apt/lists/lock - open (30: Read-only file system)\n"
             "E: Unable to lock directory /var/lib/apt/lists/\n");
  write_text(folder_ / "update.fails", "1");
  const auto refused = apt_it(AptAction::update);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "Could not open lock file /var/lib/apt/lists/lock - open (30: Read-only file system)");
  EXPECT_FALSE(fs::exists(folder_ / "slept"));
}

TEST_P(AptScript, AMirrorThatIsGoneIsAFailureAlsoWhenAptSaysSuccess) {
  write_text(folder_ / "update.says",
             "W: Failed to fetch http://mirror/InRelease  Could not resolve 'mirror'\n"
             "W: Some index files failed to download. They have been ignored, or old ones used instead.\n");
  for (const auto action : {AptAction::update, AptAction::upgrade}) {
    const auto refused = apt_it(action);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "a mirror cannot be read: http://mirror/InRelease  Could not resolve 'mirror'");
    EXPECT_FALSE(report_.changed);
    EXPECT_TRUE(report_.packages.empty());
  }
  EXPECT_EQ(asked(), "update\nupdate\n") << "nothing is upgraded from old lists";
}

TEST_P(AptScript, AFailedUpgradeTellsWhatItDidNevertheless) {
  write_text(folder_ / "upgrade.rc", "100");
  write_text(folder_ / "upgrade.says",
             "Setting up new (1.0) ...\nboom\ndpkg: error processing package new (--configure):\n");
  write_text(folder_ / "half", "dpkg had upgraded hello before new failed");
  const auto failed = apt_it(AptAction::upgrade);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "dpkg: error processing package new (--configure): (boom)");
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.packages, (Changes{{"hello", "2.10-2", "2.10-3"}, {"new", "", "1.0"}}));
  EXPECT_EQ(report_.broken, std::vector<std::string>{"new"});
}

TEST_P(AptScript, AFailureBeforeAnyChangeReportsNone) {
  write_text(folder_ / "upgrade.rc", "100");
  write_text(folder_ / "upgrade.says", "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'\n");
  const auto failed = apt_it(AptAction::upgrade, false);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "dpkg was interrupted on this host earlier; run again with --repair");
  EXPECT_FALSE(report_.changed);
  EXPECT_TRUE(report_.packages.empty());
}

TEST_P(AptScript, RepairEndsWhatDpkgLeft) {
  write_text(folder_ / "audit", "The following packages are only half configured\n hello\n");
  options_.repair = true;
  write_text(folder_ / "plan", "");
  ASSERT_TRUE(apt_it(AptAction::upgrade, false));
  EXPECT_TRUE(report_.repaired);
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(asked().rfind("dpkg --force-confdef --force-confold --configure -a\ninstall\n", 0), 0U) << asked();
  fs::remove(folder_ / "asked");
  ASSERT_TRUE(apt_it(AptAction::upgrade, false));
  EXPECT_FALSE(report_.repaired) << "nothing is left to repair";
  EXPECT_FALSE(report_.changed);
}

TEST_P(AptScript, AHostWithoutAptIsTold) {
  fs::remove(folder_ / "bin" / "apt-get");
  only_programs({"rm", "mktemp", "cat", "sed", "sort", "stat", "date"});
  const auto refused = apt_it(AptAction::list);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "apt list failed (exit status 3): this host has no apt-get");
}

TEST_P(AptScript, NothingIsLeftInTheTemporaryFolder) {
  set("TMPDIR", (folder_ / "tmp").string());
  fs::create_directories(folder_ / "tmp");
  ASSERT_TRUE(apt_it(AptAction::upgrade));
  EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace cef::task
