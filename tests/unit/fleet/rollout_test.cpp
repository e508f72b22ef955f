#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "cef/fleet/run.hpp"
#include "fake_hosts.hpp"

namespace cef::fleet {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

Share hosts(std::size_t number) {
  return {number, false};
}
Share percent(std::size_t number) {
  return {number, true};
}

/// One letter a host: o, f(ailed), u(nreachable), t: left out by the threshold, i: not begun, interrupted.
std::string letters(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const auto& outcome : outcomes) {
    text += outcome.status == Status::ok                                           ? 'o'
            : outcome.status == Status::failed                                     ? 'f'
            : outcome.status == Status::unreachable                                ? 'u'
            : outcome.error && outcome.error->code == core::ErrorCode::threshold   ? 't'
            : outcome.error && outcome.error->code == core::ErrorCode::interrupted ? 'i'
                                                                                   : '?';
  }
  return text;
}

/// A host for every letter of `plan`, which says how it goes: o, f, or u.
class RollOut : public testing::Test {
 protected:
  std::string run_it(const std::string& plan, std::size_t stop_at = SIZE_MAX) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      names.push_back((plan[i] == 'u' ? "gone-" : "host-") + std::to_string(i));
    }
    const auto outcomes = run(
        targets(names), connector_, options_,
        [&](std::size_t index, ssh::Connection&) -> Result<void> {
          if (index == stop_at) {
            stop_.request();
          }
          return plan[index] == 'f' ? fail(ErrorCode::host_failed, "no") : Result<void>();
        },
        {}, stop_);
    stopped_ = stopped_by_threshold(outcomes, options_);
    return letters(outcomes);
  }

  FakeConnector connector_;
  RunOptions options_{1, {}, {}};
  const core::StopToken stop_;
  bool stopped_ = false;
};

/// The sizes of the batches: each host waits (at most 10 s) for as many as are expected in its batch to be at work, so
/// that a batch that is too small is seen; a host of a later batch must find all of the earlier ones ended.
void expect_batches(std::size_t count, const std::vector<Share>& batches, const std::vector<std::size_t>& sizes) {
  FakeConnector connector;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t begun = 0;
  std::size_t ended = 0;
  const auto work = [&](std::size_t index, ssh::Connection&) -> Result<void> {
    std::size_t first = 0;
    std::size_t batch = 0;
    while (index >= first + sizes.at(batch)) {
      first += sizes.at(batch++);
    }
    std::unique_lock lock(mutex);
    EXPECT_GE(ended, first) << index << " began before the batch before it had ended";
    ++begun;
    changed.notify_all();
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return begun >= first + sizes.at(batch); }))
        << index << " waited for its batch";
    ++ended;
    return {};
  };
  EXPECT_EQ(letters(run(many(static_cast<int>(count)), connector, {64, batches, {}}, work, {}, {})),
            std::string(count, 'o'));
}

TEST(Batches, AreAsLargeAsAskedAndOneAfterTheOther) {
  expect_batches(10, {hosts(1), percent(25), percent(100)}, {1, 2, 7});
  expect_batches(10, {percent(50)}, {5, 5});
  expect_batches(7, {hosts(3)}, {3, 3, 1});
  expect_batches(6, {hosts(1), hosts(2)}, {1, 2, 2, 1});
  expect_batches(4, {hosts(100)}, {4});
  expect_batches(5, {}, {5});
}

TEST(Batches, HaveAtLeastOneHost) {
  expect_batches(3, {percent(1)}, {1, 1, 1});
  expect_batches(3, {hosts(0)}, {1, 1, 1});
}

TEST_F(RollOut, ABatchThatFailsWhollyEndsIt) {
  options_.batches = {hosts(2)};
  EXPECT_EQ(run_it("offfoooo"), "offftttt") << "the first batch had one that was well";
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(connector_.connects, 4);
  EXPECT_EQ(run_it("fuoo"), "futt") << "hosts that cannot be reached have failed too";
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(run_it("ofuo"), "ofuo");
  EXPECT_FALSE(stopped_);
}

TEST_F(RollOut, TheLastBatchMayFailWholly) {
  options_.batches = {hosts(2)};
  EXPECT_EQ(run_it("ooff"), "ooff");
  EXPECT_FALSE(stopped_) << "no host was left out";
}

