#include <algorithm>

#include "deploy_fixture.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

/// Status, rollback, prune and pull.
class DeployHistory : public Deploy {
 protected:
  core::Result<void> back(const std::string& to = "", bool check = false) {
    back_ = {};
    return deploy_rollback(host(), dest_, "detector", to, check, back_);
  }
  std::vector<std::string> pruned(unsigned keep, bool check = false) {
    PruneReport report;
    const auto done = deploy_prune(host(), dest_, "", keep, check, report);
    EXPECT_TRUE(done) << done.error().line();
    EXPECT_EQ(report.changed, !report.removed.empty());
    return report.removed;
  }
  /// A pull from "http://repository/NAME" with the program that `fetch` and the host's PATH give.
  core::Result<void> pull_it(const Packed& packed) {
    const auto before = state();
    options_.parcel.reset();
    options_.url = "http://repository/it's.tar";
    report_ = {};
    return deploy(host(), packed.release, *before, options_, report_);
  }
  /// A curl that gives the parcel from where the part ends; it keeps its words.
  void curl_gives(const fs::path& file) const {
    program("curl", "echo \"$@\" >>'" + (folder_ / "asked").string() +
                        "'\nwhile [ $# -gt 1 ]; do case $1 in -o) o=$2 ;; esac; shift; done\n"
                        "n=$(($(wc -c <\"$o\")))\ntail -c +$((n + 1)) '" +
                        file.string() + "' >>\"$o\"\n");
  }

  RollbackReport back_;
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, DeployHistory, testing::Values("dash", "busybox_alone"), shell_name);

TEST_P(DeployHistory, RollbackGoesToTheReleaseThatWasCurrentBefore) {
  const Packed one = pack("3.0", "one");
  const Packed two = pack("1.0", "two");
  deployed(one);
  const auto alone = back();
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().message, "going back failed (exit status 1): there is no release to go back to");
  deployed(two);
  ASSERT_TRUE(back("", true));
  EXPECT_TRUE(back_.changed);
  EXPECT_EQ(link(), "releases/" + two.release.folder()) << "a check changes nothing";
  ASSERT_TRUE(back());
  EXPECT_TRUE(back_.changed);
  EXPECT_EQ(back_.model, "detector");
  EXPECT_EQ(back_.from, two.release.folder());
  EXPECT_EQ(back_.to, one.release.folder());
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  ASSERT_TRUE(back());
  EXPECT_EQ(link(), "releases/" + two.release.folder()) << "and forth";
}

TEST_P(DeployHistory, RollbackGoesToANamedVersionOrRelease) {
  const Packed one = pack("1.0", "one");
  const Packed other = pack("1.0-rc1", "other");
  const Packed two = pack("2.0", "two");
  for (const auto* each : {&one, &other, &two}) {
    deployed(*each);
  }
  ASSERT_TRUE(back("1.0"));
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  ASSERT_TRUE(back(other.release.folder()));
  EXPECT_EQ(link(), "releases/" + other.release.folder());
  ASSERT_TRUE(back("1.0-rc1"));
  EXPECT_FALSE(back_.changed);
  for (const char* none : {"1", "9.9", "*", "", "../.."}) {
    if (*none != '\0') {
      EXPECT_FALSE(back(none)) << none;
    }
  }
  EXPECT_EQ(link(), "releases/" + other.release.folder());
}

TEST_P(DeployHistory, TwoDigestsOfAVersionAreTwoReleases) {
  const Packed first = pack("1.0", "first");
  const Packed second = pack("1.0", "second");
  deployed(first);
  deployed(second);
  ASSERT_TRUE(back());
  EXPECT_EQ(link(), "releases/" + first.release.folder());
  ASSERT_TRUE(back("1.0"));
  EXPECT_FALSE(back_.changed) << "the one deployed last is current";
}

TEST_P(DeployHistory, ARollbackNeverEndsAtAReleaseThatWasNeverCurrent) {
  const Packed one = pack("1.0", "one");
  deployed(one);
  fs::create_directories(model() / "releases" / "2.0-0123456789ab");  // killed before its check
  EXPECT_FALSE(back());
  EXPECT_EQ(link(), "releases/" + one.release.folder());
}

TEST_P(DeployHistory, NoModelIsSaid) {
  const auto none = back();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::host_failed);
  EXPECT_NE(none.error().message.find("detector: there is no such model"), std::string::npos) << none.error().message;
}

TEST_P(DeployHistory, TheLastThreeStayAndTheCurrentOne) {
  std::vector<Packed> all;
  for (const char* version : {"5", "4", "3", "2", "1"}) {
    all.push_back(pack(version, version));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    deployed(all[i]);
    EXPECT_TRUE(report_.pruned.empty());
  }
  ASSERT_TRUE(back("5"));
  deployed(all[3]);
  EXPECT_EQ(report_.pruned, std::vector{"detector/" + all[1].release.folder()}) << "5 was current after 4 was";
  EXPECT_FALSE(fs::exists(model() / ".cef" / (all[1].release.folder() + ".sums")));
  deployed(all[4]);
  EXPECT_EQ(report_.pruned, std::vector{"detector/" + all[2].release.folder()});
  const std::vector<std::string> left = {all[0].release.folder(), all[3].release.folder(), all[4].release.folder()};
  EXPECT_EQ(state()->releases, left);
}

