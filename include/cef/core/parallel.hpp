#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
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

/// Lets only so many threads at once into what a name stands for.
class Turnstile {
 public:
  /// `work()`, once fewer than `most` others of this name are in theirs.
  template <class Work>
  void pass(const std::string& name, std::size_t most, const Work& work) {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return inside_[name] < most; });
    ++inside_[name];
    lock.unlock();
    const Place place{*this, name};
    work();
  }

 private:
  /// Left also when the work throws.
  struct Place {
    Turnstile& turnstile;
    const std::string& name;
    ~Place() {
      {
        const std::lock_guard lock(turnstile.mutex_);
        --turnstile.inside_[name];
      }
      turnstile.left_.notify_all();
    }
  };
  std::mutex mutex_;
  std::condition_variable left_;
  std::map<std::string, std::size_t> inside_;
};

}  // namespace cef::core
