#include "cef/core/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <queue>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "strand.hpp"

namespace cef::core {

static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR && POLLHUP == EPOLLHUP);

namespace {

constexpr std::size_t k_events = 64;
constexpr Milliseconds k_longest{60'000};

thread_local Loop* t_loop = nullptr;

}  // namespace

class Loop::Strands {
 public:
  Strands() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
  }
  ~Strands() { ::close(epoll_); }
  Strands(const Strands&) = delete;
  Strands& operator=(const Strands&) = delete;

  void add(std::function<void()> work) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(all_.size()));
      all_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    if (!all_[index].strand) {
      all_[index].strand = std::make_unique<Strand>();
    }
    all_[index].strand->set_work(std::move(work));
    free_.pop_back();
    ready_.push_back(index);
  }

  void run() {
    while (true) {
      while (!ready_.empty()) {
        running_ = ready_.front();
        ready_.pop_front();
        if (all_[running_].strand->resume()) {
          free_.push_back(running_);
        }
      }
      if (free_.size() == all_.size()) {
        return;
      }
      wake();
    }
  }

  short wait(int fd, short events, Milliseconds most) {
    const std::uint32_t index = running_;
    Entry& entry = all_[index];
    entry.got = 0;
    entry.waiting = ++entry.waits;
    if (fd >= 0 && !watch(fd, events, index, entry.waiting)) {
      entry.waiting = 0;
      return events;  // neither a socket nor a pipe: always ready
    }
    timers_.push({Clock::now() + std::min(most, k_longest), index, entry.waiting});
    entry.strand->give_way();
    return all_[index].got;
  }

 private:
  struct Entry {
    std::unique_ptr<Strand> strand;
    std::uint32_t waits = 0;    ///< so far: the number of the last one
    std::uint32_t waiting = 0;  ///< the number of the wait it is in, 0 when in none
    short got = 0;
  };
  struct Timer {
    Clock::time_point end;
    std::uint32_t index;
    std::uint32_t wait;
    bool operator<(const Timer& other) const { return end > other.end; }
  };

  /// Reported once at most, with the number of the wait: what comes late is known by it.
  bool watch(int fd, short events, std::uint32_t index, std::uint32_t wait) const {
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(events) | EPOLLONESHOT;
    event.data.u64 = static_cast<std::uint64_t>(index) << 32U | wait;
    return ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
  }

  [[nodiscard]] bool in_wait(std::uint32_t index, std::uint32_t wait) const { return all_[index].waiting == wait; }

  void make_ready(std::uint32_t index, short got) {
    all_[index].waiting = 0;
    all_[index].got = got;
    ready_.push_back(index);
  }

  /// Makes those ready whose wait is over; waits for the first of them.
  void wake() {
    while (!timers_.empty() && !in_wait(timers_.top().index, timers_.top().wait)) {
      timers_.pop();
    }
    const auto left =
        timers_.empty()
            ? k_longest
            : std::chrono::ceil<Milliseconds>(std::max(timers_.top().end - Clock::now(), Clock::duration{}));
    std::array<epoll_event, k_events> events{};
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(left.count()));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      const auto index = static_cast<std::uint32_t>(event.data.u64 >> 32U);
      if (in_wait(index, static_cast<std::uint32_t>(event.data.u64))) {
        make_ready(index, static_cast<short>(event.events));
      }
    }
    for (const auto now = Clock::now(); !timers_.empty() && timers_.top().end <= now; timers_.pop()) {
      if (in_wait(timers_.top().index, timers_.top().wait)) {
        all_[timers_.top().index].strand->trim();  // what waits long shall not hold what it needed for a moment
        make_ready(timers_.top().index, 0);
      }
    }
  }

  int epoll_;
  std::deque<Entry> all_;
  std::vector<std::uint32_t> free_;
  std::deque<std::uint32_t> ready_;
  std::priority_queue<Timer> timers_;
  std::uint32_t running_ = 0;
};

Loop::Loop() : strands_(std::make_unique<Strands>()) {}
Loop::~Loop() = default;

void Loop::add(std::function<void()> work) {
  strands_->add(std::move(work));
}

void Loop::run() {
  t_loop = this;
  strands_->run();
  t_loop = nullptr;
}

Loop* Loop::current() noexcept {
  return t_loop;
}

short wait_for(int fd, short events, Milliseconds most) {
  if (Loop* loop = Loop::current(); loop != nullptr) {
    return loop->strands_->wait(fd, events, most);
  }
  pollfd wait{fd, events, 0};
  return ::poll(&wait, 1, static_cast<int>(std::min(most, k_longest).count())) > 0 ? wait.revents : short{0};
}

void pause(Milliseconds time) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    wait_for(-1, 0, std::chrono::ceil<Milliseconds>(end - Clock::now()));
  }
}

void apart(const std::function<void()>& work) {
  const int done = Loop::current() == nullptr ? -1 : ::eventfd(0, EFD_CLOEXEC);
  std::thread thread;
  if (done >= 0) {
    try {
      thread = std::thread([&] {
        work();
        ::eventfd_write(done, 1);
      });
    } catch (const std::system_error&) {  // the system has no more threads to give
    }
  }
  if (thread.joinable()) {
    while (wait_for(done, POLLIN, k_longest) == 0) {
    }
    thread.join();
  } else {
    work();
  }
  if (done >= 0) {
    ::close(done);
  }
}

}  // namespace cef::core
