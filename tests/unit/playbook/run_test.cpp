// Plays on hosts that are all this machine.
#include "cef/playbook/run.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace cef::playbook {
namespace {

namespace fs = std::filesystem;

class Run : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "cef-run-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  RunResult run(const std::string& playbook, RunOptions options = {}) {
    const auto inventory = inventory::load({write("hosts.ini", "h[1:8] ansible_connection=local\n")});
    const auto book = read_playbook(write("site.yaml", playbook), {});
    EXPECT_TRUE(inventory) << inventory.error().message;
    EXPECT_TRUE(book) << book.error().message;
    if (!inventory || !book) {
      return {};
    }
    const auto connector = ssh::make_connector({});
    options.forks = 8;
    const auto see = [this](const Event& event) {
      if (event.kind == Event::Kind::result) {
        results_[event.task][event.host] = event.result;
      }
    };
    auto result = run_playbook(*book, *inventory, *connector, options, see, {});
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : RunResult{};
  }

  fs::path folder_;
  std::map<std::string, std::map<std::string, core::Json>> results_;
};

TEST_F(Run, HostsOfTheFreeStrategyShareRolesAndFilesOfVariables) {
  write("roles/r/tasks/main.yml", "- set_fact: {mine: '{{ inventory_hostname }} {{ of_role }}'}\n");
  write("roles/r/defaults/main.yml", "of_role: public\n");
  write("vars.yml", "of_file: 7\n");
  const auto result =
      run("- hosts: all\n  strategy: free\n  gather_facts: no\n  vars_files: [vars.yml]\n  tasks:\n"
          "    - include_role: {name: r, public: yes}\n"
          "    - add_host: {name: 'new-{{ inventory_hostname }}', groups: new}\n"
          "    - command: echo {{ of_role }} {{ of_file }}\n      register: said\n"
          "    - name: last\n"
          "      debug: msg='{{ mine }} {{ said.stdout }} {{ ansible_play_role_names | length > 0 }}'\n"
          "    - meta: clear_host_errors\n");
  ASSERT_EQ(result.recaps.size(), 8U);
  for (const auto& [host, recap] : result.recaps) {
    EXPECT_EQ(recap.failed, 0U) << host;
    EXPECT_EQ(results_["last"][host].value("msg", core::Json()), host + " public public 7 True");
  }
}

TEST_F(Run, IncludesWithoutAnEndFailAndDoNotCrash) {
  write("again.yml", "- include_tasks: again.yml\n");
  RunOptions options;
  options.limit = "h1";
  const auto result =
      run("- hosts: h1\n  gather_facts: no\n  tasks:\n    - block: [{include_tasks: again.yml}]\n"
          "      rescue: [{name: said, debug: {var: ansible_failed_result.msg}}]\n",
          options);
  const std::string said = results_["said"]["h1"].value("ansible_failed_result.msg", "");
  EXPECT_EQ(said.find("includes are more than 500 deep within each other; write a 'when' that ends them"), 0U) << said;
}

TEST_F(Run, VariablesAreNotIncludedFromOutsideOfTheFolder) {
  const fs::path elsewhere = fs::path(testing::TempDir()) / ("cef-vars-" + folder_.filename().string());
  fs::create_directories(elsewhere);
  std::ofstream(elsewhere / "away.yml") << "away: 1\n";
  const auto result = run("- hosts: h1\n  gather_facts: no\n  vars: {where: '" + elsewhere.string() +
                          "'}\n  tasks:\n    - name: file\n      include_vars: '{{ where }}/away.yml'\n"
                          "      ignore_errors: yes\n    - name: folder\n      include_vars: {dir: '{{ where }}'}\n");
  for (const char* task : {"file", "folder"}) {
    const std::string said = results_[task]["h1"].value("msg", "");
    EXPECT_NE(said.find("away.yml' is outside of the playbook's folder"), std::string::npos) << task << ": " << said;
  }
  fs::remove_all(elsewhere);
}

TEST_F(Run, WhatGoesWrongUnforeseenFailsItsHostsAlone) {
  write("vars/a.yml", "a: 1\n");
  run("- hosts: all\n  gather_facts: no\n  ignore_errors: yes\n  vars: {none: {}}\n  tasks:\n"
      "    - name: pattern\n      include_vars: {dir: vars, files_matching: '['}\n"
      "    - name: template of arguments\n      assert:\n      args: '{{ none }}'\n"
      "    - name: last\n      debug:\n");
  ASSERT_EQ(results_["last"].size(), 8U);
  for (const char* task : {"pattern", "template of arguments"}) {
    ASSERT_EQ(results_[task].size(), 8U) << task;
    EXPECT_EQ(results_[task]["h8"].value("failed", false), true) << task;
  }
  EXPECT_NE(results_["pattern"]["h1"].value("msg", "").find("'[' is no regular expression"), std::string::npos);
}

