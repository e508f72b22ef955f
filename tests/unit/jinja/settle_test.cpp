#include <gtest/gtest.h>

#include "cef/jinja/template.hpp"

namespace cef::jinja {
namespace {

using core::Json;

const std::vector<Json>& worlds() {
  static const std::vector<Json> two = {
      {{"family", "Debian"}, {"name", "Debian"}, {"facts", {{"family", "Debian"}, {"name", "Debian"}}}},
      {{"family", "Debian"}, {"name", "Ubuntu"}, {"facts", {{"family", "Debian"}, {"name", "Ubuntu"}}}}};
  return two;
}

std::optional<bool> settled(const char* condition) {
  return jinja::settled(condition, worlds());
}

TEST(Settled, AnswersByWhatIsKnown) {
  EXPECT_EQ(settled("family == 'RedHat'"), false);
  EXPECT_EQ(settled("family != 'RedHat'"), true);
  EXPECT_EQ(settled("family | lower in ['redhat', 'suse']"), false);
  EXPECT_EQ(settled("facts.family == 'Debian' and facts['family'] is match('Deb')"), true);
  EXPECT_EQ(settled("not facts['family'] == 'Debian'"), false);
}

TEST(Settled, KnowsWhatDecidesAlone) {
  EXPECT_EQ(settled("anything | bool and family == 'RedHat'"), false);
  EXPECT_EQ(settled("family == 'RedHat' and anything"), false);
  EXPECT_EQ(settled("family == 'Debian' or anything"), true);
  EXPECT_EQ(settled("(family == 'RedHat' or family == 'Suse') and facts.other > 2"), false);
}

TEST(Settled, LeavesOpenWhatDepends) {
  for (const char* condition :
       {"anything", "anything is defined", "anything | default(false)", "facts.other is defined", "facts['other'] == 1",
        "facts == 1", "facts is defined", "'x' in facts", "family == other", "family == 'Debian' and anything",
        "family == 'RedHat' or anything", "name == 'Ubuntu'", "facts[key] == 'Debian'", "lookup('env', 'HOME') == ''",
        "family == ", "family | nothing"}) {
    EXPECT_EQ(settled(condition), std::nullopt) << condition;
  }
  EXPECT_EQ(settled("name == 'CentOS'"), false);
  EXPECT_EQ(jinja::settled("family == 'Debian'", {}), std::nullopt);
}

}  // namespace
}  // namespace cef::jinja
