#include "cef/task/file.hpp"

#include <sys/stat.h>

#include "cef/core/digest.hpp"
#include "local_host.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

class File : public ShellHost {
 protected:
  /// A local file of that content and mode.
  Parcel local(const std::string& content, unsigned mode = 0644) {
    write_text(folder_ / "local's file", content);
    ::chmod((folder_ / "local's file").c_str(), mode);
    return *make_parcel(folder_ / "local's file");
  }
  core::Result<void> put(const Parcel& parcel, const std::string& remote, const std::string& mode = "",
                         const std::string& owner = "", bool check = false) {
    report_ = {};
    return file_put(host(), {parcel, remote, mode, owner, check}, report_);
  }
  core::Result<void> get(const std::string& remote, const fs::path& to) {
    report_ = {};
    return file_get(host(), remote, to, report_);
  }
  [[nodiscard]] std::string there(const std::string& name) const { return (home() / name).string(); }
  static unsigned mode_of(const fs::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  /// Nothing but these names are in the home.
  [[nodiscard]] std::size_t files_at_home() const {
    return static_cast<std::size_t>(
        std::distance(fs::recursive_directory_iterator(home()), fs::recursive_directory_iterator()));
  }

  FileReport report_;
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, File, testing::Values("dash", "busybox", "busybox_alone"), shell_name);

TEST_P(File, ANewFileHasTheLocalMode) {
  for (const unsigned mode : {0644U, 0755U, 0600U, 0440U}) {
    fs::remove(there("new"));
    const auto done = put(local("content", mode), there("new"));
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_TRUE(report_.changed);
    EXPECT_EQ(report_.remote, there("new"));
    EXPECT_EQ(report_.size, 7U);
    EXPECT_EQ(report_.sent_bytes, 7U);
    EXPECT_EQ(report_.sha256, core::sha256("content"));
    EXPECT_EQ(read_text(there("new")), "content");
    EXPECT_EQ(mode_of(there("new")), mode);
    ASSERT_TRUE(put(local("content", mode), there("new")));
    EXPECT_FALSE(report_.changed);
    EXPECT_EQ(report_.sent_bytes, 0U);
    EXPECT_EQ(files_at_home(), 1U);
  }
}

TEST_P(File, AnOldFileKeepsItsMode) {
  write_text(there("old"), "before");
  ::chmod(there("old").c_str(), 0640);
  ASSERT_TRUE(put(local("after", 0755), there("old")));
  EXPECT_EQ(read_text(there("old")), "after");
  EXPECT_EQ(mode_of(there("old")), 0640U);
}

TEST_P(File, TheModeThatIsAskedForIsSet) {
  ASSERT_TRUE(put(local("content"), there("file"), "0600"));
  EXPECT_EQ(mode_of(there("file")), 0600U);
  for (const auto& [text, mode] : {std::pair{"0755", 0755U}, {"640", 0640U}, {"0000", 0U}, {"4755", 04755U}}) {
    if (mode == 0 && ::geteuid() != 0) {
      continue;  // what cannot be read is sent anew
    }
    ASSERT_TRUE(put(local("content"), there("file"), text)) << text;
    EXPECT_TRUE(report_.changed);
    EXPECT_EQ(report_.sent_bytes, 0U) << "the content is the same";
    EXPECT_EQ(mode_of(there("file")), mode);
    ASSERT_TRUE(put(local("content"), there("file"), text));
    EXPECT_FALSE(report_.changed) << text;
  }
}

TEST_P(File, OwnersAndASpecialModeGoTogether) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  const std::string owner = "nobody:" + shell("id -gn nobody").substr(0, shell("id -gn nobody").find('\n'));
  ASSERT_TRUE(put(local("one"), there("file"), "4755", owner));
  EXPECT_EQ(mode_of(there("file")), 04755U);
  EXPECT_EQ(shell("stat -c %U:%G " + core::shell_quote(there("file"))), owner + "\n");
  ASSERT_TRUE(put(local("one"), there("file"), "4755", owner));
  EXPECT_FALSE(report_.changed);
  ASSERT_TRUE(put(local("two"), there("file")));
  EXPECT_EQ(mode_of(there("file")), 04755U) << "a new content keeps both";
  EXPECT_EQ(shell("stat -c %U:%G " + core::shell_quote(there("file"))), owner + "\n");
  ASSERT_TRUE(put(local("two"), there("file"), "", "root"));
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(mode_of(there("file")), 04755U);
  const auto unknown = put(local("three"), there("file"), "", "no-such-user");
  ASSERT_FALSE(unknown);
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(read_text(there("file")), "two");
  EXPECT_EQ(files_at_home(), 1U) << "what could not be put in its place does not stay beside it";
}

