#pragma once

#include <algorithm>
#include <chrono>

#include <ctime>

#include "cef/select/policy.hpp"

namespace cef::operation {

/// How long something took, and what all threads of this process worked meanwhile.
struct Spent {
  select::Seconds wall{0};
  select::Seconds cpu{0};

  /// Without what stood in the way: a CPU quota that was used up, and other programs. Of one thread that is what it
  /// worked; of several only a quantile of their wall times can tell.
  [[nodiscard]] select::Seconds undisturbed(int threads) const { return threads == 1 ? std::min(wall, cpu) : wall; }
};

class Stopwatch {
 public:
  [[nodiscard]] Spent spent() const {
    const auto wall = std::chrono::steady_clock::now() - start_;
    return {wall, process_time() - cpu_};
  }

 private:
  static select::Seconds process_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return select::Seconds(static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec));
  }

  select::Seconds cpu_ = process_time();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace cef::operation
