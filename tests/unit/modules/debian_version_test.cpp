#include "../../../src/modules/debian_version.hpp"

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

int sign(int value) {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}

TEST(DebianVersion, OrdersAsDpkg) {
  struct Case {
    const char* a;
    const char* b;
    int order;
  };
  // Each was asked of `dpkg --compare-versions`.
  const Case cases[] = {
      {"1.0", "1.0", 0},
      {"1.0", "1.0-1", -1},
      {"1.0-1", "1.0-2", -1},
      {"1.9", "1.10", -1},
      {"1.0~rc1", "1.0", -1},
      {"1.0~~", "1.0~", -1},
      {"1:0.1", "2.0", 1},
      {"0:1.0", "1.0", 0},
      {"1.0a", "1.0", 1},
      {"1.0a", "1.0+b", -1},
      {"1.01", "1.1", 0},
      {"2.36-9+deb12u7", "2.36-9", 1},
      {"1.0-1~bpo1", "1.0-1", -1},
      {"7.88.1-10", "7.88.1-9", 1},
      {"1.2.3-4-5", "1.2.3-4-6", -1},
      {"", "0", 0},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(sign(compare_debian_versions(one.a, one.b)), one.order) << one.a << " " << one.b;
    EXPECT_EQ(sign(compare_debian_versions(one.b, one.a)), -one.order) << one.b << " " << one.a;
  }
}

}  // namespace
}  // namespace cef::modules
