#include "cef/task/command.hpp"

#include <cstdlib>

#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::task {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

class Command : public testing::Test {
 protected:
  Command() : connector_(ssh::make_connector({})) {
    ssh::Target target;
    target.name = target.address = "localhost";
    target.transport = ssh::Transport::local;
    auto connection = connector_->connect(target, stop_);
    EXPECT_TRUE(connection);
    connection_ = std::move(*connection);
  }
  static ssh::ExecRequest request(const std::string& command, const std::string& input = "") {
    ssh::ExecRequest one;
    one.command = command;
    one.input = input;
    one.deadline = std::chrono::seconds(20);
    return one;
  }
  static bool sudo_works() { return ::geteuid() == 0 && std::system("sudo -n true >/dev/null 2>&1") == 0; }

  const core::StopToken stop_;
  std::unique_ptr<ssh::Connector> connector_;
  std::unique_ptr<ssh::Connection> connection_;
};

/// Gives one answer to everything and keeps what was asked.
class Scripted : public ssh::Connection {
 public:
  explicit Scripted(ssh::ExecResult answer) : answer_(std::move(answer)) {}
  Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken&) override {
    asked = request;
    return answer_;
  }
  Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override { return fail(ErrorCode::internal, "none"); }
  Result<void> upload(const std::filesystem::path&, const std::string&, unsigned, core::Milliseconds,
                      const core::StopToken&) override {
    return {};
  }
  Result<void> download(const std::string&, const std::filesystem::path&, core::Milliseconds,
                        const core::StopToken&) override {
    return {};
  }
  ssh::ExecRequest asked;

 private:
  ssh::ExecResult answer_;
};

ssh::ExecResult answer(int status, const std::string& out, const std::string& err) {
  ssh::ExecResult result;
  result.exit_status = status;
  result.out = out;
  result.err = err;
  return result;
}

TEST_F(Command, PingHearsItsWordFromAShell) {
  const auto round_trip = ping(*connection_, std::chrono::seconds(20), stop_);
  ASSERT_TRUE(round_trip) << round_trip.error().line();
  EXPECT_GT(round_trip->count(), 0);
}

TEST_F(Command, PingIsNotFooledByAnotherAnswer) {
  Scripted router(answer(1, "", "\r\n% Unknown command\n"));
  const auto refused = ping(router, std::chrono::seconds(1), stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message, "its shell does not run commands (exit status 1): % Unknown command");
  const std::string first = router.asked.command;
  EXPECT_FALSE(ping(router, std::chrono::seconds(1), stop_));
  EXPECT_NE(router.asked.command, first) << "the word must be new each time";
}

TEST_F(Command, BecomeRunsAsTheOtherUser) {
  if (!sudo_works()) {
    GTEST_SKIP() << "needs root and sudo";
  }
  const auto who = exec_become(*connection_, request("id -un; cat; echo \"it's\" >&2; exit 3", "in\nput"),
                               {true, "nobody", std::nullopt}, stop_);
  ASSERT_TRUE(who) << who.error().line();
  EXPECT_EQ(who->out, "nobody\nin\nput");
  EXPECT_EQ(who->err, "it's\n");
  EXPECT_EQ(who->exit_status, 3);
}

TEST_F(Command, SuRunsAsTheOtherUserToo) {
  if (getuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  const core::Become by_su{true, "nobody", core::Secret("hush"), core::BecomeMethod::su};
  const auto who = exec_become(*connection_, request("id -un; cat; exit 3", "in\nput"), by_su, stop_);
  ASSERT_TRUE(who) << who.error().line();
  EXPECT_EQ(who->out, "nobody\nin\nput") << "root is not asked for the password";
  EXPECT_EQ(who->exit_status, 3);
}

TEST_F(Command, SusReasonsAreSaidWithTheRemedy) {
  core::Become by_su{true, "root", std::nullopt, core::BecomeMethod::su};
  Scripted host(answer(1, "", "Password: su: Authentication failure\n"));
  EXPECT_EQ(exec_become(host, request("true"), by_su, stop_).error().message,
            "su asks for a password; give it with -K or --become-password-file");
  by_su.password = core::Secret("hush");
  EXPECT_EQ(exec_become(host, request("true"), by_su, stop_).error().message, "su refused the password");
  EXPECT_EQ(host.asked.command.find("hush"), std::string::npos);
  EXPECT_EQ(host.asked.input.rfind("hush\n", 0), 0U);
}

TEST_F(Command, APasswordThatSudoDoesNotAskForDoesNotReachTheProgram) {
  if (!sudo_works()) {
    GTEST_SKIP() << "needs root and sudo";
  }
  const auto read = exec_become(*connection_, request("cat", "mine"), {true, "root", core::Secret("hush")}, stop_);
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->out, "mine");
}

TEST_F(Command, BecomeOfAnUnknownUserIsAFailureOfTheHost) {
  if (!sudo_works()) {
    GTEST_SKIP() << "needs root and sudo";
  }
  const auto refused = exec_become(*connection_, request("true"), {true, "no-such-user-here", std::nullopt}, stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message.rfind("sudo failed: ", 0), 0U) << refused.error().message;
}

TEST_F(Command, ThePasswordGoesOverStdinOnly) {
  Scripted host(answer(1, "", "Sorry, try again.\nsudo: 1 incorrect password attempt\n"));
  const auto refused = exec_become(host, request("true"), {true, "root", core::Secret("hush")}, stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "sudo refused the password");
  EXPECT_EQ(host.asked.command.find("hush"), std::string::npos);
  EXPECT_EQ(host.asked.input.rfind("hush\n", 0), 0U);
}

TEST_F(Command, SudosReasonsAreSaidWithTheRemedy) {
  Scripted asks(answer(1, "", "sudo: a password is required\n"));
  EXPECT_EQ(exec_become(asks, request("true"), {true, "root", std::nullopt}, stop_).error().message,
            "sudo asks for a password; give it with -K or --become-password-file");
  Scripted missing(answer(127, "", "sh: 1: sudo: not found\n"));
  EXPECT_EQ(exec_become(missing, request("true"), {true, "root", std::nullopt}, stop_).error().message,
            "sudo failed: sh: 1: sudo: not found");
  Scripted silent(answer(1, "", ""));
  EXPECT_EQ(exec_become(silent, request("true"), {true, "root", std::nullopt}, stop_).error().message,
            "sudo failed with exit status 1");
}

}  // namespace
}  // namespace cef::task
