#include "task/netspeed_rate.hpp"

#include <gtest/gtest.h>

namespace cef::task {
namespace {

using core::Clock;
using std::chrono::milliseconds;

const Clock::time_point k_start{std::chrono::hours(1)};

/// A second of slow start in which nearly nothing comes, then 1 MB every 100 ms.
std::vector<Mark> steady(int marks) {
  std::vector<Mark> all = {{k_start, 0}, {k_start + milliseconds(900), 1000}};
  for (int i = 1; i <= marks; ++i) {
    all.push_back({k_start + milliseconds(900 + 100 * i), 1000 + 1'000'000U * static_cast<std::uint64_t>(i)});
  }
  return all;
}

TEST(NetspeedRate, HeadersAreAddedForTheLink) {
  EXPECT_NEAR(with_tcp_headers(94.15), 98.44, 0.01);  // iperf3 over 100 Mbit/s with 24 bytes of gap and check sum
  EXPECT_NEAR(with_tcp_headers(1448), 1514, 1e-9);
  EXPECT_NEAR(with_ssh_headers(100), 104.69, 0.01);
  EXPECT_GT(with_ssh_headers(100), with_tcp_headers(100));
}

TEST(NetspeedRate, TheSlowStartDoesNotCount) {
  const auto marks = steady(31);  // 4 s in all
  const auto speed = speed_of(marks, marks.back().at, {});
  ASSERT_TRUE(speed);
  EXPECT_NEAR(speed->payload_mbit_per_s, 80, 1e-6);
  EXPECT_NEAR(speed->mbit_per_s, with_ssh_headers(80), 1e-6);
  EXPECT_EQ(speed->bytes.count, 30'000'000U);
  EXPECT_EQ(speed->elapsed, milliseconds(3000));
  EXPECT_EQ(speed->moved.count, 31'001'000U);
}

TEST(NetspeedRate, WhatComesLateAfterTheEndDoesNotCount) {
  auto marks = steady(31);
  const auto ended = marks.back().at;
  marks.push_back({ended + milliseconds(2000), marks.back().bytes + 1});
  EXPECT_NEAR(speed_of(marks, ended, {})->payload_mbit_per_s, 80, 1e-6);
}

TEST(NetspeedRate, WhenNearlyAllWasSentAtOnceTheRestCounts) {
  const auto marks = steady(31);
  EXPECT_NEAR(speed_of(marks, k_start + milliseconds(950), {})->payload_mbit_per_s, 80, 1e-6);
}

TEST(NetspeedRate, OfOneAnswerTheRoundTripIsTaken) {
  const std::vector<Mark> marks = {{k_start, 0}, {k_start + milliseconds(300), 100'000}};
  const auto speed = speed_of(marks, k_start, milliseconds(200));
  ASSERT_TRUE(speed);
  EXPECT_NEAR(speed->payload_mbit_per_s, 8, 1e-6);
  EXPECT_NEAR(speed_of(marks, k_start, milliseconds(400))->payload_mbit_per_s, 100'000 * 8 / 1e6 / 0.3, 1e-6);
}

TEST(NetspeedRate, NothingIsNoSpeed) {
  EXPECT_FALSE(speed_of({}, k_start, {}));
  EXPECT_FALSE(speed_of({{k_start, 0}}, k_start, {}));
  EXPECT_FALSE(speed_of({{k_start, 0}, {k_start + milliseconds(5), 0}}, k_start, {}));
  EXPECT_FALSE(speed_of({{k_start, 0}, {k_start, 100}}, k_start, {}));
}

/// Sends all that may be sent now.
std::uint64_t fill(Pace& pace) {
  std::uint64_t bytes = 0;
  for (auto block = pace.next(); block.count > 0; block = pace.next()) {
    pace.sent(block.bytes());
    bytes += block.bytes();
  }
  return bytes;
}

TEST(Pace, ABurstThatArrivesAtOnceIsNotTakenForTheSpeed) {
  Pace pace(k_start, core::Bytes{1'000'000'000}, std::chrono::microseconds(100));
  EXPECT_EQ(fill(pace), 32U * 1024U);
  pace.delivered(32U * 1024U, k_start + std::chrono::microseconds(110));
  EXPECT_LE(fill(pace), 64U * 1024U);
}

TEST(Pace, HalfASecondOfWhatGoesThroughIsUnderWay) {
  Pace pace(k_start, core::Bytes{1'000'000'000}, milliseconds(0));
  for (int i = 1; i <= 40; ++i) {
    fill(pace);
    pace.delivered(std::min<std::uint64_t>(pace.under_way(), 125'000), k_start + milliseconds(100 * i));  // 10 Mbit/s
  }
  fill(pace);
  EXPECT_GT(pace.under_way(), 500'000U);
  EXPECT_LE(pace.under_way(), 630'000U);
}

TEST(Pace, ALongWayIsFilled) {
  Pace pace(k_start, core::Bytes{1'000'000'000}, milliseconds(200));
  for (int i = 1; i <= 10; ++i) {
    fill(pace);
    pace.delivered(pace.under_way(), k_start + milliseconds(200 * i));
  }
  EXPECT_GT(fill(pace), 5'000'000U);
  EXPECT_LE(pace.under_way(), 16U * 1024U * 1024U);
}

TEST(Pace, NeverMoreThanTheBytesInAll) {
  Pace pace(k_start, core::Bytes{100'000}, milliseconds(1));
  std::uint64_t sent = 0;
  for (int i = 1; i < 100 && !pace.spent(); ++i) {
    sent += fill(pace);
    pace.delivered(pace.under_way(), k_start + milliseconds(i));
  }
  EXPECT_TRUE(pace.spent());
  EXPECT_LE(sent, 100'000U);
  EXPECT_GT(sent, 95'000U);
  EXPECT_EQ(pace.next().count, 0U);
}

TEST(Pace, BlocksAreWholeUnits) {
  Pace pace(k_start, core::Bytes{1'000'000'000}, milliseconds(100));
  for (int i = 1; i <= 20; ++i) {
    const auto block = pace.next();
    ASSERT_TRUE(block.size == 4096 || block.size == 65536);
    ASSERT_LE(block.bytes(), 1024U * 1024U);
    fill(pace);
    pace.delivered(pace.under_way(), k_start + milliseconds(100 * i));
  }
}

}  // namespace
}  // namespace cef::task
