// What would run on, grow on or go too deep ends in one clear line.
#include <string>

#include <gtest/gtest.h>

#include "cef/jinja/template.hpp"
#include "scope.hpp"

namespace cef::jinja {
namespace {

using core::Json;

Environment tight() {
  Environment environment;
  environment.limits.steps = 200'000;
  environment.limits.output = core::Bytes{100'000};
  environment.limits.time = core::Milliseconds{60'000};
  return environment;
}

std::string error_of(const std::string& text) {
  static const test::JsonScope scope(Json{{"l", {1, 2, 3}}});
  const auto made = render(text, scope, tight());
  return made ? "no error" : made.error().message;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int at = 0; at < times; ++at) {
    out += text;
  }
  return out;
}

TEST(Limits, EndLoopsAndRanges) {
  EXPECT_NE(error_of("{{ range(1000000000) | list }}").find("it "), std::string::npos);
  EXPECT_NE(error_of("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}").find("it "),
            std::string::npos);
  EXPECT_NE(error_of("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}").find("nested deeper"), std::string::npos);
}

TEST(Limits, EndTextThatGrows) {
  EXPECT_NE(error_of("{{ 'x' * 1000000000 }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ [1] * 1000000000 }}").find("steps"), std::string::npos);
  EXPECT_NE(error_of("{{ '%1000000s' | format('x') }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ 'x'.ljust(900000000) }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ 'x'.zfill(900000000) }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ 'x' | indent(900000000) }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ ('x' * 50000) | replace('x', 'y' * 50000) }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ 'x' | center(900000000) }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}"
                     "{% endfor %}")
                .find("of text"),
            std::string::npos);
}

TEST(Limits, EndProductsAndSorts) {
  EXPECT_NE(error_of("{{ range(20) | permutations | list }}").find("it "), std::string::npos);
  EXPECT_NE(error_of("{{ range(99) | product(range(99), range(99)) }}").find("it "), std::string::npos);
  EXPECT_NE(error_of("{{ 'x' | batch(900000000, 'y') }}").find("of text"), std::string::npos);
  EXPECT_NE(error_of("{{ 2 ** 64 }}").find("too big"), std::string::npos);
  EXPECT_NE(error_of("{{ 9223372036854775807 + 1 }}").find("too big"), std::string::npos);
}

TEST(Limits, EndDepth) {
  EXPECT_NE(error_of("{{ " + repeated("(", 5000) + "1" + repeated(")", 5000) + " }}").find("nested deeper"),
            std::string::npos);
  EXPECT_NE(error_of("{{ " + repeated("[", 5000) + repeated("]", 5000) + " }}").find("nested deeper"),
            std::string::npos);
  EXPECT_NE(error_of("{{ " + repeated("not ", 5000) + "1 }}").find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of("{{ " + repeated("-", 5000) + "1 }}").find("nested deeper"), std::string::npos);
  EXPECT_NE(error_of("{{ 1" + repeated(" + 1", 5000) + " }}").find("parts in each other"), std::string::npos);
  EXPECT_NE(error_of("{{ 1" + repeated("|int", 5000) + " }}").find("parts in each other"), std::string::npos);
  EXPECT_NE(error_of("{{ l" + repeated(".a", 5000) + " }}").find("parts in each other"), std::string::npos);
  EXPECT_NE(error_of(repeated("{% if 1 %}", 5000)).find("nested deeper"), std::string::npos);
  EXPECT_EQ(error_of("{{ 1" + repeated(" + 1", 90) + " }}"), "no error");
  EXPECT_NE(error_of("{% set ns = namespace(x=[]) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}")
                .find("levels of lists"),
            std::string::npos);
}

TEST(Limits, EndRegularExpressions) {
  EXPECT_NE(error_of("{{ ('a' * 5000) is match('(a*)*b') }}"), "no error");
  EXPECT_EQ(error_of("{{ ('ab' * 20000) | regex_replace('(a.)+', 'x') }}"), "no error");
}

TEST(Limits, LeaveOrdinaryTextsAlone) {
  EXPECT_EQ(error_of("{% for i in range(1000) %}{{ i }}: line of a file\n{% endfor %}"), "no error");
}

}  // namespace
}  // namespace cef::jinja