TEST_P(File, AFolderKeepsTheName) {
  fs::create_directories(there("a 'folder'"));
  for (const char* remote : {"a 'folder'", "a 'folder'/"}) {
    ASSERT_TRUE(put(local("content"), there(remote)));
    EXPECT_EQ(report_.remote, there("a 'folder'/local's file"));
    EXPECT_EQ(read_text(report_.remote), "content");
  }
  EXPECT_FALSE(report_.changed);
}

TEST_P(File, ARelativePathIsFromWhereALoginBegins) {
  const std::string name = "cef-relative-" + std::to_string(::getpid());
  ASSERT_TRUE(put(local("content"), name));
  EXPECT_EQ(read_text(report_.remote), "content");
  EXPECT_EQ(report_.remote.front(), '/');
  ASSERT_TRUE(put(local("content"), name));
  EXPECT_FALSE(report_.changed);
  ASSERT_TRUE(get(name, folder_ / "back"));
  EXPECT_EQ(read_text(folder_ / "back"), "content");
  fs::remove(name);
}

TEST_P(File, NamesMayHoldAnything) {
  for (const char* name : {"it's", "a \"b\" $(touch oops)", "-rf", "*", "a\\nb", "x;y & z", "=a=b"}) {
    ASSERT_TRUE(put(local("content"), there(name))) << name;
    EXPECT_EQ(report_.remote, there(name));
    EXPECT_EQ(read_text(there(name)), "content");
    ASSERT_TRUE(get(there(name), folder_ / "back" / name)) << name;
    EXPECT_EQ(read_text(folder_ / "back" / name), "content");
  }
  EXPECT_EQ(files_at_home(), 7U);
}

TEST_P(File, ACheckChangesNothing) {
  ASSERT_TRUE(put(local("content"), there("file"), "", "", true));
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(files_at_home(), 0U);
  ASSERT_TRUE(put(local("content"), there("file")));
  ASSERT_TRUE(put(local("content"), there("file"), "", "", true));
  EXPECT_FALSE(report_.changed);
}

TEST_P(File, ABrokenTransferIsTakenUpAgain) {
  const Parcel parcel = local(std::string(2'000'000, 'b'));
  const std::string part = there(".big." + key_of(parcel).substr(0, 12) + ".cef-part");
  write_text(part, std::string(1'500'000, 'b'));
  ASSERT_TRUE(put(parcel, there("big")));
  EXPECT_EQ(report_.resumed_from, 1'500'000U);
  EXPECT_EQ(report_.sent_bytes, 500'000U);
  EXPECT_EQ(files_at_home(), 1U);
}

TEST_P(File, WhatIsThereOfItCountsAsRoom) {
  program("df", "echo Filesystem; echo 'disk 2000 1400 600 70% /'\n");
  const Parcel parcel = local(std::string(2'000'000, 'b'));
  const auto refused = put(parcel, there("big"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the host's disk has 600.0 KiB free"), std::string::npos)
      << refused.error().message;
  write_text(there(".big." + key_of(parcel).substr(0, 12) + ".cef-part"), std::string(1'500'000, 'b'));
  const auto done = put(parcel, there("big"));
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.resumed_from, 1'500'000U);
}

TEST_P(File, WhatCannotBeReadIsReplaced) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root can read all";
  }
  write_text(there("file"), "before");
  ::chmod(there("file").c_str(), 0200);
  const auto done = put(local("after "), there("file"), "0600");
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(read_text(there("file")), "after ");
}

