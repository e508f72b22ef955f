// tests/playbooks/split_arguments.json holds what ansible-core 2.14's parse_kv(text, check_raw=command) answered.
#include "playbook/split_arguments.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/core/json.hpp"

namespace cef::playbook {
namespace {

TEST(SplitArguments, AnswersAsAnsibleDoes) {
  std::ifstream in(CEF_SOURCE_DIR "/tests/playbooks/split_arguments.json");
  std::stringstream text;
  text << in.rdbuf();
  const auto cases = core::parse_json(text.str(), "cases");
  ASSERT_TRUE(cases);
  ASSERT_GT(cases->size(), 100U);
  for (const core::Json& one : *cases) {
    SCOPED_TRACE(one.dump());
    const auto split = split_key_values(one.at("text").get<std::string>(), one.at("command").get<bool>());
    ASSERT_EQ(split.has_value(), !one.contains("error"));
    if (!split) {
      continue;
    }
    core::Json values = core::Json::object();
    for (const auto& [key, value] : split->values) {
      values[key] = value;
    }
    EXPECT_EQ(values, one.at("values"));
    EXPECT_EQ(split->free_text, one.value("free", ""));
  }
}

}  // namespace
}  // namespace cef::playbook