TEST_F(Run, OptionsOfLookupsAreTruthsInAnyWords) {
  write("text", "text\n");
  run("- hosts: h1\n  gather_facts: no\n  tasks:\n"
      "    - name: first\n      debug:\n      with_first_found: [{files: [none], skip: 'yes'}]\n"
      "    - name: missing\n      debug:\n      with_subelements: [[{a: 1}], b, {skip_missing: 'yes'}]\n"
      "    - name: line\n      debug: {msg: \"{{ lookup('file', 'text', rstrip='no') }}\"}\n");
  EXPECT_EQ(results_["first"]["h1"].value("skipped", false), true);
  EXPECT_EQ(results_["missing"]["h1"].value("skipped", false), true);
  EXPECT_EQ(results_["line"]["h1"].value("msg", ""), "text\n");
}

TEST_F(Run, SequencesOfNumbersThatAreTooLargeAreRefused) {
  for (const char* sequence :
       {"start=9223372036854775806 end=9223372036854775807", "start=0 count=4611686018427387905 stride=2",
        "start=-9223372036854775807 end=9223372036854775807", "end=1000002"}) {
    run(std::string(
            "- hosts: h1\n  gather_facts: no\n  tasks:\n    - name: many\n      debug:\n      with_sequence: ") +
        sequence + "\n");
    EXPECT_EQ(results_["many"]["h1"].value("failed", false), true) << sequence;
  }
  run("- hosts: h1\n  gather_facts: no\n  tasks:\n    - name: few\n      debug: msg={{ item }}\n"
      "      with_sequence: start=10 count=3 stride=-2\n");
  EXPECT_EQ(results_["few"]["h1"]["results"][2].value("msg", ""), "6");
}

TEST_F(Run, StartAtTaskHoldsForEachHostOfTheFreeStrategy) {
  RunOptions options;
  options.start_at_task = "second";
  const auto result =
      run("- hosts: all\n  strategy: free\n  gather_facts: no\n  tasks:\n"
          "    - name: first\n      command: /bin/false\n    - name: second\n      debug:\n"
          "- hosts: all\n  gather_facts: no\n  tasks:\n    - name: of the next play\n      debug:\n",
          options);
  EXPECT_EQ(results_.count("first"), 0U);
  EXPECT_EQ(results_["second"].size(), 8U);
  EXPECT_EQ(results_["of the next play"].size(), 8U);
}

TEST_F(Run, StepAsksOneHostAtATimeAndStopsAskingWhenToldTo) {
  RunOptions options;
  std::size_t asked = 0;  // not guarded: the engine does it
  options.step = [&](const std::string& task) {
    ++asked;
    return task == "no" ? 'n' : 'y';
  };
  run("- hosts: all\n  strategy: free\n  gather_facts: no\n  tasks:\n"
      "    - name: no\n      debug:\n    - name: yes\n      debug:\n",
      options);
  EXPECT_EQ(asked, 16U);
  EXPECT_EQ(results_.count("no"), 0U);
  EXPECT_EQ(results_["yes"].size(), 8U);
  asked = 0;
  options.step = [&](const std::string&) {
    ++asked;
    return 'c';
  };
  run("- hosts: all\n  strategy: free\n  gather_facts: no\n  tasks: [{debug: }, {debug: }]\n", options);
  EXPECT_EQ(asked, 1U);
}

TEST_F(Run, ThrottleHoldsInTheFreeStrategyToo) {
  const auto result =
      run("- hosts: all\n  strategy: free\n  gather_facts: no\n  tasks:\n"
          "    - {name: alone, shell: 'mkdir lock && sleep 0.02 && rmdir lock', throttle: 1, args: {chdir: " +
          folder_.string() + "}}\n");
  ASSERT_EQ(result.recaps.size(), 8U);
  for (const auto& [host, recap] : result.recaps) {
    EXPECT_EQ(recap.failed, 0U) << host << ": " << results_["alone"][host];
  }
}

TEST_F(Run, NoLogOfOneItemHidesTheResultOfAll) {
  run("- hosts: h1\n  gather_facts: no\n  tasks:\n"
      "    - {name: hidden, command: 'echo {{ item }}', loop: [sesame, x], no_log: \"{{ item == 'sesame' }}\"}\n");
  EXPECT_TRUE(results_["hidden"]["h1"].contains("censored")) << results_["hidden"]["h1"];
}

TEST_F(Run, AnErrorOfOneItemsArgumentsEndsTheTask) {
  run("- hosts: h1\n  gather_facts: no\n  tasks:\n    - name: loop\n      command: echo {{ item.a }}\n"
      "      loop: [{a: 1}, {}, {a: 3}]\n");
  const auto& result = results_["loop"]["h1"];
  EXPECT_EQ(result.size(), 2U) << result;
  EXPECT_EQ(result.value("failed", false), true);
  EXPECT_NE(result.value("msg", "").find("undefined variable"), std::string::npos) << result;
}

}  // namespace
}  // namespace cef::playbook
