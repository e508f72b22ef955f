// What run_test.cpp holds threads to, for hosts that share a few loops.
#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "cef/core/loop.hpp"
#include "cef/fleet/run.hpp"
#include "fake_hosts.hpp"

namespace cef::fleet {
namespace {

using core::ErrorCode;
using core::fail;
using core::Milliseconds;
using core::Result;

RunOptions by_loops(int forks) {
  RunOptions options;
  options.forks = forks;
  options.drive = Drive::loops;
  return options;
}

/// At most 20 s.
template <class Condition>
bool wait_until(Condition condition) {
  for (int i = 0; i < 20'000 && !condition(); ++i) {
    core::pause(Milliseconds(1));
  }
  return condition();
}

TEST(Loops, OneHostsTroubleChangesNothingForTheOthers) {
  FakeConnector connector;
  const auto hosts = targets({"a", "gone", "b", "odd", "c", "d"});
  const auto outcomes =
      run(hosts, connector, by_loops(3),
          [](std::size_t index, ssh::Connection&) -> Result<void> {
            core::pause(Milliseconds(1));
            return index == 2 ? Result<void>(fail(ErrorCode::host_failed, "b failed")) : Result<void>();
          },
          {}, {});
  const std::vector<Status> expected = {Status::ok,     Status::unreachable, Status::failed,
                                        Status::failed, Status::ok,          Status::ok};
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    EXPECT_EQ(outcomes[i].host, hosts[i].name);
    EXPECT_EQ(outcomes[i].status, expected[i]) << hosts[i].name;
  }
  EXPECT_EQ(outcomes[3].error->message, "a bug in cef: thrown by odd");
}

int most_at_once(int hosts, int forks, int wanted) {
  FakeConnector connector;
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  const auto work = [&](std::size_t, ssh::Connection&) -> Result<void> {
    const int at_work = ++now;
    for (int before = most; before < at_work && !most.compare_exchange_weak(before, at_work);) {
    }
    wait_until([&] { return most >= wanted; });
    core::pause(Milliseconds(20));  // time for one too many
    --now;
    return {};
  };
  run(many(hosts), connector, by_loops(forks), work, {}, {});
  return most;
}

TEST(Loops, AsManyAtOnceAsForksAndNoMore) {
  EXPECT_EQ(most_at_once(100, 37, 37), 37);
  EXPECT_EQ(most_at_once(3, 64, 3), 3);
  EXPECT_EQ(most_at_once(5, 1, 1), 1);
  EXPECT_EQ(most_at_once(5, 0, 1), 1);
}

TEST(Loops, ManyMoreHostsThanThreadsWaitTogether) {
  FakeConnector connector;
  std::atomic<int> at_work{0};
  std::atomic<int> met{0};
  const auto outcomes = run(many(1000), connector, by_loops(1000),
                            [&](std::size_t, ssh::Connection&) -> Result<void> {
                              ++at_work;
                              met += wait_until([&] { return at_work == 1000; }) ? 1 : 0;
                              return {};
                            },
                            {}, {});
  EXPECT_EQ(met, 1000);
  EXPECT_TRUE(std::all_of(outcomes.begin(), outcomes.end(), [](const auto& one) { return one.status == Status::ok; }));
}

class SilentConnector : public FakeConnector {
 public:
  core::Result<std::unique_ptr<ssh::Connection>> connect_telling(const ssh::Target& target, const core::StopToken& stop,
                                                                 const std::function<void()>& silent) override {
    if (target.name.rfind("silent", 0) != 0) {
      ++done;
      return connect(target, stop);
    }
    silent();
    silent();
    met = wait_until([&] { return done >= 3; }) && met;
    return fail(ErrorCode::unreachable, "silence");
  }
  std::atomic<bool> met{true};
  std::atomic<int> done{0};
};

TEST(Loops, SilentHostsKeepNobodyWaiting) {
  SilentConnector connector;
  const auto hosts = targets({"silent-1", "silent-2", "silent-3", "silent-4", "a", "b", "silent-5", "c"});
  const auto outcomes = run(hosts, connector, by_loops(2), nothing, {}, {});
  EXPECT_TRUE(connector.met);
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.status, outcome.host.size() == 1 ? Status::ok : Status::unreachable) << outcome.host;
  }
}

TEST(Loops, AHostThatIsThisMachineKeepsNobodyWaiting) {
  FakeConnector connector;
  auto hosts = many(80);
  for (std::size_t i = 0; i < 40; ++i) {
    hosts[i].transport = ssh::Transport::local;
  }
  std::atomic<int> others{0};
  std::atomic<int> met{0};
  run(hosts, connector, by_loops(80),
      [&](std::size_t index, ssh::Connection&) -> Result<void> {
        if (index >= 40) {
          core::pause(Milliseconds(1));
          ++others;
          return {};
        }
        for (int i = 0; i < 5'000 && others < 40; ++i) {  // blocks its thread, as the work of a program does
          std::this_thread::sleep_for(Milliseconds(1));
        }
        met += others == 40 ? 1 : 0;
        return {};
      },
      {}, {});
  EXPECT_EQ(met, 40);
}

TEST(Loops, DrainBeginsNoFurtherHostAndLetsTheRunningOnesEnd) {
  FakeConnector connector;
  const core::StopToken stop;
  const auto outcomes = run(
      many(20), connector, by_loops(1),
      [&](std::size_t index, ssh::Connection&) -> Result<void> {
        if (index == 4) {
          stop.request();
          core::pause(Milliseconds(5));
        }
        return {};
      },
      {}, stop);
  EXPECT_EQ(connector.connects, 5);
  EXPECT_EQ(outcomes[4].status, Status::ok);
  EXPECT_EQ(outcomes[5].status, Status::skipped);
  EXPECT_EQ(outcomes[19].error->code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace cef::fleet
