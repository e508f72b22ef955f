#include "cef/jinja/value.hpp"

#include <gtest/gtest.h>

#include "cef/jinja/template.hpp"
#include "scope.hpp"

namespace cef::jinja {
namespace {

using core::ErrorCode;
using core::Json;
using core::Result;

/// Counts what it is asked for.
class HostVars final : public Object {
 public:
  explicit HostVars(int& asked) : asked_(asked) {}
  [[nodiscard]] Result<std::optional<Value>> item(const std::string& key) const override {
    ++asked_;
    if (key == "broken") {
      return core::fail(ErrorCode::general, "cannot be evaluated");
    }
    return key == "pi-1" ? std::optional(Value(Json{{"ip", "10.0.0.1"}})) : std::nullopt;
  }
  [[nodiscard]] std::vector<std::string> keys() const override { return {"pi-1", "broken"}; }

 private:
  int& asked_;
};

class Names final : public Scope {
 public:
  [[nodiscard]] Result<std::optional<Value>> find(const std::string& name) const override {
    if (name == "hostvars") {
      return Value(std::shared_ptr<const Object>(std::make_shared<HostVars>(asked)));
    }
    if (name == "wrong") {
      return core::fail(ErrorCode::general, "the variable 'wrong' refers to itself");
    }
    return name == "late" ? std::optional(Value::undefined("{{ x }}: 'x' is undefined")) : std::nullopt;
  }
  mutable int asked = 0;
};

TEST(Object, IsAskedOnlyForWhatIsUsed) {
  const Names names;
  EXPECT_EQ(render("{{ hostvars['pi-1'].ip }}", names, {}).value(), Json("10.0.0.1"));
  EXPECT_LE(names.asked, 2);
  EXPECT_EQ(render("{{ hostvars | list }}", names, {}).value(), Json({"pi-1", "broken"}));
  EXPECT_EQ(render("{{ hostvars['no'].ip | default('none') }}", names, {}).value(), Json("none"));
  EXPECT_EQ(render("{{ ['pi-1'] | map('extract', hostvars, 'ip') | list }}", names, {}).value(), Json({"10.0.0.1"}));
  EXPECT_NE(render("{{ hostvars.broken }}", names, {}).error().message.find("cannot be evaluated"), std::string::npos);
  EXPECT_TRUE(evaluate("hostvars", names, {}).value().json()["broken"].is_null());
}

TEST(Scope, ErrorsAndUndefinedValuesAreSaidWhenUsed) {
  const Names names;
  EXPECT_NE(render("{{ wrong }}", names, {}).error().message.find("refers to itself"), std::string::npos);
  EXPECT_EQ(render("{{ late }}", names, {}).error().message, "1:4: {{ x }}: 'x' is undefined");
  EXPECT_EQ(render("{{ late | default('ok') }}", names, {}).value(), Json("ok"));
  EXPECT_FALSE(holds("late is defined", names, {}).value());
}

TEST(Value, PointsIntoItsDocument) {
  const auto document = std::make_shared<const Json>(Json{{"a", {{"b", {1, 2}}}}});
  const test::JsonScope scope(Json{{"a", {{"b", {1, 2}}}}});
  const auto part = evaluate("a.b", scope, {}).value();
  const auto again = evaluate("a.b", scope, {}).value();
  EXPECT_EQ(&part.json(), &again.json());
  EXPECT_EQ(Value(document).shared_json(), document);
}

Environment with_plugins() {
  Environment environment;
  environment.lookup = [](const std::string& plugin, const Json& terms, const Json& options) -> Result<Json> {
    if (plugin == "file") {
      return Json{"text of " + terms[0].get<std::string>()};
    }
    if (plugin == "both") {
      return Json{"a", "b"};
    }
    if (plugin == "options") {
      return Json{options};
    }
    return core::fail(ErrorCode::usage, "there is no lookup '" + plugin + "'");
  };
  environment.include = [](const std::string& name) -> Result<std::string> {
    if (name == "part.j2") {
      return std::string("[{{ x }}]\n");
    }
    if (name == "self.j2") {
      return std::string("{% include 'self.j2' %}");
    }
    return core::fail(ErrorCode::general, "there is no file '" + name + "'");
  };
  return environment;
}

TEST(Lookup, GivesTextOrAList) {
  const Names names;
  const Environment environment = with_plugins();
  EXPECT_EQ(render("{{ lookup('file', 'a') }}", names, environment).value(), Json("text of a"));
  EXPECT_EQ(render("{{ lookup('both') }}", names, environment).value(), Json("a,b"));
  EXPECT_EQ(render("{{ query('both') }}", names, environment).value(), Json({"a", "b"}));
  EXPECT_EQ(render("{{ lookup('both', wantlist=True) }}", names, environment).value(), Json({"a", "b"}));
  EXPECT_EQ(render("{{ lookup('options', errors='ignore').errors }}", names, environment).value(), Json("ignore"));
  EXPECT_NE(render("{{ lookup('no') }}", names, environment).error().message.find("no lookup 'no'"), std::string::npos);
  EXPECT_NE(render("{{ lookup('file', 'a') }}", names, {}).error().message.find("not possible"), std::string::npos);
}

TEST(Holds, RunsNoLookupsOfTextThatIsACondition) {
  const test::JsonScope scope(Json{{"stdout", "lookup('file', 'secret') == ''"}});
  EXPECT_NE(holds("{{ stdout }}", scope, with_plugins()).error().message.find("not possible"), std::string::npos);
  EXPECT_TRUE(holds("lookup('file', 'a') == 'text of a'", scope, with_plugins()).value());
}

TEST(Include, SeesNamesAndIsBounded) {
  const Names names;
  const Environment environment = with_plugins();
  EXPECT_EQ(render_file("{% set x = 1 %}{% include 'part.j2' %}\n", names, environment, {}).value(), "[1]\n");
  EXPECT_EQ(render_file("{% include 'no.j2' ignore missing %}x", names, environment, {}).value(), "x");
  EXPECT_NE(render_file("{% include 'no.j2' %}", names, environment, {}).error().message.find("no file"),
            std::string::npos);
  EXPECT_NE(render_file("{% include 'self.j2' %}", names, environment, {}).error().message.find("nested deeper"),
            std::string::npos);
}

TEST(Check, FindsWhatIsNotThere) {
  const auto error = [](const char* text) { return check(text, Kind::text).error().message; };
  EXPECT_EQ(error("a\n{{ x | map('uper') }}"), "2:12: there is no filter 'uper'; did you mean 'upper'?");
  EXPECT_EQ(error("{{ x is definied }}"), "1:9: there is no test 'definied'; did you mean 'defined'?");
  EXPECT_EQ(error("{% do x.append(1) %}"), "1:4: the statement 'do' is not supported");
  EXPECT_EQ(error("{% import 'x' %}"), "1:15: expected 'as' and a name, found the end of the statement");
  EXPECT_TRUE(
      check("{% import 'x' as y %}{% from 'x' import a as b %}{{ y.c() }}{{ b() }}", Kind::text).value().empty());
  EXPECT_EQ(error("{% extends 'a' %}{% extends 'b' %}"), "1:21: a template extends one other, not two");
  EXPECT_EQ(check("a is defined and b", Kind::expression).value()[1].guarded, true);
  EXPECT_EQ(check("a and b", Kind::expression).value()[0].guarded, false);
  EXPECT_TRUE(check("{% for a in [1] %}{{ a }}{{ loop.index }}{% endfor %}", Kind::text).value().empty());
}

TEST(RenderFile, WritesTheNewlineThatIsAskedFor) {
  TemplateOptions options;
  options.newline = "\r\n";
  options.lstrip_blocks = true;
  EXPECT_EQ(render_file("a\n  {% if true %}\nb\n  {% endif %}\n", Names(), {}, options).value(), "a\r\nb\r\n");
}

}  // namespace
}  // namespace cef::jinja
