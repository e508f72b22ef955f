#include "cef/core/regex.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

Regex regex(std::string_view pattern, RegexOptions options = {}) {
  auto compiled = Regex::compile(pattern, options);
  EXPECT_TRUE(compiled) << compiled.error().line();
  return *compiled;
}

std::string sub(std::string_view pattern, std::string_view replacement, std::string_view subject, std::size_t count = 0,
                RegexOptions options = {}) {
  const auto text = regex(pattern, options).replace(subject, replacement, count);
  return text ? *text : "error: " + text.error().message;
}

TEST(Regex, FindsGroupsByNumberAndName) {
  const Regex named = regex("(?P<key>\\w+)=(\\d+)?");
  const auto found = named.search("  port=  x");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->begin(), 2U);
  EXPECT_EQ((*found)->group("  port=  x", 1), "port");
  EXPECT_FALSE((*found)->groups.at(2)) << "the group took no part";
  EXPECT_EQ(named.group_number("key"), 1U);
  EXPECT_EQ(named.group_number("other"), std::nullopt);
  EXPECT_EQ(named.group_count(), 2U);
}

TEST(Regex, ReplacesAsPythonDoes) {
  EXPECT_EQ(sub("(a)(b)?", "<\\1\\2>", "ab a"), "<ab> <a>");
  EXPECT_EQ(sub("(?P<n>\\d+)", "\\g<n>\\g<1>0", "7"), "770");
  EXPECT_EQ(sub("x*", "-", "abxd"), "-a-b--d-") << "an empty match right after one that is not";
  EXPECT_EQ(sub("b*", "X", "", 1), "X");
  EXPECT_EQ(sub("a", "\\n\\t\\\\", "a"), "\n\t\\");
  EXPECT_EQ(sub("a", "b", "aaa", 2), "bba");
  EXPECT_EQ(sub("a", "\\q", "a"), "error: bad escape \\q in '\\q'");
  EXPECT_EQ(sub("a", "\\2", "a"), "error: invalid group reference 2 in '\\2'");
  EXPECT_EQ(sub("^", "# ", "a\nb", 0, {.multi_line = true}), "# a\n# b");
  EXPECT_EQ(sub("a", "\\-", "a"), "\\-");
  EXPECT_EQ(sub("a", "\\101\\0", "a"), std::string("A\0", 2));
}

TEST(Regex, KnowsPythonsOwnSyntax) {
  EXPECT_TRUE(*regex("a\\Z").search("ba"));
  EXPECT_FALSE(*regex("a\\Z").search("a\n"));
  EXPECT_TRUE(*regex("a$").search("a\n"));
  EXPECT_TRUE(*regex("^a{,2}$").search("aa"));
  EXPECT_FALSE(*regex("^a{,2}$").search("aaa"));
  EXPECT_TRUE(*regex("^[]x]$").search("]"));
  EXPECT_TRUE(*regex("^[[:a]+$").search("[:a"));
  EXPECT_TRUE(*regex("^é.$").search("éü")) << "one character each";
  EXPECT_FALSE(*regex("^.$", {.unicode = false}).search("é"));
  EXPECT_TRUE(*regex("a.b", {.dot_all = true}).search("a\nb"));
  EXPECT_TRUE(*regex("ÄB", {.ignore_case = true}).search("äb"));
  EXPECT_TRUE(*regex("b").match("ab", 1));
  EXPECT_FALSE(*regex("b").match("ab"));
  EXPECT_FALSE(*regex("a").full_match("ab"));
}

TEST(Regex, FindsAllAndEscapes) {
  const auto all = regex("a|").find_all("ba");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 3U);
  EXPECT_EQ(Regex::escape("a.b (c)/é"), "a\\.b\\ \\(c\\)/é");
}

TEST(Regex, SaysWhatIsWrong) {
  const auto bad = Regex::compile("(a");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::usage);
  EXPECT_NE(bad.error().message.find("'(a' is no regular expression: missing closing parenthesis"), std::string::npos)
      << bad.error().message;
  EXPECT_FALSE(Regex::compile("(*LIMIT_MATCH=1)a"));
  EXPECT_FALSE(Regex::compile(std::string(70'000, 'a')));
  EXPECT_FALSE(Regex::compile(std::string(200, '(') + std::string(200, ')')));
}

TEST(Regex, IsBoundedWherePatternsExplode) {
  const auto slow = regex("^(a+)+$").search(std::string(64, 'a') + "b");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, ErrorCode::general);
  EXPECT_TRUE(*regex("(a|b)*c").search(std::string(200'000, 'a') + "c")) << "long text does not exhaust the stack";
}

TEST(Regex, BytesThatAreNotUtf8AreNoError) {
  EXPECT_TRUE(
      *regex("b").search("a\xff"
                         "b"));
}

}  // namespace
}  // namespace cef::core
