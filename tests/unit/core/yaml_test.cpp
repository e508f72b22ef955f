#include "cef/core/yaml.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

std::string as_json(std::string_view text) {
  const auto node = parse_yaml(text, "f.yaml");
  return node ? dump_line(node->to_json()) : node.error().message;
}

TEST(Yaml, ResolvesScalarsAsYaml11) {
  EXPECT_EQ(as_json("[yes, No, ON, off, true, yEs, ~, '', 'yes', \"1\"]"),
            R"([true,false,true,false,true,"yEs",null,"","yes","1"])");
  EXPECT_EQ(as_json("[0, 10, -3, 010, 0x1F, 0b11, 1_000, 1:30, 08, 1e3, 1.5, 1.5e+3, .5, 1.2.3]"),
            R"([0,10,-3,8,31,3,1000,90,"08","1e3",1.5,1500.0,0.5,"1.2.3"])");
  EXPECT_EQ(as_json("v: 10.0.0.1\nt: 99999999999999999999\nm: 'x'"),
            R"({"v":"10.0.0.1","t":"99999999999999999999","m":"x"})");
}

TEST(Yaml, MergesMapsAndItsOwnKeysWin) {
  EXPECT_EQ(as_json("c: {y: 3, <<: [{x: 1, y: 2}, {z: 9, x: 5}], w: 0}"), R"({"c":{"z":9,"x":1,"y":3,"w":0}})")
      << "in the order of PyYAML";
  EXPECT_EQ(as_json("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}"),
            R"({"a":{"x":1,"y":2},"b":{"y":3,"z":4},"c":{"y":2,"z":4,"x":9}})");
}

TEST(Yaml, KnowsWhereThingsStand) {
  const auto node = parse_yaml("all:\n  hosts:\n    pi: {}\n", "f");
  ASSERT_TRUE(node);
  const YamlNode& hosts = *node->find("all")->find("hosts");
  EXPECT_EQ(hosts.entries[0].first.line, 3);
  EXPECT_EQ(hosts.entries[0].first.column, 5);
}

TEST(Yaml, KeepsTags) {
  const auto node = parse_yaml("v: !vault |\n  $ANSIBLE_VAULT\n", "f");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->find("v")->tag, "!vault");
}

TEST(Yaml, BadInputGetsOneLine) {
  EXPECT_EQ(as_json("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: the key 'a' is there twice, first in line 1");
  EXPECT_EQ(as_json("a:\n\tb: 1\n"), "f.yaml:2:1: is indented with a tab; YAML is indented with spaces");
  EXPECT_EQ(as_json("a: 1\nb: \xFF\n"), "f.yaml:2:1: is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(as_json("a: 1\n---\nb: 1\n"), "f.yaml:3:1: a second document begins; write one document a file");
  EXPECT_EQ(as_json("a: {\n").rfind("f.yaml:", 0), 0U);
  EXPECT_EQ(as_json("a: {{ x }}\n"),
            "f.yaml:1:5: a key is a map; put a value that begins with {{ in quotes: \"{{ … }}\"");
  EXPECT_EQ(as_json("a: {{ x }}/b\n"),
            "f.yaml:1:11: is not YAML: end of map not found; put a value that begins with "
            "{{ in quotes: \"{{ … }}\"");
  EXPECT_EQ(as_json("a: 1\n<<: 5\n"), "f.yaml:2:5: '<<' merges a map or a list of maps");
}

TEST(Yaml, RefusesBombs) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) {
      bomb += (i == 0 ? "*" : ",*") + before;
    }
    bomb += "]\n";
  }
  EXPECT_NE(as_json(bomb).find("more than a million"), std::string::npos);
  EXPECT_NE(as_json(std::string(200, '[') + std::string(200, ']')).find("nested deeper"), std::string::npos);
}

TEST(Yaml, AnEmptyFileIsNull) {
  EXPECT_EQ(as_json("# nothing\n"), "null");
}

TEST(Yaml, ATextThatBeginsWithCommasEnds) {
  EXPECT_FALSE(parse_yaml(",,,,all:\n  hosts:\n", "f.yaml").has_value());
  EXPECT_FALSE(parse_yaml(",", "f.yaml").has_value());
}

}  // namespace
}  // namespace cef::core
