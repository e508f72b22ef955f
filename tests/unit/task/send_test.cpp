#include "cef/task/send.hpp"

#include <future>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

#include "cef/core/digest.hpp"
#include "local_host.hpp"
#include "scripted.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

class Send : public ShellHost {
 protected:
  Parcel parcel(const std::string& content) {
    write_text(folder_ / "parcel", content);
    return *make_parcel(folder_ / "parcel");
  }
  core::Result<void> send_it(const Parcel& parcel) {
    report_ = {};
    return send(host(), parcel, "\"$HOME\"/" + core::shell_quote(k_part), report_);
  }
  [[nodiscard]] fs::path part() const { return home() / k_part; }

  static constexpr const char* k_part = "it's a 'part'";
  SendReport report_;
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, Send, testing::Values("dash", "busybox", "busybox_alone"), shell_name);

TEST_P(Send, BytesArriveAsTheyAre) {
  std::string content;
  for (unsigned i = 0; i < 300'000; ++i) {
    content += static_cast<char>(i * 7919U >> 5U);
  }
  for (const std::string& one : {std::string(), std::string("\0\n\r", 3), content}) {
    fs::remove(part());
    const auto done = send_it(parcel(one));
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_EQ(read_text(part()), one);
    EXPECT_EQ(report_.sent_bytes, one.size());
    EXPECT_EQ(report_.resumed_from, 0U);
    EXPECT_EQ(fs::status(part()).permissions(), fs::perms::owner_read | fs::perms::owner_write) << "it may be secret";
  }
}

