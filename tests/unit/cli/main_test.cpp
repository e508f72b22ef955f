
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "cef/cli/exit_code.hpp"
#include "outcome.hpp"

namespace cef::cli {
namespace {

TEST(Cli, HelpAndVersionGoToStdout) {
  EXPECT_EQ(cef({"--version"}).out, "cef " CEF_VERSION "\n");
  const Outcome help = cef({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"inventory", "ping", "exec", "os-info", "model", "bench"}) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  }
}

TEST(Cli, AMistypedCommandGetsASuggestion) {
  const Outcome outcome = cef({"pign", "all"});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "cef: there is no command 'pign'; did you mean 'ping'?\nTry 'cef --help'.\n");
  EXPECT_NE(cef({"inventory", "lsit"}).err.find("did you mean 'list'?"), std::string::npos);
}

TEST(Cli, AMistypedOptionGetsASuggestion) {
  EXPECT_EQ(cef({"ping", "all", "--conect-timeout", "3s"}).err,
            "cef: there is no option '--conect-timeout'; did you mean '--connect-timeout'?\nTry 'cef ping --help'.\n");
  EXPECT_NE(cef({"--jsn", "model", "list"}).err.find("did you mean '--json'?"), std::string::npos);
  EXPECT_NE(cef({"exec", "all", "uname", "-a"}).err.find("option '-a'; what belongs to the program on the hosts"),
            std::string::npos);
}

TEST(Cli, OptionsAfterAProgramAreNotTakenForCefs) {
  const std::string local = CEF_SOURCE_DIR "/inventory/local.yaml";
  for (const std::vector<std::string>& words : {std::vector<std::string>{"exec", "all", "-i", local, "ls", "-la"},
                                                {"exec", "all", "-i", local, "free", "-b"},
                                                {"docker", "exec", "all", "app", "-i", local, "ls", "-la"},
                                                {"docker", "run", "all", "app:1", "-i", local, "ls", "-b"}}) {
    const Outcome outcome = cef(words);
    EXPECT_EQ(outcome.code, 5);
    EXPECT_NE(outcome.err.find("those of the program need '--' before it\n"), std::string::npos) << outcome.err;
  }
  for (const std::vector<std::string>& words : {std::vector<std::string>{"exec", "all", "uname -s", "-i", local},
                                                {"exec", "all", "-i", local, "uname", "--json"},
                                                {"exec", "all", "-i", local, "--", "ls", "-la"}}) {
    const Outcome outcome = cef(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
}

TEST(Cli, WhatIsMissingIsNamed) {
  EXPECT_NE(cef({"apt"}).err.find("cef apt needs a command: list, update, upgrade, install\n"), std::string::npos);
  EXPECT_NE(cef({"file", "put", "all"}).err.find("local is missing: the file here\n"), std::string::npos);
  EXPECT_NE(cef({"deploy", "model", "all", "m"}).err.find("--repo is missing: "), std::string::npos);
}

TEST(Cli, HelpIsACommandToo) {
  EXPECT_EQ(cef({"help", "apt", "list"}).out, cef({"apt", "list", "--help"}).out);
  EXPECT_EQ(cef({"help"}).out, cef({"--help"}).out);
  EXPECT_NE(cef({"ping", "--help"}).out.find("--jsonl"), std::string::npos) << "options of all commands";
}

TEST(Cli, WrongUseIsJsonWhenJsonWasAskedFor) {
  const Outcome outcome = cef({"pign", "--json"});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_EQ(outcome.err.rfind(R"({"error":{"code":"usage","message":)", 0), 0U) << outcome.err;
}

/// cef as a program whose descriptor `fd` is `file`; closed when that is null.
[[noreturn]] void main_with(int fd, const char* file, const std::function<int(int code)>& exit_code) {
  ::close(fd);
  if (file != nullptr && ::open(file, O_RDWR) != fd) {
    std::_Exit(99);
  }
  std::string program = "cef";
  std::string argument = "--version";
  std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
  std::_Exit(exit_code(main(2, arguments.data())));
}

TEST(Cli, SaysWhenStdoutCannotBeWrittenTo) {
  const auto same = [](int code) { return code; };
  EXPECT_EXIT(main_with(STDOUT_FILENO, "/dev/full", same), testing::ExitedWithCode(1),
              "cef: stdout cannot be written to; is the disk full");
  EXPECT_EXIT(main_with(STDOUT_FILENO, "/dev/null", same), testing::ExitedWithCode(0), "");
}

TEST(Cli, AReaderThatLeftIsNoFailure) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  EXPECT_EXIT(
      {
        ::dup2(ends[1], STDOUT_FILENO);
        main_with(ends[0], nullptr, [](int code) { return code; });
      },
      testing::ExitedWithCode(0), "");
  ::close(ends[1]);
}

TEST(Cli, OpensNoFileInPlaceOfStdin) {
  const auto is_open = [](int /*code*/) { return ::fcntl(STDIN_FILENO, F_GETFD) < 0 ? 1 : 0; };
  EXPECT_EXIT(main_with(STDIN_FILENO, nullptr, is_open), testing::ExitedWithCode(0), "");
}

TEST(Cli, APlaybookSaysThatItIsStopping) {
  std::string name = (std::filesystem::temp_directory_path() / "cef-stopping-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  std::ofstream(folder / "hosts") << "here ansible_connection=local\n";
  std::ofstream(folder / "play.yaml") << "- hosts: here\n  gather_facts: false\n  tasks:\n"
                                         "    - name: long\n      command: sleep 1\n"
                                         "    - name: next\n      command: 'true'\n";
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    std::vector<std::string> words = {"cef", "playbook", "run", folder / "play.yaml", "-i", folder / "hosts"};
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    std::_Exit(main(static_cast<int>(words.size()), arguments.data()));
  }
  std::string shown;
  bool asked = false;
  for (char c = 0; ::read(terminal, &c, 1) == 1;) {
    shown += c;
    if (!asked && shown.find("TASK [long]") != std::string::npos) {
      asked = ::write(terminal, "\x03", 1) == 1;
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_NE(shown.find("cef: stopping when what runs has ended; Ctrl-C again leaves at once"), std::string::npos);
  EXPECT_EQ(shown.find("TASK [next]"), std::string::npos) << shown;
  EXPECT_LT(shown.size(), 5000U) << "this terminal does not tell its width";
}

TEST(ExitCode, IsTheTableOfTheDocumentation) {
  using core::ErrorCode;
  EXPECT_EQ(exit_code(ErrorCode::general), 1);
  EXPECT_EQ(exit_code(ErrorCode::host_failed), 2);
  EXPECT_EQ(exit_code(ErrorCode::unreachable), 4);
  EXPECT_EQ(exit_code(ErrorCode::usage), 5);
  EXPECT_EQ(exit_code(ErrorCode::threshold), 8);
  EXPECT_EQ(exit_code(ErrorCode::integrity), 10);
  EXPECT_EQ(exit_code(ErrorCode::invalid_run), 12);
  EXPECT_EQ(exit_code(ErrorCode::internal), 70);
  EXPECT_EQ(exit_code(ErrorCode::interrupted), 130);
  EXPECT_EQ(exit_code(HostCounts{}), 0);
  EXPECT_EQ(exit_code(HostCounts{.failed = 3}), 2);
  EXPECT_EQ(exit_code(HostCounts{.unreachable = 1}), 4);
  EXPECT_EQ(exit_code(HostCounts{.failed = 1, .unreachable = 1}), 6);
  EXPECT_EQ(exit_code(HostCounts{.failed = 1, .interrupted = true}), 130);
}

}  // namespace
}  // namespace cef::cli