TEST_F(RollOut, WithoutBatchesEveryHostIsAsked) {
  EXPECT_EQ(run_it("ffff"), "ffff");
  EXPECT_FALSE(stopped_);
}

TEST_F(RollOut, MaxFailIsANumberOfHosts) {
  options_.max_fail = hosts(1);
  EXPECT_EQ(run_it("ofooufoo"), "ofoouttt");
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(run_it("ofoo"), "ofoo");
  EXPECT_FALSE(stopped_) << "one is allowed";
  options_.max_fail = hosts(0);
  EXPECT_EQ(run_it("ofoo"), "oftt");
  EXPECT_TRUE(stopped_);
}

TEST_F(RollOut, MaxFailIsAShareOfAllHosts) {
  options_.max_fail = percent(25);
  EXPECT_EQ(run_it("ffoooooo"), "ffoooooo");
  EXPECT_FALSE(stopped_) << "two of eight are 25 %";
  EXPECT_EQ(run_it("fufooooo"), "fufttttt");
  EXPECT_TRUE(stopped_);
  options_.max_fail = percent(10);
  EXPECT_EQ(run_it("foo"), "ftt") << "10 % of three hosts are none";
}

TEST_F(RollOut, MaxFailAlsoStopsBetweenBatches) {
  options_.batches = {hosts(4)};
  options_.max_fail = hosts(1);
  options_.forks = 4;
  const std::string went = run_it("fofooooo");
  EXPECT_EQ(went.substr(4), "tttt") << went;
  EXPECT_TRUE(stopped_);
}

TEST_F(RollOut, BeyondTheThresholdWithTheLastHostIsBeyondIt) {
  options_.max_fail = hosts(0);
  EXPECT_EQ(run_it("ooof"), "ooof");
  EXPECT_TRUE(stopped_);
}

TEST_F(RollOut, CtrlCEndsItBetweenHostsAndBatches) {
  options_.batches = {hosts(2)};
  EXPECT_EQ(run_it("oooooo", 2), "oooiii");
  EXPECT_FALSE(stopped_) << "stopped by the user, not by failures";
}

TEST_F(RollOut, CtrlCInABatchThatFailsIsStillTheUsers) {
  options_.batches = {hosts(2)};
  EXPECT_EQ(run_it("ffoo", 1), "ffii");
  EXPECT_FALSE(stopped_);
}

TEST_F(RollOut, WhatIsLeftOutSaysWhy) {
  FakeConnector connector;
  const auto outcomes = run(targets({"gone", "b"}), connector, {1, {hosts(1)}, {}}, nothing, {}, {});
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].host, "b");
  EXPECT_EQ(outcomes[1].status, Status::skipped);
  EXPECT_EQ(outcomes[1].error->message, "not begun: the roll-out was stopped, too many hosts failed");
}

TEST(Share, IsANumberOrAPercentage) {
  for (const auto& [text, value, is_percent] :
       {std::tuple{"3", 3U, false}, {"0", 0U, false}, {"25%", 25U, true}, {"100%", 100U, true}, {"0%", 0U, true}}) {
    const auto share = parse_share(text, "--batch");
    ASSERT_TRUE(share) << text;
    EXPECT_EQ(share->value, value);
    EXPECT_EQ(share->percent, is_percent) << text;
  }
  for (const char* wrong :
       {"", "%", "-1", "+1", "1.5", "101%", "3%%", "3 %", " 3", "3x", "half", "0x3", "99999999999999999999999"}) {
    const auto refused = parse_share(wrong, "--max-fail");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::usage);
    EXPECT_EQ(refused.error().message, "--max-fail: '" + std::string(wrong) +
                                           "' is neither a number of hosts nor a percentage; write for example 3 or "
                                           "25%");
  }
}

TEST(Share, OfHostsIsRoundedDown) {
  EXPECT_EQ(hosts(3).of(2), 3U);
  EXPECT_EQ(percent(25).of(10), 2U);
  EXPECT_EQ(percent(100).of(7), 7U);
  EXPECT_EQ(percent(50).of(1), 0U);
  EXPECT_EQ(percent(33).of(0), 0U);
}

}  // namespace
}  // namespace cef::fleet
