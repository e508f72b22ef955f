#pragma once

#include <cstddef>
#include <functional>

#include <ucontext.h>

namespace cef::core {

/// A stack of memory that is taken page by page as it is used, with a page below it that may not be touched.
class Stack {
 public:
  Stack();  ///< throws std::bad_alloc
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  [[nodiscard]] char* bottom() const noexcept { return memory_; }
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  char* memory_ = nullptr;
};

/// What runs on a stack of its own; one thread's. The sanitizers are told of each change of stacks.
class Strand {
 public:
  Strand() = default;
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// What to do next; the strand must have ended or be new.
  void set_work(std::function<void()> work);
  /// Goes on with the strand until it gives way or ends. True when it has ended.
  bool resume();
  /// Back to who resumed it. Only in the strand itself.
  void give_way();
  /// Gives back the memory of the stack that a strand that has given way does not use.
  void trim();

 private:
  static void enter();
  void left_for_strand();

  Stack stack_;
  std::function<void()> work_;
  ucontext_t own_{};
  ucontext_t other_{};
  bool ended_ = true;
  char* depth_ = nullptr;       ///< of the stack when it gave way
  void* own_memory_ = nullptr;  ///< of the sanitizers, as those below
  void* other_memory_ = nullptr;
  const void* other_bottom_ = nullptr;
  std::size_t other_size_ = 0;
};

}  // namespace cef::core
