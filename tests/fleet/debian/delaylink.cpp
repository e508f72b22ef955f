// delaylink A B ROUND_TRIP_MS LOSS_PERCENT: two tap devices A and B; every frame from one comes out of the other half a
// round trip later, or is lost. What netem does, for kernels that have none.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t k_most_waiting = 20000;
constexpr int k_burst = 64;

struct Frame {
  Clock::time_point due;
  int to;
  std::vector<char> bytes;
};

int open_tap(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ::ioctl(fd, TUNSETIFF, &request) < 0) {
    std::perror(name);
    std::exit(1);
  }
  return fd;
}

class Link {
 public:
  Link(std::array<int, 2> taps, std::chrono::microseconds delay, double loss)
      : taps_(taps), delay_(delay), lost_(loss / 100) {}

  void run() {
    for (;;) {
      deliver();
      wait();
      take(0);
      take(1);
    }
  }

 private:
  void deliver() {
    while (!waiting_.empty() && waiting_.front().due <= Clock::now()) {
      const Frame& frame = waiting_.front();
      // A tap that is down refuses frames: lost, as on a cable.
      [[maybe_unused]] const auto written = ::write(frame.to, frame.bytes.data(), frame.bytes.size());
      waiting_.pop_front();
    }
  }

  void wait() {
    std::chrono::nanoseconds left = std::chrono::seconds(1);
    if (!waiting_.empty()) {
      left = std::max<std::chrono::nanoseconds>(waiting_.front().due - Clock::now(), std::chrono::nanoseconds(0));
    }
    const timespec timeout{left / std::chrono::seconds(1), (left % std::chrono::seconds(1)).count()};
    std::array<pollfd, 2> polls{{{taps_[0], POLLIN, 0}, {taps_[1], POLLIN, 0}}};
    ::ppoll(polls.data(), polls.size(), &timeout, nullptr);
  }

  void take(int from) {
    for (int i = 0; i < k_burst; i++) {
      const ssize_t size = ::read(taps_[from], buffer_.data(), buffer_.size());
      if (size <= 0) {
        return;
      }
      if (!lost_(random_) && waiting_.size() < k_most_waiting) {
        waiting_.push_back({Clock::now() + delay_, taps_[1 - from], {buffer_.data(), buffer_.data() + size}});
      }
    }
  }

  std::array<int, 2> taps_;
  std::chrono::microseconds delay_;
  std::bernoulli_distribution lost_;
  std::mt19937 random_{42};
  std::deque<Frame> waiting_;
  std::array<char, 65536> buffer_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    return 2;
  }
  const auto delay = std::chrono::microseconds(static_cast<long>(std::atof(argv[3]) * 500));
  Link link({open_tap(argv[1]), open_tap(argv[2])}, delay, std::atof(argv[4]));
  std::puts("ready");
  std::fflush(stdout);
  link.run();
}