/// This machine, where one session runs at a time.
class OneSession final : public ssh::Connection {
 public:
  explicit OneSession(ssh::Connection& inner) : inner_(inner) {}
  core::Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& stop) override {
    return open_.expired() ? inner_.exec(request, stop) : core::fail(ErrorCode::unreachable, "opens no session");
  }
  core::Result<std::unique_ptr<ssh::Stream>> start(const std::string& command) override {
    auto stream = open_.expired() ? inner_.start(command) : core::fail(ErrorCode::unreachable, "opens no session");
    return std::move(stream).map([&](auto one) -> std::unique_ptr<ssh::Stream> {
      auto counted = std::make_unique<Counted>(std::move(one));
      open_ = counted->open;
      return counted;
    });
  }
  core::Result<void> upload(const fs::path&, const std::string&, unsigned, core::Milliseconds,
                            const core::StopToken&) override {
    return {};
  }
  core::Result<void> download(const std::string&, const fs::path&, core::Milliseconds,
                              const core::StopToken&) override {
    return {};
  }

 private:
  struct Counted final : ssh::Stream {
    explicit Counted(std::unique_ptr<ssh::Stream> one) : stream(std::move(one)) {}
    core::Result<void> write(std::string_view data, core::Milliseconds deadline) override {
      return stream->write(data, deadline);
    }
    core::Result<std::string> read(core::Milliseconds deadline) override { return stream->read(deadline); }
    core::Result<ssh::ExecResult> finish(core::Milliseconds deadline) override { return stream->finish(deadline); }
    std::unique_ptr<ssh::Stream> stream;
    std::shared_ptr<bool> open = std::make_shared<bool>(true);
  };
  ssh::Connection& inner_;
  std::weak_ptr<bool> open_;
};

TEST_P(File, OneSessionAtATimeIsEnough) {
  OneSession connection(*connection_);
  const Host host(connection, {}, std::chrono::seconds(20), stop_);
  const Parcel parcel = local("content");
  for (const char* mode : {"0644", "0600"}) {
    const auto done = file_put(host, {parcel, there("file"), mode, "", false}, report_);
    ASSERT_TRUE(done) << mode << ": " << done.error().line();
    EXPECT_EQ(mode_of(there("file")), std::stoul(mode, nullptr, 8));
  }
}

TEST_P(File, WhatIsNoFileIsNotReplaced) {
  fs::create_directories(there("folder/local's file"));
  for (const auto& [remote, why] : {std::pair{"folder", "is not a regular file"},
                                    {"none/file", "none: there is no such folder"},
                                    {"none/", "none/: there is no such folder"}}) {
    const auto refused = put(local("content"), there(remote));
    ASSERT_FALSE(refused) << remote;
    EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
    EXPECT_NE(refused.error().message.find(why), std::string::npos) << refused.error().message;
    EXPECT_FALSE(report_.changed);
  }
}

TEST_P(File, AHostWithoutSha256sumIsTold) {
  const Parcel parcel = local("content");
  if (std::string(GetParam()) == "busybox_alone") {
    fs::remove(folder_ / "bin" / "sha256sum");
  } else {
    only_programs({"cat", "cut", "stat", "df", "awk", "wc", "rm", "mv", "chmod"});
  }
  const auto refused = put(parcel, there("file"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_NE(refused.error().message.find("sha256sum"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(fs::exists(there("file")));
  write_text(there("have"), "content");
  EXPECT_FALSE(get(there("have"), folder_ / "back"));
  EXPECT_FALSE(fs::exists(folder_ / "back"));
}

TEST_P(File, GetVerifiesAndIsIdempotent) {
  const std::string big(3'000'001, 'g');
  for (const std::string& content : {std::string(), std::string("\0\n", 2), big}) {
    write_text(there("file"), content);
    const fs::path to = folder_ / "fetched" / "here" / "file";
    const auto done = get(there("file"), to);
    ASSERT_TRUE(done) << done.error().line();
    EXPECT_TRUE(report_.changed);
    EXPECT_EQ(report_.size, content.size());
    EXPECT_EQ(report_.sent_bytes, content.size());
    EXPECT_EQ(report_.sha256, core::sha256(content));
    EXPECT_EQ(read_text(to), content);
    ASSERT_TRUE(get(there("file"), to));
    EXPECT_FALSE(report_.changed);
    EXPECT_EQ(report_.sent_bytes, 0U);
  }
}

TEST_P(File, GetOfWhatCannotBeReadLeavesTheOldFile) {
  write_text(folder_ / "mine", "old");
  EXPECT_EQ(get(there("none"), folder_ / "mine").error().message, there("none") + ": there is no such file");
  EXPECT_EQ(get(home().string(), folder_ / "mine").error().message, home().string() + ": is not a regular file");
  // A file that changes between the digest and the reading.
  write_text(there("file"), "one");
  program("cat", "echo two\n");
  const auto changed = get(there("file"), folder_ / "mine");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::integrity);
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(read_text(folder_ / "mine"), "old");
}

}  // namespace
}  // namespace cef::task
