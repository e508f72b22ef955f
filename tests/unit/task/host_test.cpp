#include "cef/task/host.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "local_host.hpp"
#include "scripted.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

/// A sudo that does what it is told, after it said something and, with -S, read a password.
constexpr const char* k_sudo = R"sh(
printf '%s ' "$@" >>"$HOME/sudo"
echo 'sudo: unable to resolve host here' >&2
[ "$1" != -S ] || { read -r password; [ "$password" = hush ] || { echo 'Sorry, try again.' >&2; exit 1; }; }
while [ "$1" != -- ]; do shift; done; shift; exec "$@"
)sh";

class HostRuns : public ShellHost {
 protected:
  [[nodiscard]] Host as(const std::string& user, const std::optional<core::Secret>& password = std::nullopt) const {
    return {*connection_, {true, user, password}, std::chrono::seconds(20), stop_};
  }
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(In, HostRuns, testing::Values("dash", "busybox"), shell_name);

TEST_P(HostRuns, AScriptAsItIs) {
  const auto result = host().run("printf '%s|' \"it's\" 'a  b'; cat; echo \"bad\" >&2; exit 3", "in\nput");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, "it's|a  b|in\nput");
  EXPECT_EQ(result->err, "bad\n");
  EXPECT_EQ(result->exit_status, 3);
}

TEST_P(HostRuns, RootNeedsNoSudo) {
  program("id", "echo 0\n");
  program("sudo", k_sudo);
  const auto result = host().run_as_root("cat; echo mine >&2", "input");
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->out, "input");
  EXPECT_EQ(result->err, "mine\n");
  EXPECT_FALSE(fs::exists(home() / "sudo"));
}

TEST_P(HostRuns, OthersGetRootBySudo) {
  program("id", "echo 1000\n");
  program("sudo", k_sudo);
  const auto result = host().run_as_root("cat; echo mine >&2; exit 4", "input\n");
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->out, "input\n");
  EXPECT_EQ(result->err, "mine\n") << "what sudo says is not the program's";
  EXPECT_EQ(result->exit_status, 4);
  EXPECT_EQ(read_text(home() / "sudo").rfind("-n -u root -- sh -c ", 0), 0U) << read_text(home() / "sudo");
}

TEST_P(HostRuns, ThePasswordGoesToSudoAndNowhereElse) {
  program("id", "echo 1000\n");
  program("sudo", k_sudo);
  const auto result = as("edge", core::Secret("hush")).run("cat; env", "input\n");
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->out.rfind("input\n", 0), 0U);
  EXPECT_EQ(result->out.find("hush"), std::string::npos);
  EXPECT_EQ(read_text(home() / "sudo").find("hush"), std::string::npos);
  const auto refused = as("edge", core::Secret("wrong")).run("echo never");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "sudo refused the password");
}

TEST_P(HostRuns, FlagsAndAnotherProgramInPlaceOfSudoOrSu) {
  program("mine", k_sudo);
  program("su", "printf '%s ' \"$@\" >>\"$HOME/sudo\"; while [ \"$1\" != -c ]; do shift; done; exec sh -c \"$2\"\n");
  core::Become become{true, "edge", {}};
  const auto words_of = [&] {
    fs::remove(home() / "sudo");
    const auto result = Host{*connection_, become, std::chrono::seconds(20), stop_}.run("echo done");
    EXPECT_TRUE(result) << result.error().line();
    EXPECT_EQ(result ? result->out : "", "done\n");
    const std::string words = read_text(home() / "sudo");
    return words.substr(0, words.find("-c "));
  };
  become.program = {"mine"};
  become.flags = {"-H", "-Sn", "--preserve-env=a b"};
  EXPECT_EQ(words_of(), "-H -Sn --preserve-env=a b -n -u edge -- sh ");
  become.password = core::Secret("hush");
  become.flags = {"-Sn", "-n", "-nH", "-gnn"};
  EXPECT_EQ(words_of(), "-S -H -gnn -S -p  -u edge -- sh ") << "with a password it has to ask";
  become = {true, "edge", {}, core::BecomeMethod::su, {}, {"-"}, {}};
  EXPECT_EQ(words_of(), "-s /bin/sh - edge ");
}

