#include "modules/text.hpp"

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

using Words = std::vector<std::string>;

TEST(Text, SplitsWordsAsShlexDoes) {
  EXPECT_EQ(*split_words("a  'b c' \"d\\\" e\" f\\ g ''"), (Words{"a", "b c", "d\" e", "f g", ""}));
  EXPECT_EQ(split_words("a 'b").error().message, "No closing quotation");
  EXPECT_EQ(split_words("a \\").error().message, "No escaped character");
}

TEST(Text, SplitsLinesAsPythonDoes) {
  EXPECT_EQ(split_lines("a\r\nb\rc\n\nd"), (Words{"a", "b", "c", "", "d"}));
  EXPECT_TRUE(split_lines("").empty());
}

TEST(Text, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(valid_text("ä\xff"
                       "b\xe2\x82"),
            "ä\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Text, NothingInAPathIsTakenForSyntax) {
  EXPECT_EQ(path_word("/a b/$(reboot)"), "'/a b/$(reboot)'");
  EXPECT_EQ(path_word("~/x y"), "\"${HOME-~}\"'/x y'");
  EXPECT_EQ(path_word("$HOME/x"), "\"${HOME-\\$HOME}\"/x");
  EXPECT_EQ(glob_word("/a b/*.t;x"), "/a\\ b/*.t\\;x");
}

TEST(Text, WritesJsonAsPythonDoes) {
  EXPECT_EQ(python_json({{"a", {1, true, nullptr}}, {"ü", "x"}}), "{\"a\": [1, true, null], \"\\u00fc\": \"x\"}");
  EXPECT_EQ(python_json(true), "True");
}

}  // namespace
}  // namespace cef::modules
