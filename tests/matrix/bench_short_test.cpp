// Runs tests/bench-short, the bench of CI, and looks at its JSON. Asserts no time and no verdict: this machine may be
// busy.
#include <array>
#include <cstdio>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "cef/core/json.hpp"

namespace cef {
namespace {

using core::Json;

struct Outcome {
  int code = -1;
  Json json;
};

Outcome bench_short(const std::string& options) {
  const std::string line = "timeout -k 5 240 '" CEF_SOURCE_DIR "/tests/bench-short' --build '" CEF_BINARY_DIR "/..' " +
                           options + " --json 2>/dev/null </dev/null";
  std::FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) {
    return {};
  }
  std::string text;
  std::array<char, 65536> block{};
  for (std::size_t size = 1; size != 0;) {
    size = std::fread(block.data(), 1, block.size(), pipe);
    text.append(block.data(), size);
  }
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, core::parse_json(text, "stdout").value_or(Json::object())};
}

std::string outcome_of(const Json& json) {
  return json.value("/verdict/outcome"_json_pointer, "none");
}

TEST(BenchShort, EndsWithTheVerdictOfItsJson) {
  const Outcome outcome = bench_short("");
  ASSERT_EQ(outcome.json.value("schema", ""), "cef.bench/2") << "exit code " << outcome.code;
  EXPECT_EQ(outcome.code, outcome_of(outcome.json) == "pass" ? 0 : 12) << outcome.json["verdict"];
  std::set<std::string> outcomes;
  ASSERT_EQ(outcome.json["edges"].size(), 4U);
  for (const Json& edge : outcome.json["edges"]) {
    SCOPED_TRACE(edge["name"]);
    EXPECT_TRUE(edge["error"].is_null()) << edge["error"];
    outcomes.insert(outcome_of(edge));
    ASSERT_EQ(edge.value("models", Json::array()).size(), 3U);
    for (const char* state : {"cold", "warm"}) {
      EXPECT_EQ(edge[state]["greedy"]["model"], "resnet152-w8");
      EXPECT_FALSE(edge[state]["oracle"].is_null());
      EXPECT_TRUE(edge[state]["regret_percent"]["advanced"].is_number());
    }
  }
  EXPECT_EQ(outcome_of(outcome.json) == "pass", outcomes == std::set<std::string>{"pass"});
}

TEST(BenchShort, FailsWhereTheThresholdCannotBeMet) {
  const Outcome outcome = bench_short("--limit pi-1 --min-saving 99.9");
  EXPECT_EQ(outcome.code, 12);
  EXPECT_NE(outcome_of(outcome.json), "pass");
}

}  // namespace
}  // namespace cef
