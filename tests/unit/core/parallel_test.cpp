#include "cef/core/parallel.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "unit/few_threads.hpp"

namespace cef::core {
namespace {

TEST(InParallel, DoesAllWithTheThreadsThatTheSystemGives) {
  if (!k_memory_can_be_limited) {
    GTEST_SKIP() << "a sanitizer takes all addresses";
  }
  const auto all_done = [] {
    allow_few_threads();
    std::atomic<int> done{0};
    in_parallel(1000, 1000, [&](std::size_t) { ++done; });
    std::_Exit(done == 1000 ? 0 : 1);
  };
  EXPECT_EXIT(all_done(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cef::core
