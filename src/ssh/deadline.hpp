#pragma once

#include <algorithm>
#include <chrono>

#include "cef/core/duration.hpp"

namespace cef::ssh {

/// A moment in wall time by which a thing must be done.
class Deadline {
 public:
  explicit Deadline(core::Milliseconds from_now) : end_(core::Clock::now() + from_now) {}
  [[nodiscard]] bool passed() const { return core::Clock::now() >= end_; }
  /// For poll(2): what is left, at most `most`, so that a stop is noticed soon.
  [[nodiscard]] int poll_timeout(int most = 100) const {
    const auto left = std::chrono::duration_cast<core::Milliseconds>(end_ - core::Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left + 1, 0, most));
  }
  [[nodiscard]] core::Clock::time_point end() const { return end_; }
  /// For the first of `count` things that are to be done in turn.
  [[nodiscard]] Deadline share(long count) const {
    const auto left = std::max(end_ - core::Clock::now(), core::Clock::duration(0));
    return count <= 1 ? *this : Deadline(std::chrono::duration_cast<core::Milliseconds>(left / count));
  }

 private:
  core::Clock::time_point end_;
};

}  // namespace cef::ssh