TEST_P(HostRuns, AStreamBehindSudoIsTheProgramsAlone) {
  program("sudo", k_sudo);
  auto stream = as("edge", core::Secret("hush")).start("cat; echo end >&2; exit 5");
  ASSERT_TRUE(stream);
  ASSERT_TRUE((*stream)->write("one ", std::chrono::seconds(20)));
  ASSERT_TRUE((*stream)->write("two", std::chrono::seconds(20)));
  std::string out;
  while (out.size() < 7) {
    const auto data = (*stream)->read(std::chrono::seconds(20));
    ASSERT_TRUE(data);
    ASSERT_FALSE(data->empty());
    out += *data;
  }
  const auto ended = (*stream)->finish(std::chrono::seconds(20));
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(out, "one two");
  EXPECT_EQ(ended->err, "end\n");
  EXPECT_EQ(ended->exit_status, 5);
}

TEST_P(HostRuns, AStreamThatSudoRefusesIsAnError) {
  program("sudo", "echo 'sudo: a password is required' >&2; exit 1\n");
  auto stream = as("edge").start("cat");
  ASSERT_TRUE(stream);
  const auto ended = (*stream)->finish(std::chrono::seconds(20));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, "sudo asks for a password; give it with -K or --become-password-file");
}

TEST_P(HostRuns, AStreamWhosePasswordIsWrongIsRefusedBeforeItBegins) {
  program("sudo",
          "while read -r word; do [ \"$word\" != hush ] || exec true; echo 'Sorry, try again.' >&2; done; exit 1\n");
  const Host host{*connection_, {true, "edge", core::Secret("wrong")}, std::chrono::seconds(5), stop_};
  const auto stream = host.start("cat");
  ASSERT_FALSE(stream) << "sudo waits for another password";
  EXPECT_EQ(stream.error().message, "sudo refused the password");
}

/// Says its pieces and ends with exit status 7; `left` are those that nobody read.
class Pieces : public ssh::Stream {
 public:
  explicit Pieces(std::deque<std::string> pieces) : left(std::move(pieces)) {}
  core::Result<void> write(std::string_view, core::Milliseconds) override { return {}; }
  core::Result<std::string> read(core::Milliseconds) override {
    if (left.empty()) {
      return std::string();
    }
    std::string piece = std::move(left.front());
    left.pop_front();
    return piece;
  }
  core::Result<ssh::ExecResult> finish(core::Milliseconds) override { return answer(7, ""); }

  std::deque<std::string> left;
};

core::Result<std::string> until_blank_line(Pieces& stream) {
  return read_until(stream, "\n\n", 100, std::chrono::seconds(20), [](const ssh::ExecResult& ended) {
    return core::Error{ErrorCode::host_failed, "ended with " + std::to_string(ended.exit_status), {}};
  });
}

TEST(ReadUntil, TakesWhatIsSaidUpToTheEnd) {
  Pieces apart({"one\ntwo\n", "\nthree"});
  EXPECT_EQ(until_blank_line(apart).value_or("?"), "one\ntwo");
  Pieces at_once({"\n\n", "next"});
  EXPECT_EQ(until_blank_line(at_once).value_or("?"), "");
  EXPECT_EQ(at_once.left.size(), 1U) << "the rest is for who comes next";
}

TEST(ReadUntil, LeavesAHostThatSaysTooMuch) {
  Pieces babbling(std::deque<std::string>(1000, std::string(40, 'x')));
  const auto said = until_blank_line(babbling);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, ErrorCode::host_failed);
  EXPECT_EQ(said.error().message, "the transfer failed: the host answered '" + std::string(80, 'x') + "'");
  EXPECT_EQ(babbling.left.size(), 997U) << "it reads no more than 100 bytes and the piece that goes beyond";
}

TEST(ReadUntil, SaysHowItEndedBefore) {
  Pieces short_one({"one\n"});
  const auto said = until_blank_line(short_one);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().message, "ended with 7");
}

TEST(ScriptError, NamesTheLastLineAndTheStatus) {
  EXPECT_EQ(script_error("it", answer(3, "out\n", "first\nlast \r\n\n")).message, "it failed (exit status 3): last");
  EXPECT_EQ(script_error("it", answer(3, "out\n", "")).message, "it failed (exit status 3): out");
  ssh::ExecResult killed = answer(137, "", "");
  killed.signal = "KILL";
  EXPECT_EQ(script_error("it", killed).message, "it failed (killed by signal KILL)");
  EXPECT_EQ(script_error("it", killed).code, ErrorCode::host_failed);
}

TEST(LastLine, IsTheLastThatIsNotBlank) {
  EXPECT_EQ(last_line(""), "");
  EXPECT_EQ(last_line("\n \r\n"), "");
  EXPECT_EQ(last_line("one"), "one");
  EXPECT_EQ(last_line("one\ntwo\r\n\n"), "two");
}

}  // namespace
}  // namespace cef::task
