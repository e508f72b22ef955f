#include "strand.hpp"

#include <cstdint>
#include <new>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace cef::core {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t k_stack = std::size_t{1024} * 1024;
#else
constexpr std::size_t k_stack = std::size_t{256} * 1024;
#endif

std::size_t guard_size() {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return page;
}

constexpr std::size_t k_own_frames = 4096;  // of give_way and of what it calls

void swap(ucontext_t& from, const ucontext_t& to) {
#ifdef __SANITIZE_ADDRESS__
  volatile bool back = false;  // its own swapcontext complains on stderr
  ::getcontext(&from);
  if (!back) {
    back = true;
    ::setcontext(&to);
  }
#else
  ::swapcontext(&from, &to);
#endif
}

thread_local Strand* t_entering = nullptr;  // makecontext hands over integers only

}  // namespace

Stack::Stack() {
  void* memory = ::mmap(nullptr, guard_size() + k_stack, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) {  // NOLINT: the macro's cast
    throw std::bad_alloc();
  }
  memory_ = static_cast<char*>(memory) + guard_size();
  ::mprotect(memory, guard_size(), PROT_NONE);
}

Stack::~Stack() {
  ::munmap(memory_ - guard_size(), guard_size() + k_stack);
}

std::size_t Stack::size() const noexcept {
  return k_stack;
}

Strand::~Strand() {
#if defined(__SANITIZE_THREAD__)
  if (own_memory_ != nullptr) {
    __tsan_destroy_fiber(own_memory_);
  }
#endif
}

void Strand::set_work(std::function<void()> work) {
  work_ = std::move(work);
  ended_ = false;
  ::getcontext(&own_);
  own_.uc_stack.ss_sp = stack_.bottom();
  own_.uc_stack.ss_size = stack_.size();
  own_.uc_link = nullptr;
  ::makecontext(&own_, &Strand::enter, 0);
#if defined(__SANITIZE_THREAD__)
  if (own_memory_ == nullptr) {
    own_memory_ = __tsan_create_fiber(0);
  }
#elif defined(__SANITIZE_ADDRESS__)
  own_memory_ = nullptr;
  // Frames that were never returned to, maybe of a strand whose stack was here before.
  __asan_unpoison_memory_region(stack_.bottom(), stack_.size());
#endif
}

bool Strand::resume() {
  t_entering = this;
#if defined(__SANITIZE_THREAD__)
  other_memory_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(own_memory_, 0);
#elif defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&other_memory_, stack_.bottom(), stack_.size());
#endif
  swap(other_, own_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(other_memory_, nullptr, nullptr);
#endif
  return ended_;
}

void Strand::trim() {
  const std::size_t unused = static_cast<std::size_t>(depth_ - stack_.bottom()) - k_own_frames;
  ::madvise(stack_.bottom(), unused / guard_size() * guard_size(), MADV_DONTNEED);
}

void Strand::give_way() {
  depth_ = static_cast<char*>(__builtin_frame_address(0));
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(other_memory_, 0);
#elif defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(ended_ ? nullptr : &own_memory_, other_bottom_, other_size_);
#endif
  swap(own_, other_);
  left_for_strand();
}

void Strand::left_for_strand() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(own_memory_, &other_bottom_, &other_size_);
#endif
}

void Strand::enter() {
  Strand& self = *t_entering;
  self.left_for_strand();
  [&]() noexcept {
    self.work_();
    self.work_ = nullptr;
  }();
  self.ended_ = true;
  self.give_way();
}

}  // namespace cef::core
