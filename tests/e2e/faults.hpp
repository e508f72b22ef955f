#pragma once

#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {

/// Cases of docs/faults.md: what the user sees, the exit code, what is on the node, and that the next run after `heal`
/// finishes the work.
class FaultsTest : public Fleet {
 protected:
  void TearDown() override {
    if (is_up()) {
      for (const auto& node : broken_) {
        const Outcome healed = fleet("fault " + node + " heal");
        EXPECT_EQ(healed.code, 0) << healed.err;
      }
    }
  }
  void break_node(const std::string& fault, const std::string& node = "pi-1") {
    broken_.push_back(node);
    const Outcome done = fleet("fault " + node + " " + fault);
    ASSERT_EQ(done.code, 0) << done.err;
  }
  void heal() {
    FaultsTest::TearDown();
    broken_.clear();
  }
  void will_be_broken(const std::string& node) { broken_.push_back(node); }

  static std::filesystem::path folder() {
    std::filesystem::create_directories(state() / "faults");
    return state() / "faults";
  }
  /// A file of random bytes.
  static std::string random_file(const std::string& name, std::size_t bytes) {
    const std::string file = folder() / name;
    EXPECT_EQ(shell("head -c " + std::to_string(bytes) + " /dev/urandom >" + core::shell_quote(file)).code, 0);
    return file;
  }
  static std::string digest_here(const std::string& file) { return shell("sha256sum <" + core::shell_quote(file)).out; }
  static std::string digest_there(const std::string& node, const std::string& file) {
    return on_node(node, "sha256sum <" + core::shell_quote(file)).out;
  }
  /// A line that runs cef in the fleet's network, for the shell.
  static std::string line(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {fleet_script(), "exec", CEF_BINARY_DIR "/cef"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.insert(words.end(),
                 {"-i", state() / "inventory.yaml", "--become-password-file", state() / "become-password"});
    return core::shell_join(words);
  }
  static std::string fleet_script() { return std::string(CEF_SOURCE_DIR) + "/tests/fleet/fleet"; }
  /// Runs cef and, once `there` succeeds on the node, `meanwhile` as a shell line on this side.
  static Outcome cut(const std::vector<std::string>& arguments, const std::string& node, const std::string& there,
                     const std::string& meanwhile, int seconds = 120) {
    const std::string ask = core::shell_join({fleet_script(), "node", node, "sh", "-c", there});
    return shell("(for i in $(seq 400); do if " + ask + " >/dev/null 2>&1; then " + meanwhile +
                     "; exit; fi; sleep 0.05; done; echo 'the moment never came' >&2) & " + line(arguments) +
                     "; rc=$?; wait; exit $rc",
                 seconds);
  }

  /// One host's part of a result.
  static void expect(const Outcome& outcome, const std::string& name, const std::string& status,
                     std::initializer_list<const char*> parts) {
    const auto entry = host(outcome.json(), name);
    EXPECT_EQ(entry["status"], status) << outcome.out << outcome.err;
    const std::string message =
        entry.contains("error") && entry["error"].is_object() ? entry["error"]["message"].get<std::string>() : "";
    for (const char* part : parts) {
      EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
    }
  }

 private:
  std::vector<std::string> broken_;
};

}  // namespace cef::e2e
