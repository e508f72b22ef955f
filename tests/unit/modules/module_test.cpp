// arguments.json holds what ansible-core 2.14's ArgumentSpecValidator answered for the parameters of `sample()`.
#include "cef/modules/module.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

using core::Json;

Module sample() {
  Module module;
  module.name = "sample";
  module.run = nullptr;
  module.parameters = {{.name = "path", .type = Type::path, .required = true, .aliases = {"dest", "name"}},
                       {.name = "state", .fallback = "present", .choices = {"absent", "present"}},
                       {.name = "flag", .type = Type::boolean, .fallback = false},
                       {.name = "count", .type = Type::integer},
                       {.name = "ratio", .type = Type::number},
                       {.name = "items", .type = Type::list},
                       {.name = "numbers", .type = Type::list, .elements = Type::integer},
                       {.name = "env", .type = Type::map},
                       {.name = "any", .type = Type::raw},
                       {.name = "switch", .choices = {"yes", "no"}},
                       {.name = "a"},
                       {.name = "b"}};
  module.at_most_one_of = {{"a", "b"}};
  return module;
}

std::string text_of(const core::Result<void>& checked) {
  return checked ? "" : checked.error().message;
}

TEST(Arguments, AreCompletedAsAnsibleDoes) {
  std::ifstream in(CEF_SOURCE_DIR "/tests/unit/modules/arguments.json");
  std::stringstream text;
  text << in.rdbuf();
  const auto cases = core::parse_json(text.str(), "cases");
  ASSERT_TRUE(cases);
  ASSERT_GT(cases->size(), 80U);
  const Module module = sample();
  for (const Json& one : *cases) {
    SCOPED_TRACE(one.dump());
    const auto done = complete_arguments(module, one.at("args"));
    ASSERT_EQ(done.has_value(), one.contains("completed")) << (done ? done->dump() : done.error().message);
    if (done) {
      for (const Parameter& parameter : module.parameters) {
        EXPECT_EQ(done->at(parameter.name), one.at("completed").at(parameter.name)) << parameter.name;
      }
    } else {
      const std::string& message = done.error().message;
      EXPECT_EQ(message.substr(0, message.find("  Valid booleans")), one.at("error").get<std::string>());
    }
  }
}

TEST(Arguments, OmittedOnesAreTakenAway) {
  const std::string omit(k_omit);
  const auto done = complete_arguments(
      sample(), {{"path", "/x"}, {"state", omit + "0123"}, {"items", {"a", omit}}, {"env", {{"k", omit}, {"l", 1}}}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->at("state"), "present");
  EXPECT_EQ(done->at("items"), Json::array({"a"}));
  EXPECT_EQ(done->at("env"), Json({{"l", 1}}));
  EXPECT_TRUE(done->at("count").is_null());
}

TEST(Arguments, ATemplateMayGiveThemAll) {
  const auto done = complete_arguments(
      sample(), {{"_variable_params", {{"path", "/x"}, {"a", "below"}, {"count", 3}}}, {"a", "above"}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->at("a"), "above");
  EXPECT_EQ(done->at("count"), 3);
  EXPECT_EQ(complete_arguments(sample(), {{"_variable_params", "text"}}).error().message,
            "invalid or malformed argument: 'text'");
}

TEST(Arguments, AreCheckedBeforeAnythingRuns) {
  EXPECT_EQ(text_of(check_arguments(sample(), {{"path", "/x"}, {"coutn", 1}})),
            "sample has no parameter 'coutn'; did you mean 'count'?");
  EXPECT_EQ(text_of(check_arguments(sample(), Json::object())), "sample: missing required arguments: path");
  EXPECT_EQ(text_of(check_arguments(sample(), {{"dest", "/x"}, {"state", "presnt"}})),
            "sample: value of state must be one of: absent, present, got: presnt; did you mean 'present'?");
  EXPECT_EQ(text_of(check_arguments(sample(), {{"path", "/x"}, {"count", "many"}})),
            "sample: argument 'count' is of type <class 'str'> and we were unable to convert to int: <class 'str'> "
            "cannot be converted to an int");
  EXPECT_EQ(text_of(check_arguments(sample(), {{"path", "/x"}, {"a", 1}, {"b", 2}})),
            "sample: parameters are mutually exclusive: a|b");
}

TEST(Arguments, OfPackageAreThoseOfApt) {
  EXPECT_EQ(text_of(check_arguments(*find("package"), {{"name", "x"}})), "");
  EXPECT_EQ(text_of(check_arguments(*find("package"), {{"update_cache", true}})), "");
}

TEST(Arguments, ThatHoldTemplatesAreNotJudged) {
  EXPECT_EQ(text_of(check_arguments(sample(), {{"path", "{{ p }}"}, {"state", "{{ s }}"}, {"count", "{{ c }}"}})), "");
  EXPECT_EQ(text_of(check_arguments(sample(), {{"path", "/x"}, {"a", "{{ x | default(omit) }}"}, {"b", 2}})), "");
  EXPECT_EQ(text_of(check_arguments(sample(), {{"_variable_params", "{{ all }}"}})), "");
}

TEST(Modules, AreFoundByShortAndFullNames) {
  for (const char* name : {"debug", "ansible.builtin.debug", "ansible.legacy.debug"}) {
    ASSERT_NE(find(name), nullptr) << name;
    EXPECT_EQ(find(name)->name, "debug");
  }
  EXPECT_EQ(find("no.such.debug"), nullptr);
  EXPECT_EQ(find("no_such"), nullptr);
  EXPECT_FALSE(names().empty());
}

TEST(Modules, HaveParametersThatFitTogether) {
  for (const std::string& name : names()) {
    const Module& module = *find(name);
    std::map<std::string, int> known;
    for (const Parameter& parameter : module.parameters) {
      known[parameter.name] += 1;
      for (const std::string& alias : parameter.aliases) {
        known[alias] += 1;
      }
      if (!parameter.fallback.is_null()) {
        EXPECT_FALSE(parameter.required) << name << "." << parameter.name;
      }
    }
    for (const auto& [one, times] : known) {
      EXPECT_EQ(times, 1) << name << "." << one;
    }
    for (const auto* sets : {&module.one_of, &module.at_most_one_of}) {
      for (const auto& set : *sets) {
        for (const std::string& one : set) {
          EXPECT_TRUE(known.count(one) == 1) << name << "." << one;
        }
      }
    }
    EXPECT_TRUE(module.free_form.empty() || known.count(module.free_form) == 1) << name;
  }
}

}  // namespace
}  // namespace cef::modules
