#include "cli/fleet_options.hpp"

#include <csignal>
#include <iostream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "outcome.hpp"

namespace cef::cli {
namespace {

/// Asks for a password on a terminal of its own, on which `typed` is typed: 'p' when it came, 'i' when interrupted.
char answer_to(const std::string& typed) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, nullptr);
    const auto secret = ask_secret("password: ");
    ::_exit(secret                                                ? (secret->reveal() == "sesame" ? 'p' : '?')
            : secret.error().code == core::ErrorCode::interrupted ? 'i'
                                                                  : 'e');
  }
  std::string shown;
  char c = 0;
  while (shown.find("password: ") == std::string::npos && ::read(terminal, &c, 1) == 1) {
    shown += c;
  }
  EXPECT_EQ(::write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  while (::read(terminal, &c, 1) == 1) {
    shown += c;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  EXPECT_EQ(shown.find("sesame"), std::string::npos) << "what is typed must not be shown";
  return static_cast<char>(WEXITSTATUS(status));
}

/// The terminal after a question that Ctrl-C ended: 'y' where it shows again what is typed.
char echo_after_ctrl_c(bool echo) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, nullptr);
    const auto answer = ask_on_terminal("name: ", echo);
    termios now{};
    ::tcgetattr(STDIN_FILENO, &now);
    ::_exit(answer || answer.error().code != core::ErrorCode::interrupted ? 'e'
            : (now.c_lflag & ECHO) != 0                                   ? 'y'
                                                                          : 'n');
  }
  std::string shown;
  char c = 0;
  while (shown.find("name: ") == std::string::npos && ::read(terminal, &c, 1) == 1) {
    shown += c;
  }
  EXPECT_EQ(::write(terminal, "abc\x03", 4), 4);
  while (::read(terminal, &c, 1) == 1) {
    shown += c;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  EXPECT_TRUE(shown.ends_with('\n')) << "what follows begins a line";
  return static_cast<char>(WEXITSTATUS(status));
}

TEST(AskOnTerminal, LeavesTheTerminalAsItWasWhenInterrupted) {
  EXPECT_EQ(echo_after_ctrl_c(false), 'y');
  EXPECT_EQ(echo_after_ctrl_c(true), 'y');
}

TEST(AskSecret, TakesALineAndIsEndedByCtrlC) {
  EXPECT_EQ(answer_to("sesame\n"), 'p');
  EXPECT_EQ(answer_to("\x03"), 'i') << "interrupted";
}

TEST(AskPass, NeedsATerminalInEveryCommandThatLogsIn) {
  for (const char* command : {"ping", "bench", "select"}) {
    const auto ask = [&] {
      ::setsid();
      const Outcome outcome = cef({command, "all", "-i", "pi-1,", "-k"});
      std::cerr << outcome.err;
      std::_Exit(outcome.code);
    };
    EXPECT_EXIT(ask(), testing::ExitedWithCode(5),
                "no terminal to ask 'SSH password: '; give ansible_password in the inventory instead")
        << command;
  }
}

TEST(ProgressLine, LeavesTheTerminalAloneUntilHostsAreBegun) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, {}, true, {}};
  {
    ProgressLine line({}, console);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));  // a program asks for a password
    line.clear();
    EXPECT_EQ(err.str(), "");
  }
}

}  // namespace
}  // namespace cef::cli
