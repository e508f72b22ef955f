#include <fstream>

#include <gtest/gtest.h>

#include "cef/operation/playbook.hpp"

namespace cef::operation {
namespace {

namespace fs = std::filesystem;

class VarsPrompt : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "cef-prompt-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::ofstream(folder_ / "hosts.ini") << "h ansible_connection=local\n";
    std::ofstream(folder_ / "site.yaml")
        << "- hosts: h\n  gather_facts: no\n  vars_prompt:\n    - {name: a, confirm: yes, default: d}\n"
           "    - {name: b}\n  tasks:\n    - shell: echo {{ a }} {{ b }} >"
        << (folder_ / "said").string() << "\n";
    options_.files = {folder_ / "site.yaml"};
    options_.fleet.inventory = {folder_ / "hosts.ini"};
    options_.state_folder = folder_ / "state";
  }
  void TearDown() override { fs::remove_all(folder_); }

  core::Result<PlaybookResult> run() {
    return run_playbooks(options_, [](const playbook::Event&) {}, {});
  }
  std::string said() const {
    std::ifstream file(folder_ / "said");
    std::string line;
    std::getline(file, line);
    return line;
  }

  fs::path folder_;
  PlaybookOptions options_;
};

TEST_F(VarsPrompt, AsksTwiceUntilBothAnswersAreTheSame) {
  std::vector<std::string> answers = {"x", "y", "z", "z", ""};
  std::string asked;
  options_.ask = [&](const std::string& prompt, bool) -> core::Result<std::string> {
    asked += prompt + "|";
    const std::string answer = answers.front();
    answers.erase(answers.begin());
    return answer;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(said(), "z");
  EXPECT_EQ(asked, "a [d]: |confirm a [d]: |***** VALUES ENTERED DO NOT MATCH ****\na [d]: |confirm a [d]: |b: |");
}

TEST_F(VarsPrompt, InterruptedEndsTheRunBeforeItBegins) {
  for (int before : {0, 1, 2}) {  // at the question, when it is confirmed, at the next one
    int asked = 0;
    options_.ask = [&](const std::string&, bool) -> core::Result<std::string> {
      return asked++ == before ? core::fail(core::ErrorCode::interrupted, "interrupted")
                               : core::Result<std::string>("x");
    };
    const auto done = run();
    ASSERT_FALSE(done) << before;
    EXPECT_EQ(done.error().code, core::ErrorCode::interrupted);
    EXPECT_EQ(asked, before + 1) << "nothing is asked after it";
    EXPECT_FALSE(fs::exists(folder_ / "said"));
  }
}

}  // namespace
}  // namespace cef::operation
