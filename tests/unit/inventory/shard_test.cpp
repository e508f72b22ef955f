#include "cef/inventory/shard.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace cef::inventory {
namespace {

std::vector<std::string> names_of(const std::vector<std::string>& hosts, const Shard& shard) {
  std::vector<std::string> names;
  for (const std::size_t place : places_of(hosts, shard)) {
    names.push_back(hosts.at(place));
  }
  return names;
}

TEST(Shard, IsReadAsIndexOfCount) {
  const auto shard = parse_shard("2/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->index, 2U);
  EXPECT_EQ(shard->count, 8U);
  EXPECT_TRUE(parse_shard("1/1"));
}

TEST(Shard, WrongOnesAreRefusedWithWhatToWrite) {
  for (const char* text : {"0/4", "5/4", "x", "", "/", "1/", "/4", "1/0", "0/0", "-1/4", "1/4/8", "1.0/4", "+1/4",
                           " 1/4", "1/9999999", "99999999999999999999999/4"}) {
    const auto shard = parse_shard(text);
    ASSERT_FALSE(shard) << text;
    EXPECT_EQ(shard.error().code, core::ErrorCode::usage);
    EXPECT_NE(shard.error().message.find("for example 2/8"), std::string::npos) << shard.error().message;
  }
}

TEST(Shard, EveryHostIsInOneShardAndSizesDifferByOne) {
  std::mt19937 random(7);
  for (std::size_t size : {0U, 1U, 2U, 5U, 13U, 100U}) {
    std::vector<std::string> hosts;
    for (std::size_t i = 0; i < size; ++i) {
      hosts.push_back("pi-" + std::to_string(i));
    }
    std::shuffle(hosts.begin(), hosts.end(), random);
    for (std::size_t count = 1; count <= 7; ++count) {
      std::multiset<std::string> all;
      for (std::size_t index = 1; index <= count; ++index) {
        const auto names = names_of(hosts, {index, count});
        EXPECT_GE(names.size(), size / count);
        EXPECT_LE(names.size(), (size + count - 1) / count);
        all.insert(names.begin(), names.end());
      }
      EXPECT_EQ(all, std::multiset<std::string>(hosts.begin(), hosts.end()));
    }
  }
}

TEST(Shard, OrderOfTheInventoryIsOfNoAccountButKept) {
  const std::vector<std::string> hosts = {"c", "a", "d", "b"};
  EXPECT_EQ(names_of(hosts, {1, 2}), (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(names_of(hosts, {2, 2}), (std::vector<std::string>{"d", "b"}));
  EXPECT_EQ(names_of({"a", "b", "c", "d"}, {1, 2}), (std::vector<std::string>{"a", "c"}));
}

}  // namespace
}  // namespace cef::inventory
