#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>

#include "cef/core/file.hpp"
#include "outcome.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;
using core::Json;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

/// Times, and what a machine is at the moment, become nothing.
void without_times(Json& json, const std::string& key = "") {
  static const std::set<std::string> moments = {"started_at", "taken_at", "memory", "load_1m", "uptime_seconds",
                                                "cpu",        "network",  "disks",  "results", "start",
                                                "end",        "delta",    "value"};
  if (moments.count(key) > 0 || key.ends_with("_seconds")) {
    json = nullptr;
  } else if (json.is_object()) {
    for (auto& [name, value] : json.items()) {
      without_times(value, name);
    }
  } else if (json.is_array()) {
    for (auto& value : json) {
      without_times(value, key);
    }
    if (key == "hosts") {  // results of a playbook's task: as they came in
      std::stable_sort(json.begin(), json.end(), [](const Json& a, const Json& b) {
        return a.is_object() && b.is_object() && a.value("host", "") < b.value("host", "");
      });
    }
  }
}

class Shards : public testing::Test {
 protected:
  Shards() {
    char name[] = "/tmp/cef-merge-XXXXXX";
    folder_ = ::mkdtemp(name);
    put("hosts.yaml",
        "all:\n  vars: {ansible_connection: local}\n  hosts: {e: {}, b: {}, d: {}, a: {}, c: {}}\n  children:\n"
        "    two: {hosts: {b: {}, d: {}}}\n");
  }
  ~Shards() override { fs::remove_all(folder_); }

  std::string put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  [[nodiscard]] Words with_inventory(Words command) const {
    const auto end = std::find(command.begin(), command.end(), "--");
    const Words more = {"-i", (folder_ / "hosts.yaml").string(), "--json"};
    command.insert(end, more.begin(), more.end());
    return command;
  }
  /// Runs all shards of a command; their files are in the folder that it gives.
  [[nodiscard]] std::string run_shards(const Words& command, std::size_t count) const {
    const fs::path into = folder_ / ("shards-" + std::to_string(count));
    fs::remove_all(into);
    for (std::size_t index = 1; index <= count; ++index) {
      Words words = with_inventory(command);
      const Words more = {"--shard", std::to_string(index) + "/" + std::to_string(count)};
      words.insert(std::find(words.begin(), words.end(), "--"), more.begin(), more.end());
      const Outcome shard = cef(words);
      EXPECT_NE(shard.out, "") << shard.err;
      put(into.filename().string() + "/" + std::to_string(index) + ".json", shard.out);
    }
    return into.string();
  }
  void expect_one_run(const Words& command) const {
    const Outcome whole = cef(with_inventory(command));
    auto expected = core::parse_json(whole.out, "whole");
    ASSERT_TRUE(expected) << whole.out << whole.err;
    without_times(*expected);
    for (const std::size_t count : {1U, 2U, 3U, 7U}) {
      const Outcome merged = cef({"merge", run_shards(command, count), "--json"});
      EXPECT_EQ(merged.code, whole.code) << command.front() << " " << count << merged.err;
      auto json = core::parse_json(merged.out, "merged");
      ASSERT_TRUE(json) << merged.out << merged.err;
      without_times(*json);
      EXPECT_EQ(core::dump_document(*json), core::dump_document(*expected)) << command.front() << " " << count;
    }
  }

  fs::path folder_;
};

TEST_F(Shards, MergedAreTheOneRun) {
  expect_one_run({"ping", "all"});
  expect_one_run({"ping", "two:c"});
  expect_one_run({"exec", "all", "--", "echo hello; exit 3"});
  expect_one_run({"os-info", "all"});
  expect_one_run({"monitor", "all", "memory", "--alert", "memory>=0"});
  expect_one_run({"file", "put", "all", (folder_ / "hosts.yaml").string(), (folder_ / "copy").string(), "--check"});
}

