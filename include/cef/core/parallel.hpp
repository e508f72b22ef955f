#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace cef::core {

/// `work(i)` for 0…count-1, in at most `threads` threads, the caller's among them.
template <class Work>
void in_parallel(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      work(i);
    }
  };
  std::vector<std::jthread> pool;
  try {
    for (std::size_t i = 1; i < std::min(threads, count); ++i) {
      pool.emplace_back(run);
    }
  } catch (const std::system_error&) {  // the system has no more threads to give: these do it all
  }
  run();
}

}  // namespace cef::core
