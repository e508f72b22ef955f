#include "../../../src/modules/sources_list.hpp"

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

TEST(SourcesList, NamesFilesAsAnsible) {
  EXPECT_EQ(suggested_file("deb http://x.example/debian bookworm main"), "x_example_debian.list");
  EXPECT_EQ(suggested_file("deb [arch=arm64 signed-by=/k.gpg] https://u:p@d.example.com/linux/debian b stable"),
            "d_example_com_linux_debian.list");
}

TEST(SourcesList, ReadsLines) {
  const SourceLine line = parse_source_line("#  deb   http://a  b main # why");
  EXPECT_TRUE(line.valid);
  EXPECT_FALSE(line.enabled);
  EXPECT_EQ(line.source, "deb http://a b main");
  EXPECT_EQ(line.comment, "why");
  EXPECT_FALSE(parse_source_line("# a remark").valid);
}

TEST(SourcesList, AddsOnceAndEnablesWhatIsOff) {
  SourcesList list;
  list.load("/etc/apt/sources.list", "deb http://a b main\n# deb http://c d main\n\n# remark\n");
  const auto before = list.dump();
  EXPECT_TRUE(list.add("deb  http://a b  main", ""));
  EXPECT_EQ(list.dump(), before);
  EXPECT_TRUE(list.add("deb http://c d main", ""));
  EXPECT_EQ(list.dump().at("/etc/apt/sources.list"), "deb http://a b main\ndeb http://c d main\n\n# remark\n");
  EXPECT_TRUE(list.add("deb http://new.example/x d main", ""));
  EXPECT_EQ(list.dump().at("/etc/apt/sources.list.d/new_example_x.list"), "deb http://new.example/x d main\n");
  EXPECT_TRUE(list.add("deb http://named d main", "mine"));
  EXPECT_TRUE(list.dump().contains("/etc/apt/sources.list.d/mine.list"));
}

TEST(SourcesList, RemovesAndRefuses) {
  SourcesList list;
  list.load("/etc/apt/sources.list.d/a.list", "deb http://a b main\n");
  EXPECT_TRUE(list.remove("deb http://a b main"));
  EXPECT_TRUE(list.dump().empty());
  const auto refused = list.add("http://a b main", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Invalid repository string: http://a b main");
}

}  // namespace
}  // namespace cef::modules
