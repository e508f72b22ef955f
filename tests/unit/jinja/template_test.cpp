#include "cef/jinja/template.hpp"

#include <gtest/gtest.h>

#include "scope.hpp"

namespace cef::jinja {
namespace {

using core::Json;
using test::JsonScope;

const JsonScope& scope() {
  static const JsonScope variables(Json{{"name", "pi-1"},
                                        {"port", 80},
                                        {"on", true},
                                        {"nothing", nullptr},
                                        {"list", {1, 2, 3}},
                                        {"map", {{"a", 1}, {"b", {{"c", "deep"}}}}}});
  return variables;
}

TEST(Render, KeepsTheTypeOfOneVariableAndOfWhatLooksLikeAList) {
  EXPECT_EQ(render("{{ port }}", scope(), {}).value(), Json(80));
  EXPECT_EQ(render("{{ port + 1 }}", scope(), {}).value(), Json("81"));
  EXPECT_EQ(render("{{ on }}", scope(), {}).value(), Json(true));
  EXPECT_EQ(render("{{ nothing }}", scope(), {}).value(), Json(nullptr));
  EXPECT_EQ(render("{{ list }}", scope(), {}).value(), Json({1, 2, 3}));
  EXPECT_EQ(render("{{ map.b }}", scope(), {}).value(), Json({{"c", "deep"}}));
  EXPECT_EQ(render("x{{ list }}", scope(), {}).value(), Json("x[1, 2, 3]"));
  EXPECT_EQ(render("{{ list | string }}", scope(), {}).value(), Json("[1, 2, 3]"));
}

TEST(Render, NamesTheUndefinedAndItsPlace) {
  EXPECT_EQ(render("a\n {{ foo }}", scope(), {}).error().message, "2:5: 'foo' is undefined");
  EXPECT_EQ(render("{{ map.x }}", scope(), {}).error().message, "1:8: 'dict object' has no attribute 'x'");
}

TEST(Render, GivesAnUndefinedValueForVariables) {
  const auto value = render_value("{{ foo }}", scope(), {});
  ASSERT_TRUE(value);
  EXPECT_EQ(value->why(), "'foo' is undefined");
}

TEST(RenderAll, LeavesKeysAsTheyAre) {
  EXPECT_EQ(render_all(Json{{"{{ name }}", {"{{ name }}", 1}}}, scope(), {}).value(),
            (Json{{"{{ name }}", {"pi-1", 1}}}));
}

TEST(RenderFile, KeepsTheNewlineAtTheEnd) {
  EXPECT_EQ(render_file("{% if on %}\nyes {{ name }}\n{% endif %}\n", scope(), {}, {}).value(), "yes pi-1\n");
}

TEST(Holds, FollowsPythonsTruth) {
  EXPECT_TRUE(holds("port == 80 and on", scope(), {}).value());
  EXPECT_FALSE(holds("foo is defined", scope(), {}).value());
}

TEST(Check, NamesWhatIsFree) {
  const auto free = check("{{ a | default(b) }}{% for x in c %}{{ x }}{% endfor %}", Kind::text).value();
  ASSERT_EQ(free.size(), 3U);
  EXPECT_TRUE(free[0].guarded);
  EXPECT_EQ(free[2].name, "c");
  EXPECT_EQ(check("{{ a | uper }}", Kind::text).error().message,
            "1:8: there is no filter 'uper'; did you mean 'upper'?");
}

}  // namespace
}  // namespace cef::jinja