TEST_P(DeployHistory, PruneNeverRemovesTheCurrentRelease) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  const Packed three = pack("3.0", "three");
  for (const auto* each : {&one, &two, &three}) {
    deployed(*each);
  }
  fs::remove(model() / "current");  // by hand, past the history
  fs::create_symlink("releases/" + one.release.folder(), model() / "current");
  write_text(part(two), "half");
  const std::vector<std::string> expected = {"detector/" + two.release.folder(), "detector/" + three.release.folder(),
                                             "detector/" + part(two).filename().string()};
  const auto before = tree();
  EXPECT_EQ(pruned(1, true), expected);
  EXPECT_EQ(tree(), before);
  EXPECT_EQ(pruned(1), expected);
  EXPECT_EQ(state()->releases, std::vector{one.release.folder()});
  EXPECT_EQ(read_text(model() / "current" / "model" / "weights.bin"), "one");
  EXPECT_FALSE(fs::exists(part(two)));
  EXPECT_TRUE(pruned(1).empty());
}

TEST_P(DeployHistory, StatusTellsEveryModelAndFindsDamage) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  deployed(two);
  write_text(home() / "models" / "notes" / "readme", "no model of cef's");
  DeployStatusReport status;
  ASSERT_TRUE(deploy_status(host(), dest_, "", true, status));
  EXPECT_EQ(status.path, (home() / "models").string());
  ASSERT_EQ(status.models.size(), 1U);
  EXPECT_EQ(status.models[0].name, "detector");
  EXPECT_EQ(status.models[0].current, two.release.folder());
  EXPECT_EQ(status.models[0].releases, (std::vector{one.release.folder(), two.release.folder()}));
  EXPECT_TRUE(status.models[0].damaged.empty());

  write_text(model() / "current" / "model" / "weights.bin", "twO");
  fs::remove(model() / "current" / "model" / "it's a name");
  status = {};
  ASSERT_TRUE(deploy_status(host(), dest_, "", false, status)) << "not asked to read";
  status = {};
  const auto damaged = deploy_status(host(), dest_, "detector", true, status);
  ASSERT_FALSE(damaged);
  auto names = status.models.at(0).damaged;
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"./model/it's a name", "./model/weights.bin"}));
  status = {};
  const auto none = deploy_status(host(), dest_, "other", false, status);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, (home() / "models" / "other").string() + ": there is no such model");
}

TEST_P(DeployHistory, APullGoesOnWhereItEnded) {
  const Packed one = pack("1.0", std::string(50'000, 'w'));
  curl_gives(one.parcel.file);
  write_text(part(one), read_text(one.parcel.file).substr(0, 20'000));
  const auto done = pull_it(one);
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.via, "pull");
  EXPECT_EQ(report_.resumed_from, 20'000U);
  EXPECT_EQ(report_.transferred_bytes, one.parcel.size - 20'000);
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  EXPECT_NE(read_text(folder_ / "asked").find(" http://repository/it's.tar\n"), std::string::npos);
}

TEST_P(DeployHistory, APullFromAServerWithoutRangesBeginsAnew) {
  const Packed one = pack("1.0", std::string(50'000, 'w'));
  program("curl",
          "while [ $# -gt 1 ]; do case $1 in -o) o=$2 ;; -C) c=1 ;; esac; shift; done\n"
          "[ -z \"$c\" ] || [ ! -s \"$o\" ] || { echo 'no byte ranges' >&2; exit 33; }\ncat '" +
              one.parcel.file.string() + "' >\"$o\"\n");
  write_text(part(one), read_text(one.parcel.file).substr(0, 20'000));
  const auto done = pull_it(one);
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.resumed_from, 0U);
  EXPECT_EQ(report_.transferred_bytes, one.parcel.size);
  EXPECT_EQ(link(), "releases/" + one.release.folder());
}

TEST_P(DeployHistory, AWrongPartIsPulledAnewAndAWholeOneNotAtAll) {
  const Packed one = pack("1.0", "weights");
  curl_gives(one.parcel.file);
  write_text(part(one), std::string(one.parcel.size, 'x'));
  ASSERT_TRUE(pull_it(one));
  EXPECT_EQ(report_.resumed_from, 0U);
  EXPECT_EQ(report_.transferred_bytes, one.parcel.size);

  fs::remove_all(model());
  fs::remove(folder_ / "asked");
  write_text(part(one), read_text(one.parcel.file));
  ASSERT_TRUE(pull_it(one));
  EXPECT_EQ(report_.transferred_bytes, 0U);
  EXPECT_FALSE(fs::exists(folder_ / "asked"));
}

TEST_P(DeployHistory, APullOfSomethingElseChangesNothing) {
  const Packed one = pack("1.0", "weights");
  write_text(folder_ / "other", std::string(one.parcel.size, 'x'));
  curl_gives(folder_ / "other");
  const auto refused = pull_it(one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::integrity);
  EXPECT_FALSE(fs::exists(part(one)));
  EXPECT_EQ(link(), "");
}

TEST_P(DeployHistory, AServerThatRefusesIsSaidAndWhatCameStays) {
  const Packed one = pack("1.0", "weights");
  program("curl", "echo 'curl: (22) The requested URL returned error: 404' >&2; exit 22\n");
  auto refused = pull_it(one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message,
      "pulling http://repository/it's.tar failed (exit status 4): curl: (22) The requested URL returned error: 404");
  EXPECT_FALSE(fs::exists(part(one)));
  write_text(part(one), "begin");
  ASSERT_FALSE(pull_it(one));
  EXPECT_EQ(read_text(part(one)), "begin");
}

TEST_P(DeployHistory, AHostWithNothingToPullWithIsTold) {
  if (std::string(GetParam()) != "dash" || fs::exists("/usr/lib/apt/apt-helper")) {
    GTEST_SKIP() << "BusyBox has a wget, and this machine may have apt-helper";
  }
  const Packed one = pack("1.0", "weights");
  only_programs({"mkdir", "uname", "df", "awk", "ls", "grep", "readlink", "wc", "rm", "sed"});
  const auto refused = pull_it(one);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("this host has nothing to pull with"), std::string::npos);
}

}  // namespace
}  // namespace cef::task
