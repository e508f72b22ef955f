#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "outcome.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;

const fs::path k_golden = fs::path(CEF_SOURCE_DIR) / "tests" / "golden";
const std::string k_local = (fs::path(CEF_SOURCE_DIR) / "inventory" / "local.yaml").string();

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    all.push_back(line);
  }
  return all;
}

core::Json parsed(const std::string& text) {
  const auto json = core::parse_json(text, "stdout");
  EXPECT_TRUE(json) << text;
  return json.value_or(core::Json());
}

/// What differs from run to run or machine to machine becomes its type, so that keys and types stay under guard.
void normalise(core::Json& json, const std::string& key = "", bool in_facts = false) {
  if (json.is_object()) {
    for (auto& [name, value] : json.items()) {
      normalise(value, name, in_facts || name == "facts");
    }
  } else if (json.is_array()) {
    for (auto& value : json) {
      normalise(value, key, in_facts);
    }
  } else if (in_facts || key == "started_at" || key.ends_with("_seconds")) {
    json = "<" + std::string(json.type_name()) + ">";
  }
}

/// Compares with tests/golden/NAME; CEF_UPDATE_GOLDEN=1 writes it instead.
void expect_golden(const std::string& text, const char* name) {
  core::Json json = parsed(text);
  normalise(json);
  const std::string plain = core::dump_document(json) + "\n";
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(k_golden / name) << plain;
  }
  const auto golden = core::read_file(k_golden / name, core::operator""_MiB(1));
  EXPECT_EQ(plain, golden.value_or("")) << name;
}

/// An inventory that ends with its test.
class FleetCommand : public testing::Test {
 protected:
  FleetCommand() {
    char name[] = "/tmp/cef-fleet-cli-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~FleetCommand() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string inventory(const std::string& text) const {
    const fs::path path = folder_ / "hosts.yaml";
    std::ofstream(path) << text;
    return path.string();
  }
  /// Three names of this machine.
  [[nodiscard]] std::string three() const {
    return inventory("all:\n  vars: {ansible_connection: local}\n  hosts: {a: {}, b: {}, c: {}}\n");
  }

  fs::path folder_;
};

TEST_F(FleetCommand, JsonIsTheGoldenFile) {
  const Outcome ping = cef({"ping", "all", "-i", k_local, "--json"});
  EXPECT_EQ(ping.code, 0);
  EXPECT_EQ(ping.err, "");
  expect_golden(ping.out, "ping.json");
  const Outcome exec =
      cef({"exec", "localhost", "-i", k_local, "--json", "--", "printf 'to out\\n'; echo to err >&2; exit 3"});
  EXPECT_EQ(exec.code, 2);
  EXPECT_EQ(exec.err, "");
  expect_golden(exec.out, "exec.json");
  const Outcome os = cef({"os-info", "all", "-i", k_local, "--json"});
  EXPECT_EQ(os.code, 0);
  expect_golden(os.out, "os-info.json");
}

