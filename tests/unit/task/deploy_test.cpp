#include "cef/task/deploy.hpp"

#include <thread>

#include <fcntl.h>
#include <sys/file.h>

#include "deploy_fixture.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, Deploy, testing::Values("dash", "busybox_alone"), shell_name);

TEST_P(Deploy, TheFirstReleaseIsUnpackedAndCurrent) {
  const Packed one = pack("1.0", "weights");
  const auto before = state();
  ASSERT_TRUE(before) << before.error().line();
  EXPECT_EQ(before->path, model().string());
  EXPECT_EQ(before->current, "");
  EXPECT_TRUE(before->releases.empty());
  EXPECT_GT(before->free.count, 0U);
  EXPECT_FALSE(before->machine.empty());
  EXPECT_FALSE(fs::exists(model())) << "asking must make nothing";

  deployed(one);
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.via, "push");
  EXPECT_EQ(report_.previous, "");
  EXPECT_EQ(report_.path, (model() / "releases" / one.release.folder()).string());
  EXPECT_EQ(report_.transferred_bytes, one.parcel.size);
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  EXPECT_EQ(read_text(model() / "current" / "model" / "weights.bin"), "weights");
  EXPECT_EQ(read_text(model() / "current" / "model" / "it's a name"), "1.0");
  EXPECT_FALSE(fs::exists(part(one)));
  EXPECT_EQ(state()->releases, std::vector{one.release.folder()});
}

TEST_P(Deploy, WhatIsCurrentIsLeftAlone) {
  const Packed one = pack("1.0", "weights");
  deployed(one);
  const auto before = tree();
  ASSERT_TRUE(deploy_it(one));
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(report_.via, "none");
  EXPECT_EQ(report_.transferred_bytes, 0U);
  EXPECT_EQ(tree(), before);
}

TEST_P(Deploy, ACheckChangesNothing) {
  options_.check = true;
  ASSERT_TRUE(deploy_it(pack("1.0", "weights")));
  EXPECT_TRUE(report_.changed);
  EXPECT_TRUE(tree().empty());
}

TEST_P(Deploy, AReleaseThatIsThereIsMadeCurrentWithoutATransfer) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  deployed(two);
  EXPECT_EQ(report_.previous, one.release.folder());
  deployed(one);
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.via, "none");
  EXPECT_EQ(report_.previous, two.release.folder());
  EXPECT_EQ(state()->releases, (std::vector{two.release.folder(), one.release.folder()})) << "the last at the end";
}

