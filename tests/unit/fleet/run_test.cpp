#include "cef/fleet/run.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "fake_hosts.hpp"
#include "unit/few_threads.hpp"

namespace cef::fleet {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

TEST(Run, OneHostsTroubleChangesNothingForTheOthers) {
  FakeConnector connector;
  const auto hosts = targets({"a", "gone", "b", "odd", "c", "d"});
  const auto outcomes = run(hosts, connector, {3},
                            [](std::size_t index, ssh::Connection&) -> Result<void> {
                              if (index == 2) {
                                return fail(ErrorCode::host_failed, "b failed");
                              }
                              if (index == 4) {
                                return fail(ErrorCode::timeout, "c was slow");
                              }
                              return {};
                            },
                            {}, {});
  ASSERT_EQ(outcomes.size(), hosts.size());
  const std::vector<Status> expected = {Status::ok,     Status::unreachable, Status::failed,
                                        Status::failed, Status::failed,      Status::ok};
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    EXPECT_EQ(outcomes[i].host, hosts[i].name);
    EXPECT_EQ(outcomes[i].status, expected[i]) << hosts[i].name;
    EXPECT_EQ(outcomes[i].error.has_value(), expected[i] != Status::ok) << hosts[i].name;
  }
  EXPECT_EQ(outcomes[1].error->message, "no route to gone");
  EXPECT_EQ(outcomes[3].error->code, ErrorCode::internal);
  EXPECT_EQ(outcomes[3].error->message, "a bug in cef: thrown by odd");
}

TEST(Run, ServesAllWithTheThreadsThatTheSystemGives) {
  if (!k_memory_can_be_limited) {
    GTEST_SKIP() << "a sanitizer takes all addresses";
  }
  const auto all_served = [] {
    allow_few_threads();
    FakeConnector connector;
    const auto hosts = many(1000);
    const auto outcomes = run(hosts, connector, {1000}, nothing, {}, {});
    const bool good = std::all_of(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& outcome) { return outcome.status == Status::ok; });
    std::_Exit(good && connector.connects == 1000 ? 0 : 1);
  };
  EXPECT_EXIT(all_served(), testing::ExitedWithCode(0), "");
}

/// Hosts whose name begins with "silent" do not answer before all others are done, or for a while where that does not
/// happen.
class SilentConnector : public FakeConnector {
 public:
  explicit SilentConnector(int others) : others_(others) {}
  core::Result<std::unique_ptr<ssh::Connection>> connect_telling(const ssh::Target& target, const core::StopToken& stop,
                                                                 const std::function<void()>& silent) override {
    std::unique_lock lock(mutex_);
    if (target.name.rfind("silent", 0) != 0) {
      ++done_;
      changed_.notify_all();
      lock.unlock();
      return connect(target, stop);
    }
    lock.unlock();
    silent();
    silent();
    lock.lock();
    met = changed_.wait_for(lock, patience, [&] { return done_ >= others_; }) && met;
    return fail(ErrorCode::unreachable, "silence");
  }
  bool met = true;
  std::chrono::milliseconds patience{20'000};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int others_;
  int done_ = 0;
};

TEST(Run, SilentHostsKeepNobodyWaiting) {
  SilentConnector connector(3);
  const auto hosts = targets({"silent-1", "silent-2", "silent-3", "silent-4", "a", "b", "silent-5", "c"});
  const auto outcomes =
      run(hosts, connector, {2}, [](std::size_t, ssh::Connection&) -> Result<void> { return {}; }, {}, {});
  EXPECT_TRUE(connector.met);
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.status, outcome.host.size() == 1 ? Status::ok : Status::unreachable) << outcome.host;
  }
}

TEST(Run, ASilentHostIsWaitedForWhereHostsGoOneByOneOrFailuresCount) {
  for (const RunOptions& options : {RunOptions{1, {}, {}}, RunOptions{2, {}, Share{0, false}}}) {
    SilentConnector connector(1);
    connector.patience = std::chrono::milliseconds(100);
    const auto outcomes = run(targets({"silent-1", "silent-2", "a"}), connector, options,
                              [](std::size_t, ssh::Connection&) -> Result<void> { return {}; }, {}, {});
    EXPECT_FALSE(connector.met);
    EXPECT_EQ(outcomes[2].status, options.max_fail ? Status::skipped : Status::ok);
  }
}

