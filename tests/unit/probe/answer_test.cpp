#include "probe/answer.hpp"

#include <gtest/gtest.h>

namespace cef::probe {
namespace {

using namespace std::string_view_literals;

TEST(Answer, SectionsBeginAtTheirMarkAndABannerIsLeftOut) {
  const auto sections = split_sections("Welcome!\r\n@cef:a\r\none\r\n\r\ntwo\r\n@cef:b\n@cef:a\nthree");
  EXPECT_EQ(sections.size(), 2U);
  EXPECT_EQ(lines_of(sections, "a"), (Lines{"one", "two", "three"}));
  EXPECT_TRUE(lines_of(sections, "b").empty());
  EXPECT_TRUE(lines_of(sections, "c").empty());
  EXPECT_EQ(first_line(sections, "a"), "one");
  EXPECT_EQ(first_line(sections, "b"), "");
}

TEST(Answer, ControlCharactersCannotReachATerminal) {
  const auto sections = split_sections("@cef:a\n\x1b[2Jname\tx\x7f\n");
  EXPECT_EQ(first_line(sections, "a"), "?[2Jname\tx?");
}

TEST(Answer, AHostThatBabblesDoesNotKeepTheParsersBusy) {
  std::string answer = "@cef:a\n";
  for (int i = 0; i < 100'000; ++i) {
    answer += "hwmon0/temp1|1|0||a|\n";
  }
  EXPECT_EQ(lines_of(split_sections(answer + "@cef:b\nlast"), "a").size(), 4096U);
  EXPECT_EQ(first_line(split_sections(answer + "@cef:b\nlast"), "b"), "last");
}

TEST(Answer, WordsAndFields) {
  EXPECT_EQ(words("  a\t b  "), (std::vector{"a"sv, "b"sv}));
  EXPECT_TRUE(words(" ").empty());
  EXPECT_EQ(fields("a||b", '|'), (std::vector{"a"sv, ""sv, "b"sv}));
  EXPECT_EQ(fields("a|b|c", '|', 2), (std::vector{"a"sv, "b|c"sv}));
  EXPECT_EQ(fields("", '|'), (std::vector{""sv}));
}

TEST(Answer, ANumberIsTheWholeText) {
  EXPECT_EQ(number<unsigned>(" 12 "), 12U);
  EXPECT_EQ(number<double>("-3.5"), -3.5);
  EXPECT_FALSE(number<unsigned>("-1"));
  EXPECT_FALSE(number<double>("12 W"));
  EXPECT_FALSE(number<double>("[N/A]"));
  EXPECT_FALSE(number<double>(""));
  for (const char* absurd : {"inf", "nan", "-1e300", "1e12"}) {
    EXPECT_FALSE(number<double>(absurd)) << absurd;
  }
}

TEST(Answer, TheValueOfAKey) {
  const Lines lines{"Model name:  a: b ", "MemTotal:   12 kB"};
  EXPECT_EQ(value_of(lines, "Model name"), "a: b");
  EXPECT_EQ(value_of(lines, "MemTotal"), "12 kB");
  EXPECT_EQ(value_of(lines, "Mem"), "");
  EXPECT_EQ(after("fs ext4", "fs "), "ext4");
  EXPECT_FALSE(after("f", "fs "));
}

}  // namespace
}  // namespace cef::probe
