#pragma once

#include <functional>
#include <memory>

#include "cef/core/duration.hpp"

namespace cef::core {

/// Waits until `fd` is ready for `events` (those of poll(2)), for `most` at most. Gives what is ready, 0 when nothing
/// is. In a strand of a loop the others of its thread go on in the meantime.
short wait_for(int fd, short events, Milliseconds most);

/// As `wait_for`, for time only.
void pause(Milliseconds time);

/// Does the work, in a strand by a thread of its own, for work that would keep the other strands waiting.
void apart(const std::function<void()>& work);

/// Many strands of work on one thread. Each has a stack of its own and gives way in the functions above only, so that
/// code that waits by them runs in a strand and in a thread alike. It must not give way with a lock held or inside of a
/// catch block, and not wait for another strand.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Before `run`, or from a strand of this loop. Throws when there is no memory for a stack.
  void add(std::function<void()> work);
  /// Until all strands have ended.
  void run();
  /// The loop whose strand this is; null outside of one.
  static Loop* current() noexcept;

 private:
  friend short wait_for(int fd, short events, Milliseconds most);
  class Strands;
  std::unique_ptr<Strands> strands_;
};

}  // namespace cef::core
