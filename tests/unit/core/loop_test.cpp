#include "cef/core/loop.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::core {
namespace {

constexpr Milliseconds k_long{30'000};

class Pair {
 public:
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
  ~Pair() { close(); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  void close() {
    for (int& end : ends_) {
      if (end >= 0) {
        ::close(std::exchange(end, -1));
      }
    }
  }
  [[nodiscard]] int near_end() const { return ends_[0]; }
  [[nodiscard]] int far_end() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

void say(int fd, char word) {
  EXPECT_EQ(::write(fd, &word, 1), 1);
}
char hear(int fd) {
  char word = 0;
  EXPECT_EQ(::read(fd, &word, 1), 1);
  return word;
}

TEST(Loop, StrandsTakeTurnsWhereTheyWait) {
  Pair pair;
  std::string order;
  Loop loop;
  loop.add([&] {
    order += 'a';
    EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long) & POLLIN, 0);
    order += hear(pair.near_end());
    say(pair.near_end(), 'd');
  });
  loop.add([&] {
    order += 'b';
    say(pair.far_end(), 'c');
    EXPECT_NE(wait_for(pair.far_end(), POLLIN, k_long) & POLLIN, 0);
    order += hear(pair.far_end());
  });
  loop.run();
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(Loop::current(), nullptr);
}

TEST(Loop, TimeEndsAWaitAndALateEventIsNotTakenForTheNextOne) {
  Pair pair;
  Loop loop;
  loop.add([&] {
    EXPECT_EQ(wait_for(pair.near_end(), POLLIN, Milliseconds(1)), 0);
    say(pair.far_end(), 'x');
    EXPECT_EQ(wait_for(-1, 0, Milliseconds(5)), 0);
    EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long) & POLLIN, 0);
    EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long) & POLLIN, 0) << "what was not read is there still";
  });
  loop.run();
}

TEST(Loop, TheNumberOfAClosedSocketMayComeBack) {
  Loop loop;
  for (int strand = 0; strand < 3; ++strand) {
    loop.add([] {
      for (int i = 0; i < 20; ++i) {
        Pair pair;
        EXPECT_EQ(wait_for(pair.near_end(), POLLIN, Milliseconds(0)), 0);
        say(pair.far_end(), 'x');
        EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long) & POLLIN, 0);
      }
    });
  }
  loop.run();
}

TEST(Loop, AnEndOfTheOtherSideIsReported) {
  Pair pair;
  Loop loop;
  loop.add([&] {
    ::shutdown(pair.far_end(), SHUT_RDWR);
    EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long), 0);
  });
  loop.run();
}

TEST(Loop, AFileIsAlwaysReady) {
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  Loop loop;
  loop.add([&] { EXPECT_EQ(wait_for(file, POLLIN, k_long), POLLIN); });
  loop.run();
  ::close(file);
}

TEST(Loop, AStrandMayAddOthersAndStacksAreUsedAgain) {
  Loop loop;
  int ended = 0;
  std::function<void(int)> work = [&](int left) {
    std::array<volatile char, 4096> used{};
    used.at(static_cast<std::size_t>(left)) = 1;
    if (left > 0) {
      loop.add([&work, left] { work(left - 1); });
      loop.add([&ended] { ++ended; });
    }
    pause(Milliseconds(left % 2));
    ++ended;
  };
  loop.add([&] { work(200); });
  loop.run();
  EXPECT_EQ(ended, 401);
  loop.add([&] { ended = 0; });
  loop.run();
  EXPECT_EQ(ended, 0) << "a loop can be run again";
}

/// Uses up `left` KiB of the stack; gives what the innermost of them computed.
int use_stack(int left) {
  std::array<volatile char, 1024> used{};
  used.at(static_cast<std::size_t>(left)) = static_cast<char>(left);
  return left == 0 ? used.at(1) : use_stack(left - 1) + used.at(static_cast<std::size_t>(left));
}

TEST(Loop, WhatWaitedLongFindsItsVariablesAndMayUseItsStackAgain) {
  Loop loop;
  int sum = 0;
  for (int strand = 0; strand < 20; ++strand) {
    loop.add([&sum, strand] {
      const std::string words = "kept over the wait " + std::to_string(strand);
      std::array<int, 3000> numbers{};
      numbers.fill(strand);
      const int before = use_stack(100);
      pause(Milliseconds(3));
      EXPECT_EQ(use_stack(100), before);
      EXPECT_EQ(words, "kept over the wait " + std::to_string(strand));
      for (const int number : numbers) {
        sum += number == strand ? 1 : 0;
      }
    });
  }
  loop.run();
  EXPECT_EQ(sum, 20 * 3000);
}

TEST(Loop, ExceptionsStayInTheirStrand) {
  Loop loop;
  std::vector<std::string> caught(50);
  for (std::size_t i = 0; i < caught.size(); ++i) {
    loop.add([&caught, i] {
      try {
        pause(Milliseconds(1));
        throw std::runtime_error(std::to_string(i));
      } catch (const std::runtime_error& error) {
        caught[i] = error.what();
      }
      pause(Milliseconds(1));
    });
  }
  loop.run();
  for (std::size_t i = 0; i < caught.size(); ++i) {
    EXPECT_EQ(caught[i], std::to_string(i));
  }
}

TEST(Loop, WhatIsDoneApartKeepsNobodyWaiting) {
  std::atomic<bool> others_went_on{false};
  std::thread::id there;
  Loop loop;
  loop.add([&] {
    apart([&] {
      there = std::this_thread::get_id();
      while (!others_went_on) {
        std::this_thread::yield();
      }
    });
  });
  loop.add([&] { others_went_on = true; });
  loop.run();
  EXPECT_NE(there, std::this_thread::get_id());
  apart([&] { there = std::this_thread::get_id(); });
  EXPECT_EQ(there, std::this_thread::get_id()) << "outside of a strand the thread does it itself";
}

TEST(Loop, OutsideOfAStrandTheThreadWaits) {
  Pair pair;
  EXPECT_EQ(wait_for(pair.near_end(), POLLIN, Milliseconds(1)), 0);
  say(pair.far_end(), 'x');
  EXPECT_NE(wait_for(pair.near_end(), POLLIN, k_long) & POLLIN, 0);
}

}  // namespace
}  // namespace cef::core
