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
using core::operator""_MiB;
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
  [[nodiscard]] Words with_inventory(Words command, const std::string& form = "--json") const {
    const auto end = std::find(command.begin(), command.end(), "--");
    const Words more = {"-i", (folder_ / "hosts.yaml").string(), form};
    command.insert(end, more.begin(), more.end());
    return command;
  }
  /// Runs all shards of a command; their files are in the folder that it gives.
  [[nodiscard]] std::string run_shards(const Words& command, std::size_t count,
                                       const std::string& form = "--json") const {
    const fs::path into = folder_ / ("shards-" + std::to_string(count));
    fs::remove_all(into);
    for (std::size_t index = 1; index <= count; ++index) {
      Words words = with_inventory(command, form);
      const Words more = {"--shard", std::to_string(index) + "/" + std::to_string(count)};
      words.insert(std::find(words.begin(), words.end(), "--"), more.begin(), more.end());
      const Outcome shard = cef(words);
      EXPECT_NE(shard.out, "") << shard.err;
      put(into.filename().string() + "/" + std::to_string(index) + "." + form.substr(2), shard.out);
    }
    return into.string();
  }
  void expect_one_run(const Words& command) const {
    const Outcome whole = cef(with_inventory(command));
    auto expected = core::parse_json(whole.out, "whole");
    ASSERT_TRUE(expected) << whole.out << whole.err;
    without_times(*expected);
    for (const std::size_t count : {1U, 2U, 3U, 7U}) {
      for (const char* form : {"--json", "--jsonl"}) {
        const Outcome merged = cef({"merge", run_shards(command, count, form), "--json"});
        EXPECT_EQ(merged.code, whole.code) << command.front() << " " << count << merged.err;
        auto json = core::parse_json(merged.out, "merged");
        ASSERT_TRUE(json) << merged.out << merged.err;
        without_times(*json);
        EXPECT_EQ(core::dump_document(*json), core::dump_document(*expected)) << command.front() << count << form;
      }
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
  const auto text = core::read_file(output, 1_MiB);
  EXPECT_EQ(core::parse_json(*text, "whole")->at("hosts").size(), 5U);
  fs::remove(into + "/2.json");
  const Outcome missing = cef({"merge", into, "-o", output});
  EXPECT_EQ(missing.code, 5);
  EXPECT_THAT(missing.err, HasSubstr("of 2 shards these are missing: 2;"));
  EXPECT_EQ(cef({"merge", folder_.string()}).code, 5);
  EXPECT_EQ(cef({"merge", (folder_ / "hosts.yaml").string()}).code, 5);
}

TEST_F(Shards, LinesNameHostsThatWereNotBegunToo) {
  const Words command = {"file", "put",        "all", folder_ / "hosts.yaml", "/dev/null/no", "--batch",
                         "1",    "--max-fail", "1"};
  const Outcome whole = cef(with_inventory(command));
  const Outcome merged = cef({"merge", run_shards(command, 1, "--jsonl"), "--json"});
  EXPECT_EQ(merged.code, whole.code);
  const auto json = core::parse_json(merged.out, "merged");
  ASSERT_TRUE(json) << merged.err;
  EXPECT_EQ(json->at("hosts").size(), 5U);
  EXPECT_EQ(json->at("summary"), core::parse_json(whole.out, "whole")->at("summary"));
}

TEST_F(Shards, LinesThatAreNotAllOfOneRunAreRefused) {
  const std::string lines = core::read_file(run_shards({"ping", "two"}, 1, "--jsonl") + "/1.jsonl", 1_MiB).value();
  const auto why = [&](const std::string& text) {
    const Outcome outcome = cef({"merge", put("some.jsonl", text)});
    EXPECT_EQ(outcome.code, 5) << outcome.out;
    return outcome.err;
  };
  EXPECT_THAT(why(lines.substr(0, lines.rfind("{\"schema\""))), HasSubstr("does not end with the line that sums up"));
  EXPECT_THAT(why(lines.substr(lines.find('\n') + 1)), HasSubstr("some.jsonl: has no line of "));
  EXPECT_THAT(why(lines.substr(0, lines.size() - 9)), HasSubstr("some.jsonl, line 3: "));
  EXPECT_THAT(why(lines + "[]\n"), HasSubstr("is not as cef printed it"));
  const std::string samples =
      run_shards({"monitor", "two", "memory", "--interval", "500ms", "--count", "1"}, 1, "--jsonl");
  EXPECT_THAT(cef({"merge", samples}).err, HasSubstr("is a stream of samples"));
}

TEST_F(Shards, NumbersThatCannotBeAreRefused) {
  const auto merged = [&](const std::string& count, const std::string& selected) {
    return cef(
        {"merge",
         put("odd.json", R"({"schema":"cef.ping/1","started_at":"2026-01-01T00:00:00Z","shard":{"index":1,"count":)" +
                             count + R"(,"selected":)" + selected +
                             R"(,"places":[0]},"hosts":[{"host":"a","status":"ok"}]})")});
  };
  EXPECT_EQ(merged("1", "1").code, 0) << merged("1", "1").err;
  const Outcome shards = merged("1000000000000000000", "1");
  EXPECT_EQ(shards.code, 5);
  EXPECT_THAT(shards.err, HasSubstr("odd.json: shard is not of the form index 1 to count"));
  const Outcome hosts = merged("1", "1000000000000000000");
  EXPECT_EQ(hosts.code, 5);
  EXPECT_THAT(hosts.err, HasSubstr("fewer hosts than were selected"));
}

TEST_F(Shards, OfASelectionAreInTheirLastLines) {
  const auto shard = [&](const std::string& index, const std::string& name) {
    const std::string edge = R"({"name":")" + name + R"(","error":null})";
    return put(
        "chosen/" + index + ".jsonl",
        R"({"event":"edge","name":")" + name + "\"}\n" +
            R"({"event":"result","schema":"cef.select/1","started":"2026-01-01T00:00:00Z","elapsed_seconds":1,)" +
            R"("state":"warm","settings":{},"shard":{"index":)" + index + R"(,"count":2,"selected":2,"places":[)" +
            (index == "1" ? "0" : "1") + R"(]},"edges":[)" + edge + "]}\n");
  };
  const Outcome merged = cef({"merge", shard("2", "b"), shard("1", "a"), "--jsonl"});
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_THAT(merged.out, HasSubstr(R"("edges":[{"name":"a","error":null},{"name":"b","error":null}])"));
}

}  // namespace
}  // namespace cef::cli
