#include "report/document.hpp"

#include <gtest/gtest.h>

namespace cef::report {
namespace {

TEST(DocumentMarkdown, NoTextBeginsAList) {
  const auto line = [](const std::string& text) { return document_markdown({DocParagraph{text, ""}}); };
  EXPECT_EQ(line("1. pi"), "1\\. pi\n");
  EXPECT_EQ(line("20) pi"), "20\\) pi\n");
  EXPECT_EQ(line("- pi"), "\\- pi\n");
  EXPECT_EQ(line("---"), "\\---\n");
  EXPECT_EQ(line("+"), "\\+\n");
  EXPECT_EQ(document_markdown({DocList{{"1. pi", "-1.5 %", "1.5 s", "pi - 1."}}}),
            "- 1\\. pi\n- -1.5 %\n- 1.5 s\n- pi - 1.\n");
}

}  // namespace
}  // namespace cef::report
