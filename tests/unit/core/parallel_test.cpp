#include "cef/core/parallel.hpp"

#include <cstdlib>
#include <stdexcept>

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

TEST(Turnstile, LetsOnlySoManyInAtOnce) {
  Turnstile turnstile;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  in_parallel(64, 8, [&](std::size_t i) {
    turnstile.pass(i % 2 == 0 ? "even" : "odd", 1, [&] {
      int seen = most;
      for (const int now = ++inside; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --inside;
      ++done;
    });
  });
  EXPECT_EQ(done, 64);
  EXPECT_LE(most, 2) << "one of each name";
}

TEST(Turnstile, APlaceIsLeftAlsoByWhatThrows) {
  Turnstile turnstile;
  EXPECT_THROW(turnstile.pass("one", 1, [] { throw std::runtime_error("no"); }), std::runtime_error);
  bool done = false;
  std::jthread([&] { turnstile.pass("one", 1, [&] { done = true; }); }).join();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace cef::core
