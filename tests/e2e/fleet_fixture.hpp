#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cef/core/json.hpp"

namespace cef::e2e {

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  [[nodiscard]] core::Json json() const;
};

/// Runs a shell line with a bound of two minutes, or of `seconds`.
Outcome shell(const std::string& line, int seconds = 120);

#ifndef CEF_FLEET_KIND
#define CEF_FLEET_KIND "overlay"
#endif

/// The embedded fleet, up once for all cases of the program. Where it is on loopback only, cases that need more skip.
class Fleet : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { bring_up(CEF_FLEET_KIND); }
  void SetUp() override {
    if (!is_up()) {
      GTEST_SKIP() << "SKIPPED: this machine has no nodes of this kind: " << why_not();
    }
  }
  static void bring_up(const std::string& kind);
  static bool is_up();
  static std::string why_not();

  /// cef, where the nodes can be reached, with the fleet's inventory.
  static Outcome cef(const std::vector<std::string>& arguments);
  /// The same with the inventory at the end: for `cef COMMAND SUBCOMMAND PATTERN …`. `-K` is given the nodes' password.
  static Outcome daily(const std::vector<std::string>& arguments, int seconds = 120);
  /// A command as root inside a node, without SSH.
  static Outcome on_node(const std::string& node, const std::string& script);
  static Outcome fleet(const std::string& arguments);
  static bool in_namespaces();
  static std::filesystem::path state();
  /// The entry of one host in a document.
  static core::Json host(const core::Json& document, const std::string& name);
};

#define CEF_NEEDS_NAMESPACES() \
  if (!in_namespaces()) GTEST_SKIP() << "SKIPPED: this needs the fleet in namespaces, and it is on loopback here"

}  // namespace cef::e2e
