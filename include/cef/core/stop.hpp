#pragma once

#include <atomic>
#include <memory>

namespace cef::core {

/// Asks running work to end. Copies share one state; safe to request from a signal handler.
class StopToken {
 public:
  enum class Level : int {
    run = 0,    ///< go on
    drain = 1,  ///< start nothing new, finish what runs within its deadline
    now = 2,    ///< leave at once
  };
  StopToken() : level_(std::make_shared<std::atomic<int>>(0)) {}
  /// Raises the level by one: the first call drains, the second leaves.
  void request() const noexcept {
    int level = level_->load();
    while (level < 2 && !level_->compare_exchange_weak(level, level + 1)) {
    }
  }
  [[nodiscard]] Level level() const noexcept { return static_cast<Level>(level_->load()); }
  [[nodiscard]] bool draining() const noexcept { return level() != Level::run; }
  [[nodiscard]] bool immediate() const noexcept { return level() == Level::now; }

 private:
  static_assert(std::atomic<int>::is_always_lock_free);
  std::shared_ptr<std::atomic<int>> level_;
};

}  // namespace cef::core
