#include "cef/core/json.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(dump_line(*parse_json(R"({"b":1,"a":[true]})", "x")), R"({"b":1,"a":[true]})");
}

TEST(Json, RefusesWhatIsNotOneDocument) {
  for (const char* bad : {"", "{", "{}{}", "{'a':1}", "[1,]", "nul"}) {
    const auto json = parse_json(bad, "f.json");
    ASSERT_FALSE(json) << bad;
    EXPECT_EQ(json.error().code, ErrorCode::usage);
    EXPECT_EQ(json.error().message.rfind("f.json: ", 0), 0U);
  }
}

TEST(Json, RefusesDuplicateKeysAndDeepNesting) {
  EXPECT_EQ(parse_json(R"({"a":{"b":1,"b":2}})", "f").error().message, "f: has the key 'b' twice");
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])", "f"));
  EXPECT_FALSE(parse_json(std::string(100'000, '['), "f"));
}

TEST(Json, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(dump_line(Json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
}

TEST(Json, TellsAnError) {
  const Error error{ErrorCode::timeout, "late", {"ping"}};
  EXPECT_EQ(dump_line(to_json(error)), R"({"code":"timeout","message":"late","context":["ping"]})");
}

}  // namespace
}  // namespace cef::core