TEST_P(Deploy, ABrokenTransferGoesOnWhereItEnded) {
  const Packed one = pack("1.0", std::string(100'000, 'w'));
  write_text(part(one), read_text(one.parcel.file).substr(0, 40'000));
  deployed(one);
  EXPECT_EQ(report_.resumed_from, 40'000U);
  EXPECT_EQ(report_.transferred_bytes, one.parcel.size - 40'000);
}

TEST_P(Deploy, AWrongPartIsSentAnew) {
  const Packed one = pack("1.0", "weights");
  for (const auto& wrong : {std::string(500, 'x'), std::string(one.parcel.size, 'x'), std::string(1'000'000, 'x')}) {
    fs::remove_all(model());
    write_text(part(one), wrong);
    deployed(one);
    EXPECT_EQ(report_.resumed_from, 0U);
    EXPECT_EQ(report_.transferred_bytes, one.parcel.size);
    EXPECT_EQ(read_text(model() / "current" / "model" / "weights.bin"), "weights");
  }
}

TEST_P(Deploy, WhatAKilledRunLeftIsFinishedByTheNext) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  deployed(two);
  // Killed between the unpacking and the switch, while unpacking, and while linking.
  fs::remove(model() / "current");
  fs::create_symlink("releases/" + one.release.folder(), model() / "current");
  write_text(model() / "releases" / "3.0-0123456789ab.tmp" / "model" / "half", "");
  write_text(model() / "releases" / (two.release.folder() + ".tmp") / "half", "");
  fs::create_symlink("releases/nothing", model() / ".cef" / "current.new");
  EXPECT_EQ(state()->current, one.release.folder());
  EXPECT_EQ(state()->releases.size(), 2U) << "what is half unpacked is no release";
  deployed(two);
  EXPECT_EQ(report_.via, "none");
  EXPECT_EQ(link(), "releases/" + two.release.folder());
  EXPECT_FALSE(fs::exists(model() / "releases" / "3.0-0123456789ab.tmp"));
  EXPECT_FALSE(fs::exists(model() / "releases" / (two.release.folder() + ".tmp")));
  EXPECT_FALSE(fs::is_symlink(model() / ".cef" / "current.new"));
}

TEST_P(Deploy, ANewReleaseThatFailsItsCheckGoesAgain) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  options_.verify_command = "echo began; echo 'it is \"bad\"' >&2; exit 9";
  const auto refused = deploy_it(two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message,
            "--verify-cmd exited with status 9 (it is \"bad\"); current stays " + one.release.folder());
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  EXPECT_FALSE(fs::exists(model() / "releases" / two.release.folder()));
  EXPECT_FALSE(fs::exists(model() / ".cef" / (two.release.folder() + ".sums")));
}

TEST_P(Deploy, AnOldReleaseThatFailsItsCheckStaysThere) {
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  deployed(two);
  options_.verify_command = "false";
  ASSERT_FALSE(deploy_it(one));
  EXPECT_EQ(link(), "releases/" + two.release.folder());
  EXPECT_EQ(state()->releases.size(), 2U);
}

TEST_P(Deploy, TheCheckRunsInTheReleaseAndKnowsIt) {
  const Packed one = pack("1.0", "weights");
  options_.verify_command =
      "[ \"$(cat model/weights.bin)\" = weights ] && [ \"$CEF_MODEL@$CEF_VERSION\" = detector@1.0 ] && "
      "[ \"$CEF_RELEASE\" = \"$PWD\" ] && [ -z \"$(cat)\" ] && [ ! -e ../../current ]";
  deployed(one);
}

TEST_P(Deploy, AFolderInThePlaceOfTheLinkIsNotTouched) {
  write_text(model() / "current" / "mine", "precious");
  fs::create_directories(model() / "releases");
  const auto refused = deploy_it(pack("1.0", "weights"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_NE(refused.error().message.find("current is not a link"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(read_text(model() / "current" / "mine"), "precious");
}

TEST_P(Deploy, DestMayHaveAnyName) {
  const std::string odd = "a dest's \"name\" $(touch oops) `touch oops` \\n*";
  for (const auto& dest : {odd, (folder_ / odd).string()}) {
    dest_ = dest;
    const Packed one = pack("1.0", "one");
    const Packed two = pack("2.0", "two");
    const Packed three = pack("0.3", "three");
    options_.verify_command = "[ -f model/weights.bin ]";
    options_.keep = 2;
    deployed(two);
    deployed(one);
    deployed(three);
    EXPECT_EQ(report_.pruned, std::vector{"detector/" + two.release.folder()});
    RollbackReport back;
    const auto done = deploy_rollback(host(), dest_, "detector", "", false, back);
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_EQ(back.to, one.release.folder());
    DeployStatusReport status;
    ASSERT_TRUE(deploy_status(host(), dest_, "detector", true, status));
    ASSERT_EQ(status.models.size(), 1U);
    EXPECT_EQ(status.models[0].releases, (std::vector{three.release.folder(), one.release.folder()}));
    PruneReport pruned;
    ASSERT_TRUE(deploy_prune(host(), dest_, "", 1, false, pruned));
    EXPECT_EQ(pruned.removed, std::vector{"detector/" + three.release.folder()});
  }
  EXPECT_FALSE(fs::exists(home() / "oops"));
  EXPECT_FALSE(fs::exists("oops"));
}

TEST_P(Deploy, WhatDoesNotFitTheHostIsNotSent) {
  Packed one = pack("1.0", "weights");
  one.release.architecture = state()->architecture() == "arm64" ? "amd64" : "arm64";
  auto refused = deploy_it(one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "detector@1.0 is for " + one.release.architecture + ", this host is " + state()->architecture());
  one.release.architecture = state()->architecture();
  one.release.unpacked = core::Bytes{1ULL << 60U};
  refused = deploy_it(one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_NE(refused.error().message.find(" free, the model needs 1024.0 PiB"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(tree().empty());
}

TEST_P(Deploy, WhatIsThereAlreadyNeedsNoRoom) {
  const Packed one = pack("1.0", std::string(50'000, 'w'));
  write_text(part(one), read_text(one.parcel.file).substr(0, 40'000));
  auto before = state();
  before->free = core::Bytes{one.parcel.size - 40'000 + one.release.unpacked.count + (1U << 20U) - 1};
  options_.parcel = one.parcel;
  EXPECT_FALSE(deploy(host(), one.release, *before, options_, report_));
  ++before->free.count;
  const auto done = deploy(host(), one.release, *before, options_, report_);
  EXPECT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.resumed_from, 40'000U);
}

TEST_P(Deploy, AnArchiveThatCannotBeUnpackedLeavesTheOldRelease) {
  const Packed one = pack("1.0", "one");
  deployed(one);
  Packed broken = one;
  broken.parcel.file = folder_ / "broken.tar";
  write_text(broken.parcel.file, "this is no tar");
  broken.parcel = *make_parcel(broken.parcel.file);
  broken.release.version = "2.0";
  broken.release.sha256 = broken.parcel.sha256;
  const auto refused = deploy_it(broken);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.rfind("putting detector in its place failed (exit status 1): ", 0), 0U)
      << refused.error().message;
  EXPECT_EQ(link(), "releases/" + one.release.folder());
  EXPECT_EQ(state()->releases.size(), 1U);
  EXPECT_FALSE(fs::exists(part(broken)));
}

/// Has the lock of a file from another process's point of view.
class Holder {
 public:
  explicit Holder(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    EXPECT_EQ(::flock(fd_, LOCK_EX | LOCK_NB), 0) << file;
  }
  ~Holder() { ::close(fd_); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

 private:
  int fd_;
};

TEST_P(Deploy, TwoRunsGoOneAfterTheOther) {
  if (shell("command -v flock").empty()) {
    GTEST_SKIP() << "this host has no flock";
  }
  const Packed one = pack("1.0", "one");
  const Packed two = pack("2.0", "two");
  deployed(one);
  auto holder = std::make_unique<Holder>(model() / ".cef" / "lock");
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    write_text(folder_ / "released", "");
    holder.reset();
  });
  options_.verify_command = "[ -e " + core::shell_quote((folder_ / "released").string()) + " ]";
  const auto done = deploy_it(two);
  other.join();
  EXPECT_TRUE(done) << done.error().line();
}

TEST_P(Deploy, TheSameFileIsNotSentTwiceAtOnce) {
  if (shell("command -v flock").empty()) {
    GTEST_SKIP() << "this host has no flock";
  }
  const Packed one = pack("1.0", "one");
  write_text(part(one), read_text(one.parcel.file));  // the other has sent all, and verifies
  const Holder holder(part(one));
  const auto refused = deploy_it(one);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the transfer failed (exit status 75): another cef sends the same file to this host");
}

TEST_P(Deploy, AFlockThatCannotWaitWillDo) {
  if (shell("command -v flock").empty()) {
    GTEST_SKIP() << "this host has no flock";
  }
  // As that of BusyBox: FD with -s, -x, -u and -n only.
  program("flock",
          "case $1 in -w*) echo \"flock: invalid option -- 'w'\" >&2; exit 1 ;; esac\nexec /usr/bin/flock \"$@\"\n");
  deployed(pack("1.0", "one"));
}

TEST(ModelName, HasNoSlashAndNoLeadingDot) {
  for (const char* good : {"a", "resnet18", "yolo-v8.1_n+x~1", "8b"}) {
    EXPECT_TRUE(is_model_name(good)) << good;
  }
  for (const auto& bad : {std::string(), std::string("."), std::string("../a"), std::string("a/b"), std::string("-a"),
                          std::string("a b"), std::string("a\nb"), std::string("a\0b", 3), std::string(129, 'a')}) {
    EXPECT_FALSE(is_model_name(bad)) << bad;
  }
}

TEST(Architecture, IsNamedAsBundlesNameIt) {
  DeployState state;
  for (const auto& [machine, name] :
       {std::pair{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"arm64", "arm64"}, {"armv7l", "armv7l"}}) {
    state.machine = machine;
    EXPECT_EQ(state.architecture(), name);
  }
}

}  // namespace
}  // namespace cef::task
