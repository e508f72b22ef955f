#include "cef/task/shell.hpp"

#include <gtest/gtest.h>

#include "local_host.hpp"

namespace cef::task {
namespace {

/// This machine by shells that stay, with a sudo that counts how often it is called.
class StayingShell : public LocalHost {
 protected:
  /// The connection of the fixture with shells that stay.
  class Staying final : public ShellConnection {
   public:
    explicit Staying(ssh::Connection& inner) : inner_(inner) { shells().allow(true); }
    core::Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& stop) override {
      return inner_.exec(request, stop);
    }
    core::Result<std::unique_ptr<ssh::Stream>> start(const std::string& command) override {
      if (has_one_session && !shells().empty()) {
        shells().give_up();
      }
      return inner_.start(hides_status ? "{ " + command + "; } | sed -u 's/\\(-[0-9]*\\) [0-9]*$/\\1/'" : command);
    }
    core::Result<void> upload(const fs::path& from, const std::string& to, unsigned mode, core::Milliseconds deadline,
                              const core::StopToken& stop) override {
      return inner_.upload(from, to, mode, deadline, stop);
    }
    core::Result<void> download(const std::string& from, const fs::path& to, core::Milliseconds deadline,
                                const core::StopToken& stop) override {
      return inner_.download(from, to, deadline, stop);
    }

    bool has_one_session = false;  ///< which a shell that stays takes up
    bool hides_status = false;     ///< as no shell does

   private:
    ssh::Connection& inner_;
  };

  void SetUp() override {
    program("sudo",
            "echo x >>\"$HOME/sudo\"; echo 'sudo: unable to resolve host here' >&2\n"
            "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n");
  }
  [[nodiscard]] Host host(const Become& become = {}, core::Milliseconds deadline = std::chrono::seconds(20)) {
    return {staying_, become, deadline, stop_};
  }
  [[nodiscard]] std::string times_of_sudo() const { return read_text(home() / "sudo"); }

  Staying staying_{*connection_};
};

TEST_F(StayingShell, RunsEachScriptByItself) {
  const std::string big(100'000, '\0');
  const auto first = host().run("x=1; cd /; umask 0; export A=1; wc -c; printf 'a\\0b'; echo oops >&2; exit 3", big);
  ASSERT_TRUE(first) << first.error().line();
  EXPECT_EQ(first->out, std::string("100000\na\0b", 10));
  EXPECT_EQ(first->err, "oops\n");
  EXPECT_EQ(first->exit_status, 3);
  const auto second = host().run("echo \"[${x-}${A-}$#]\"; cat; pwd; echo $$");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->out.substr(0, 4), "[0]\n");
  EXPECT_EQ(second->out.find("\n/\n"), std::string::npos);
  EXPECT_EQ(second->exit_status, 0);
  EXPECT_FALSE(staying_.shells().empty());
}

TEST_F(StayingShell, LeavesInputThatNobodyReadsToNobody) {
  ASSERT_TRUE(host().run("exit 1", std::string(200'000, 'y')));
  EXPECT_EQ(host().run("cat; echo next")->out, "next\n");
  EXPECT_EQ(host().run("cat | wc -c", std::string(400'000, 'y'))->out, "400000\n") << "too big for the shell";
}

TEST_F(StayingShell, AsksSudoOnce) {
  const Become other{true, "ann", std::nullopt};
  for (int i = 0; i < 3; ++i) {
    const auto result = host(other).run("echo mine >&2; cat", "in");
    ASSERT_TRUE(result) << result.error().line();
    EXPECT_EQ(result->err, "mine\n") << "what sudo says is not the program's";
    EXPECT_EQ(result->out, "in");
  }
  EXPECT_EQ(times_of_sudo(), "x\n");
}

TEST_F(StayingShell, SaysWhatSudoSaysWhenItRefuses) {
  program("sudo", "echo 'sudo: a password is required' >&2; exit 1\n");
  const auto result = host({true, "ann", std::nullopt}).run("echo done");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("sudo asks for a password"), std::string::npos) << result.error().message;
}

TEST_F(StayingShell, WaitsUntilSudoHasTakenThePassword) {
  program("sudo",
          "echo x >>\"$HOME/sudo\"\n"
          "while read -r word; do [ \"$word\" != hush ] || exec sh -c 'while [ \"$1\" != -- ]; do shift; done; shift; "
          "exec \"$@\"' sh \"$@\"; echo 'Sorry, try again.' >&2; done; exit 1\n");
  const auto refused = host({true, "ann", core::Secret("wrong")}).run("echo done");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "sudo refused the password");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(host({true, "ann", core::Secret("hush")}).run("echo done")->out, "done\n");
  }
  EXPECT_EQ(times_of_sudo(), "x\nx\nx\n") << "refused, by itself, for the shell";
}

TEST_F(StayingShell, IsNewWhereTheEnvironmentOfLoginsChanged) {
  const Become other{true, "ann", std::nullopt};
  ASSERT_TRUE(host(other).run("echo \"alias x=y\" >>~/.bashrc"));
  EXPECT_EQ(host(other).run("echo new")->out, "new\n");
  EXPECT_EQ(times_of_sudo(), "x\nx\n");
}

TEST_F(StayingShell, IsStartedAnewAfterAScriptKilledIt) {
  const auto killed = host().run("echo last; sleep 0.2; kill -KILL $PPID; sleep 0.5");
  ASSERT_TRUE(killed) << killed.error().line();
  EXPECT_EQ(killed->out, "last\n");
  EXPECT_EQ(killed->exit_status, 128 + 9);
  EXPECT_EQ(host().run("echo again")->out, "again\n");
}

TEST_F(StayingShell, DoesNotTakeAnAnswerWithoutStatusForSuccess) {
  staying_.hides_status = true;
  const auto done = host().run("exit 3");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, core::ErrorCode::host_failed);
  staying_.hides_status = false;
  EXPECT_TRUE(host().run("true"));
}

TEST_F(StayingShell, EndsAScriptThatTakesTooLong) {
  const auto late = host({}, core::Milliseconds(1500)).run("echo $$ >\"$HOME/pid\"; sleep 60");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, core::ErrorCode::timeout);
  EXPECT_EQ(
      shell("for i in $(seq 100); do kill -0 $(cat \"$HOME/pid\") 2>/dev/null || exit; sleep 0.1; done; echo there"),
      "");
  EXPECT_EQ(host().run("echo again")->out, "again\n");
}

TEST_F(StayingShell, GivesItsSessionToTheScriptsOfAnotherUserForGood) {
  staying_.has_one_session = true;
  ASSERT_EQ(host().run("echo first")->out, "first\n");
  ASSERT_FALSE(staying_.shells().empty());
  const Become other{true, "ann", std::nullopt};
  for (const std::string word : {"second", "third"}) {
    EXPECT_EQ(host(other).run("echo " + word)->out, word + "\n");
    EXPECT_TRUE(staying_.shells().empty());
  }
  EXPECT_EQ(times_of_sudo(), "x\nx\nx\n") << "for a shell that could not stay, and for each script";
}

TEST_F(StayingShell, IsNotThereWhereHeadTakesMoreThanItIsAskedFor) {
  program("head", "cat >/dev/null\n");
  EXPECT_EQ(host().run("cat", "in")->out, "in");
  EXPECT_TRUE(staying_.shells().empty());
}

}  // namespace
}  // namespace cef::task