TEST_F(Shards, OfAPlaybookAreTheOneRun) {
  const std::string file =
      put("play.yaml",
          "- name: first\n  hosts: all\n  gather_facts: false\n  tasks:\n"
          "    - name: on all\n      command: echo {{ inventory_hostname }}\n"
          "    - name: on some\n      command: 'true'\n      when: inventory_hostname in ['a', 'd']\n"
          "      notify: handle\n"
          "    - name: fails on e\n      command: 'false'\n      when: inventory_hostname == 'e'\n"
          "  handlers:\n    - name: handle\n      command: 'true'\n"
          "- name: second\n  hosts: two\n  gather_facts: false\n  tasks:\n"
          "    - name: last\n      command: 'true'\n");
  expect_one_run({"playbook", "run", file});
}

TEST_F(Shards, ThisMachineIsInTheFirstShardOfAPlaybook) {
  const std::string file =
      put("here.yaml", "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - command: 'true'\n");
  expect_one_run({"playbook", "run", file});
}

TEST_F(Shards, AnEmptyOneIsNoError) {
  for (const Words& command :
       {Words{"ping", "two"}, {"exec", "two", "--", "false"}, {"monitor", "two", "--interval", "500ms"}}) {
    Words words = with_inventory(command);
    words.insert(std::find(words.begin(), words.end(), "--"), {"--shard", "3/3"});
    if (command[0] == "monitor") {
      std::replace(words.begin(), words.end(), std::string("--json"), std::string("--jsonl"));
    }
    const Outcome empty = cef(words);
    EXPECT_EQ(empty.code, 0) << empty.err;
    EXPECT_TRUE(core::parse_json(empty.out, "empty")) << empty.out;
  }
}

TEST_F(Shards, WrongOnesAreWrongUse) {
  for (const char* shard : {"0/4", "5/4", "x"}) {
    const Outcome outcome = cef({"ping", "all", "--shard", shard, "-i", (folder_ / "hosts.yaml").string()});
    EXPECT_EQ(outcome.code, 5);
    EXPECT_THAT(outcome.err, HasSubstr("cef: --shard: '" + std::string(shard) + "' is no shard; write I/N"));
    EXPECT_EQ(cef({"bench", "--shard", shard}).code, 5);
    EXPECT_EQ(cef({"inventory", "list", "--shard", shard}).code, 5);
  }
}

TEST_F(Shards, OfAPatternWithoutHostsAreWrongUse) {
  const Outcome none = cef({"ping", "two:!two", "--shard", "1/2", "-i", (folder_ / "hosts.yaml").string()});
  EXPECT_EQ(none.code, 5);
  EXPECT_THAT(none.err, HasSubstr("no host is left"));
}

TEST_F(Shards, InventoryListShowsWhoIsInOne) {
  const Outcome list = cef({"inventory", "list", "--shard", "2/2", "-i", (folder_ / "hosts.yaml").string()});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, HasSubstr("\nb "));
  EXPECT_THAT(list.out, HasSubstr("\nd "));
  EXPECT_THAT(list.out, ::testing::Not(HasSubstr("\na ")));
}

TEST_F(Shards, MergeWritesAFileAndPrintsATable) {
  const std::string into = run_shards({"ping", "all"}, 2);
  const std::string output = into + "/whole.json";
  for (int i = 0; i < 2; ++i) {  // the second time what the first wrote is not taken for a shard
    const Outcome merged = cef({"merge", into, "-o", output});
    EXPECT_EQ(merged.code, 0) << merged.err;
    EXPECT_THAT(merged.out, HasSubstr("HOST  STATUS"));
    EXPECT_THAT(merged.out, HasSubstr("5 hosts: 5 ok"));
  }
  const auto text = core::read_file(output, core::operator""_MiB(1));
  EXPECT_EQ(core::parse_json(*text, "whole")->at("hosts").size(), 5U);
  fs::remove(into + "/2.json");
  const Outcome missing = cef({"merge", into, "-o", output});
  EXPECT_EQ(missing.code, 5);
  EXPECT_THAT(missing.err, HasSubstr("of 2 shards these are missing: 2;"));
  EXPECT_EQ(cef({"merge", folder_.string()}).code, 5);
  EXPECT_EQ(cef({"merge", (folder_ / "hosts.yaml").string()}).code, 5);
}

}  // namespace
}  // namespace cef::cli
