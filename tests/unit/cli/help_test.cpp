#include <sstream>

#include <gtest/gtest.h>

#include "outcome.hpp"

namespace cef::cli {
namespace {

using Words = std::vector<std::string>;

std::string help_of(Words command) {
  command.emplace_back("--help");
  return cef(command).out;
}

/// The first words of the lines below "Subcommands:".
Words subcommands(const std::string& help) {
  Words names;
  std::istringstream lines(help);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "Subcommands:") {
      inside = true;
    } else if (line.empty()) {
      inside = false;
    } else if (inside && line.rfind("  ", 0) == 0 && line[2] != ' ') {
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return names;
}

void walk(const Words& command, std::size_t& commands) {
  const std::string help = help_of(command);
  ++commands;
  std::string name = "cef";
  for (const auto& word : command) {
    name += " " + word;
  }
  const std::size_t examples = help.find("Examples:\n");
  EXPECT_NE(examples, std::string::npos) << name << " --help has no examples";
  std::size_t shown = 0;
  std::size_t of_this_command = 0;
  std::istringstream lines(help.substr(std::min(examples, help.size())));
  for (std::string line; std::getline(lines, line);) {
    shown += line.rfind("  cef ", 0) == 0 ? 1 : 0;
    // `deploy FILE.zip` is short for `deploy file FILE.zip`.
    of_this_command += line.rfind("  " + name, 0) == 0 || line.rfind("  cef deploy resnet", 0) == 0 ? 1 : 0;
  }
  EXPECT_GE(shown, 2U) << name << " --help has fewer than two examples";
  EXPECT_EQ(of_this_command, shown) << name << " --help shows examples of another command";
  EXPECT_EQ(help.find("{false}"), std::string::npos) << name << " --help shows how a flag is stored";
  for (const auto& child : subcommands(help)) {
    Words deeper = command;
    deeper.push_back(child);
    walk(deeper, commands);
  }
}

TEST(Help, OfEveryCommandHasTwoExamplesOfIt) {
  std::size_t commands = 0;
  for (const auto& command : subcommands(help_of({}))) {
    walk({command}, commands);
  }
  EXPECT_GT(commands, 40U) << "this test has lost commands";
}

TEST(WrongUse, NamesTheHelpThatTellsWhatIsRight) {
  EXPECT_NE(cef({"deploy", "model", "rpi"}).err.find("Try 'cef deploy model --help'."), std::string::npos);
  EXPECT_NE(cef({"apt", "lst"}).err.find("did you mean 'list'?\nTry 'cef apt --help'."), std::string::npos);
}

TEST(WrongUse, IsSaidOnceAndNotByEveryHost) {
  for (const Words& command : {Words{"apt", "install", "all", "--", "-x"}, Words{"service", "status", "all", "../x"},
                               Words{"deploy", "rollback", "all", "../x"}, Words{"deploy", "status", "all", "a b"},
                               Words{"deploy", "prune", "all", "-x"}, Words{"reboot", "all", "--batch", "0"},
                               Words{"apt", "upgrade", "all", "--lock-timeout", "soon"}}) {
    const Outcome outcome = cef(command);
    EXPECT_EQ(outcome.code, 5) << command[1];
    EXPECT_EQ(outcome.out, "") << command[1];
  }
  EXPECT_NE(cef({"apt", "upgrade", "all", "--lock-timeout", "soon"}).err.find("--lock-timeout: 'soon'"),
            std::string::npos);
}

}  // namespace
}  // namespace cef::cli