TEST_P(Send, GoesOnWhereAnEarlierTryEnded) {
  const std::string content(700'000, 'z');
  write_text(part(), content.substr(0, 300'001));
  ASSERT_TRUE(send_it(parcel(content)));
  EXPECT_EQ(report_.resumed_from, 300'001U);
  EXPECT_EQ(report_.sent_bytes, 399'999U);
  EXPECT_EQ(read_text(part()), content);
  ASSERT_TRUE(send_it(parcel(content)));
  EXPECT_EQ(report_.sent_bytes, 0U) << "all of it is there";
}

TEST_P(Send, AWrongBeginningIsThrownAway) {
  for (const auto& wrong : {std::string("y"), std::string(9, 'y'), std::string(10, 'y')}) {
    write_text(part(), wrong);
    ASSERT_TRUE(send_it(parcel("right one")));
    EXPECT_EQ(read_text(part()), "right one");
    EXPECT_EQ(report_.resumed_from, 0U);
    EXPECT_EQ(report_.sent_bytes, 9U);
  }
}

TEST_P(Send, AFileThatChangesMeanwhileIsNotTaken) {
  Parcel changed = parcel("as it was");
  write_text(changed.file, "as it is.");
  const auto refused = send_it(changed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::integrity);
  EXPECT_FALSE(fs::exists(part()));
  write_text(changed.file, "short");
  const auto cut = send_it(changed);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().message, "the transfer failed (exit status 1): the transfer ended after 5 of 9 bytes");
}

TEST_P(Send, TheDigestMayComeLater) {
  Parcel later = parcel("content");
  const std::string digest = std::exchange(later.sha256, "");
  const auto run = [&](const std::string& becomes, const std::string& then) {
    std::promise<core::Result<std::string>> promise;
    later.coming = promise.get_future().share();
    std::thread slow([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      promise.set_value(becomes);
    });
    report_ = {};
    auto done = send(host(), later, core::shell_quote(part().string()), report_, {then, "putting it there"});
    slow.join();
    return done;
  };
  const auto damaged = run(std::string(64, '0'), "touch \"$HOME\"/then");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::integrity);
  EXPECT_FALSE(fs::exists(part()));
  EXPECT_FALSE(fs::exists(home() / "then"));
  const auto done = run(digest, "touch \"$HOME\"/then");
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(read_text(part()), "content");
  EXPECT_TRUE(fs::exists(home() / "then"));
}

TEST_P(Send, WhatFollowsIsDoneWithAVerifiedPartOnly) {
  Parcel changed = parcel("as it was");
  const std::string there = core::shell_quote(part().string());
  ASSERT_TRUE(send(host(), changed, there, report_, {"mv " + there + " \"$HOME\"/placed", "putting it there"}));
  EXPECT_EQ(read_text(home() / "placed"), "as it was");
  const auto failed = send(host(), changed, there, report_, {"echo no such luck >&2; false", "putting it there"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "putting it there failed (exit status 66): no such luck");
  fs::remove(part());
  write_text(changed.file, "as it is.");
  EXPECT_FALSE(send(host(), changed, there, report_, {"touch \"$HOME\"/then", "putting it there"}));
  EXPECT_FALSE(fs::exists(home() / "then"));
}

TEST_P(Send, OneSenderAtATime) {
  if (shell("command -v flock").empty()) {
    GTEST_SKIP() << "this host has no flock";
  }
  const int fd = ::open(part().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
  write_text(part(), "content");  // the other has sent all, and verifies
  const auto refused = send_it(parcel("content"));
  ::close(fd);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_NE(refused.error().message.find("another cef sends the same file"), std::string::npos);
  EXPECT_EQ(read_text(part()), "content");
  EXPECT_TRUE(send_it(parcel("content")));
}

TEST_P(Send, AFullDiskKeepsNothing) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "needs /dev/full";
  }
  // The part is written through `tee`; one that cannot write stands for the full disk.
  program("tee", "head -c 10; echo 'tee: write error: No space left on device' >&2; exit 1\n");
  const auto refused = send_it(parcel(std::string(1000, 'c')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the transfer failed (exit status 1): tee: write error: No space left on device");
  EXPECT_FALSE(fs::exists(part()));
}

TEST_P(Send, AnInterruptionLeavesWhatCame) {
  const Parcel whole = parcel(std::string(3'000'000, 'c'));
  const core::StopToken stop;
  stop.request();
  stop.request();
  const auto left =
      send(Host(*connection_, {}, std::chrono::seconds(20), stop), whole, core::shell_quote(part().string()), report_);
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, ErrorCode::interrupted);
  EXPECT_TRUE(send_it(whole));
}

TEST_P(Send, AFolderThatIsNotThereIsSaid) {
  const auto refused = send(host(), parcel("x"), core::shell_quote((home() / "none" / "part").string()), report_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_NE(refused.error().message.find("none/part"), std::string::npos) << refused.error().message;
}

TEST(Parcel, IsARegularFile) {
  const fs::path folder = fs::temp_directory_path() / ("cef-parcel-" + std::to_string(::getpid()));
  write_text(folder / "file", "content");
  const auto good = make_parcel(folder / "file");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->size, 7U);
  EXPECT_EQ(good->sha256, core::sha256("content"));
  EXPECT_EQ(make_parcel(folder).error().message, folder.string() + ": is a folder; pack it, or send its files");
  EXPECT_EQ(make_parcel(folder / "none").error().message, (folder / "none").string() + ": there is no such file");
  EXPECT_EQ(make_parcel("/dev/null").error().code, ErrorCode::usage);
  fs::remove_all(folder);
}

/// Says something else than how much is there, for ever.
class Babbling : public ssh::Stream {
 public:
  core::Result<void> write(std::string_view, core::Milliseconds) override { return {}; }
  core::Result<std::string> read(core::Milliseconds) override {
    return ++reads_ > 1000 ? core::Result<std::string>(core::fail(ErrorCode::unreachable, "enough"))
                           : std::string(100, 'x');
  }
  core::Result<ssh::ExecResult> finish(core::Milliseconds) override { return ssh::ExecResult{}; }

 private:
  int reads_ = 0;
};

TEST(SendToABabblingHost, Fails) {
  class : public Scripted {
    core::Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override {
      return std::make_unique<Babbling>();
    }
  } connection;
  const Host host{connection, {}, std::chrono::seconds(20), {}};
  SendReport report;
  const auto sent = send(host, *make_parcel("/bin/sh"), "part", report);
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("the host answered 'xxx"), std::string::npos) << sent.error().message;
}

}  // namespace
}  // namespace cef::task
