#include "cef/report/table.hpp"

#include <gtest/gtest.h>

namespace cef::report {
namespace {

TEST(Table, AlignsColumnsByWhatTheTerminalShows) {
  Table table({{"host"}, {"ms", Align::right}, {"note"}});
  table.add_row({"pi-1", "9", "한글"});
  table.add_row({"서버", "120", "ok"});
  EXPECT_EQ(table.str({false, 80}), "host   ms  note\npi-1    9  한글\n서버  120  ok\n");
}

TEST(Table, HangulIsTwoColumnsWideComposedOrNot) {
  EXPECT_EQ(display_width("한글"), 4U);
  EXPECT_EQ(display_width("\u1112\u1161\u11AB\u1100\u1173\u11AF"), 4U) << "as macOS writes file names";
  EXPECT_EQ(display_width("e\u0301\u2705\uFE0F"), display_width("e\u2705"));
  Table table({{"model"}, {"ms", Align::right}, {"note"}});
  table.add_row({"거실-서버", "9", std::string(60, 'y')});
  table.add_row({"pi", "120", "라즈베리파이라즈베리파이라즈베리파이라즈베리파이라즈베리파이"});
  const std::string text = table.str({false, 60});
  EXPECT_EQ(text,
            "model       ms  note\n"
            "거실-서버    9  " +
                std::string(43, 'y') +
                "…\n"
                "pi         120  라즈베리파이라즈베리파이라즈베리파이라즈베…\n");
}

TEST(Table, CutsTheLastColumnAtTheWidth) {
  Table table({{"a"}, {"b"}});
  table.add_row({"x", std::string(100, 'y')});
  EXPECT_EQ(table.str({false, 30}), "a  b\nx  " + std::string(26, 'y') + "…\n");
}

TEST(Table, ANoteThatDoesNotFitFollowsWholeBelow) {
  Table table({{"HOST"}, {"NOTE"}});
  table.add_row({"pi-1", "short"});
  table.add_row({"pi-2", std::string(40, 'y')});
  EXPECT_EQ(table.str({false, 30}),
            "HOST  NOTE\npi-1  short\npi-2  " + std::string(23, 'y') + "…\npi-2: " + std::string(40, 'y') + "\n");
  EXPECT_EQ(table.str({false, 20}), "HOST  NOTE\npi-1  short\npi-2\npi-2: " + std::string(40, 'y') + "\n")
      << "too narrow for a note that says something";
  EXPECT_EQ(table.str({false, 80}), "HOST  NOTE\npi-1  short\npi-2  " + std::string(40, 'y') + "\n");
}

TEST(Table, ACellIsNoMoreThanALine) {
  Table table({{"HOST"}, {"NOTE"}});
  table.add_row({"pi-1", "no\npi-2  ok"});
  EXPECT_EQ(table.str({false, 80}), "HOST  NOTE\npi-1  no pi-2  ok\n");
  EXPECT_EQ(table.str({false, 12}), "HOST  NOTE\npi-1\npi-1: no pi-2  ok\n");
}

TEST(Table, PaintsOnlyWhenAsked) {
  EXPECT_EQ(paint("x", Colour::red, {true, 80}), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(paint("x", Colour::red, {false, 80}), "x");
}

TEST(Printable, LeavesNoControlCharacterOfAHost) {
  EXPECT_EQ(printable("a\x1b[31mb\tc\n\x07"), "a\\x1b[31mb\tc\n\\x07");
  EXPECT_EQ(printable("\xC2\x9B x"), "\\x9b x");
  EXPECT_EQ(printable("\xFF\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(printable("한글"), "한글");
}

}  // namespace
}  // namespace cef::report