TEST(Run, EveryOfManyHostsGetsItsOneOutcome) {
  FakeConnector connector;
  const auto hosts = many(500);
  std::multiset<std::size_t> finished;
  Observer observer;
  observer.finished = [&](std::size_t index, const Outcome& outcome) {
    EXPECT_EQ(outcome.host, hosts[index].name);
    finished.insert(index);
  };
  std::size_t last = 0;
  observer.progress = [&](const Progress& progress) {
    EXPECT_GE(progress.done, last);
    EXPECT_EQ(progress.total, 500U);
    EXPECT_LE(progress.running.size(), 3U);
    last = progress.done;
  };
  const auto outcomes = run(hosts, connector, {64}, nothing, observer, {});
  EXPECT_EQ(last, 500U);
  EXPECT_EQ(finished.size(), 500U);
  EXPECT_EQ(std::set(finished.begin(), finished.end()).size(), 500U);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    EXPECT_EQ(outcomes[i].host, hosts[i].name);
    EXPECT_EQ(outcomes[i].status, Status::ok);
  }
}

/// The most that worked at once. Each waits (at most 10 s) until `wanted` are at work, so that the bound is reached.
int most_at_once(int hosts, int forks, int wanted) {
  FakeConnector connector;
  std::mutex mutex;
  std::condition_variable changed;
  int now = 0;
  int most = 0;
  const auto work = [&](std::size_t, ssh::Connection&) -> Result<void> {
    std::unique_lock lock(mutex);
    most = std::max(most, ++now);
    changed.notify_all();
    changed.wait_for(lock, std::chrono::seconds(10), [&] { return most >= wanted; });
    changed.wait_for(lock, std::chrono::milliseconds(30), [&] { return most > wanted; });  // time for one too many
    --now;
    return {};
  };
  run(many(hosts), connector, {forks}, work, {}, {});
  return most;
}

TEST(Run, AsManyAtOnceAsForksAndNoMore) {
  EXPECT_EQ(most_at_once(40, 7, 7), 7);
  EXPECT_EQ(most_at_once(3, 64, 3), 3);
  EXPECT_EQ(most_at_once(5, 1, 1), 1);
  EXPECT_EQ(most_at_once(5, 0, 1), 1);
}

TEST(Run, DrainBeginsNoFurtherHostAndLetsTheRunningOnesEnd) {
  FakeConnector connector;
  const core::StopToken stop;
  const auto outcomes = run(
      many(20), connector, {1},
      [&](std::size_t index, ssh::Connection&) -> Result<void> {
        if (index == 4) {
          stop.request();
        }
        return {};
      },
      {}, stop);
  EXPECT_EQ(connector.connects, 5);
  ASSERT_EQ(outcomes.size(), 20U);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].status, i <= 4 ? Status::ok : Status::skipped) << i;
    EXPECT_EQ(outcomes[i].host, "host-" + std::to_string(i));
    EXPECT_EQ(outcomes[i].error.has_value(), i > 4);
  }
  EXPECT_EQ(outcomes[19].error->code, ErrorCode::interrupted);
}

TEST(Run, InterruptedWorkIsSkippedNotFailed) {
  FakeConnector connector;
  const auto outcomes =
      run(many(1), connector, {1},
          [](std::size_t, ssh::Connection&) -> Result<void> { return fail(ErrorCode::interrupted, "left"); }, {}, {});
  EXPECT_EQ(outcomes.at(0).status, Status::skipped);
}

TEST(Run, NoHostsAreNoOutcomes) {
  FakeConnector connector;
  EXPECT_TRUE(run({}, connector, {}, nothing, {}, {}).empty());
}

}  // namespace
}  // namespace cef::fleet
