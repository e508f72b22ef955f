#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "outcome.hpp"

namespace cef::cli {
namespace {

TEST(Runner, SaysOnATerminalWhatItIsFor) {
  const auto on_a_terminal = [] {
    int master = -1;
    int terminal = -1;
    ::openpty(&master, &terminal, nullptr, nullptr, nullptr);
    ::dup2(terminal, STDIN_FILENO);
    const Outcome outcome = cef({"runner"});
    std::cerr << outcome.err;
    std::_Exit(outcome.code);
  };
  EXPECT_EXIT(on_a_terminal(), testing::ExitedWithCode(5), "write 'cef runner install PATTERN'");
}

}  // namespace
}  // namespace cef::cli