TEST_F(FleetCommand, InventoryJsonIsTheGoldenFile) {
  const std::string file = inventory(
      "all:\n  children:\n    rpi:\n      vars: {device: rpi4, ansible_password: hush}\n"
      "      hosts:\n        pi-[01:02]: {ansible_user: edge}\n    gpu:\n      hosts: {g1: {ansible_port: 2222}}\n");
  const Outcome list = cef({"inventory", "list", "-i", file, "--json"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_EQ(list.out.find("hush"), std::string::npos);
  expect_golden(list.out, "inventory-list.json");
  expect_golden(cef({"inventory", "graph", "-i", file, "--json"}).out, "inventory-graph.json");
  expect_golden(cef({"inventory", "host", "pi-02", "-i", file, "--json"}).out, "inventory-host.json");
}

TEST_F(FleetCommand, JsonLinesAreAHostEachAndTheSummary) {
  const Outcome outcome = cef({"exec", "all", "-i", three(), "--jsonl", "--", "echo", "x y"});
  EXPECT_EQ(outcome.code, 0);
  const auto all = lines(outcome.out);
  ASSERT_EQ(all.size(), 4U) << outcome.out;
  std::set<std::string> hosts;
  for (std::size_t i = 0; i < 3; ++i) {
    const core::Json event = parsed(all[i]);
    EXPECT_EQ(event.at("schema"), "cef.exec/1");
    EXPECT_EQ(event.at("event"), "host");
    EXPECT_EQ(event.at("stdout"), "x y\n");
    hosts.insert(event.at("host").get<std::string>());
  }
  EXPECT_EQ(hosts, (std::set<std::string>{"a", "b", "c"}));
  const core::Json summary = parsed(all[3]);
  EXPECT_EQ(summary.at("event"), "summary");
  EXPECT_EQ(summary.at("hosts"), 3);
  EXPECT_EQ(summary.at("ok"), 3);
}

TEST_F(FleetCommand, FoldShowsTheSameOutputOnce) {
  const std::string file = three();
  const std::string folded = cef({"exec", "all", "-i", file, "--fold", "--", "echo same"}).out;
  EXPECT_EQ(folded.rfind("a b c | ok\nsame\n3 hosts: 3 ok in ", 0), 0U) << folded;
  const std::string each = cef({"exec", "all", "-i", file, "--", "echo same"}).out;
  EXPECT_EQ(each.rfind("a | ok\nsame\nb | ok\nsame\nc | ok\nsame\n", 0), 0U) << each;
}

TEST_F(FleetCommand, SeveralWordsAreQuotedOneIsALineForTheShell) {
  EXPECT_NE(cef({"exec", "all", "-i", k_local, "--", "echo", "$HOME;  'x'"}).out.find("\n$HOME;  'x'\n"),
            std::string::npos);
  EXPECT_NE(cef({"exec", "all", "-i", k_local, "--", "echo $((6 * 7))"}).out.find("\n42\n"), std::string::npos);
}

TEST_F(FleetCommand, ExitCodesAreThoseOfTheTable) {
  EXPECT_EQ(cef({"exec", "all", "-i", k_local, "--", "true"}).code, 0);
  EXPECT_EQ(cef({"exec", "all", "-i", k_local, "--", "false"}).code, 2);
  EXPECT_EQ(cef({"exec", "all", "-i", k_local, "--timeout", "100ms", "--", "sleep 20"}).code, 2);
  const std::string mixed = inventory(
      "all:\n  hosts:\n    here: {ansible_connection: local}\n"
      "    gone: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: nobody}\n");
  const std::vector<std::string> options = {"-i", mixed, "--connect-timeout", "5s", "--retries", "1"};
  const auto with = [&](std::vector<std::string> words, const std::vector<std::string>& rest) {
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), rest.begin(), rest.end());
    return cef(words);
  };
  EXPECT_EQ(with({"ping", "gone"}, {}).code, 4);
  EXPECT_EQ(with({"exec", "all"}, {"--", "false"}).code, 6);
  EXPECT_NE(with({"ping", "all"}, {}).out.find("2 hosts: 1 ok, 1 unreachable in "), std::string::npos);
}

TEST_F(FleetCommand, WrongUseIsFiveAndOneLine) {
  const std::vector<std::vector<std::string>> wrong = {{"ping", "nobody", "-i", k_local},
                                                       {"ping", "all", "-i", (folder_ / "none.yaml").string()},
                                                       {"ping", "all", "-i", k_local, "--connect-timeout", "soon"},
                                                       {"ping", "all", "-i", k_local, "--forks", "0"},
                                                       {"ping", "all", "-i", k_local, "--limit", "!all"},
                                                       {"exec", "all", "-i", k_local},
                                                       {"inventory", "host", "nobody", "-i", k_local},
                                                       {"inventory", "graph", "nobody", "-i", k_local},
                                                       {"ping", "all", "-i", inventory("all:\n  hosts: [a, b\n")}};
  for (auto words : wrong) {
    words.emplace_back("--json");
    const Outcome outcome = cef(words);
    EXPECT_EQ(outcome.code, 5) << words[0] << " " << words[1] << ": " << outcome.err;
    EXPECT_EQ(outcome.out, "");
    ASSERT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
    EXPECT_EQ(parsed(outcome.err).at("error").at("code"), "usage");
  }
  const Outcome table = cef({"ping", "nobody", "-i", k_local});
  EXPECT_EQ(table.err, "cef: the inventory has no host and no group that matches 'nobody'\n");
}

}  // namespace
}  // namespace cef::cli
