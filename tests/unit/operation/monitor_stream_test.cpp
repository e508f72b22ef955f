#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "cef/operation/monitor.hpp"
#include "unit/few_threads.hpp"

namespace cef::operation {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Milliseconds;
using core::Result;
using fleet::Status;

const std::string k_answer =
    "@cef:boot\nbtime 1700000000\n@cef:time\n1700000100\n@cef:memory\nMemTotal: 1000 kB\nMemAvailable: 250 kB\n"
    "@cef:end\n";

void hang_until_stopped(const core::StopToken& stop) {
  while (!stop.immediate()) {
    std::this_thread::sleep_for(Milliseconds(5));
  }
}

/// What becomes of the n-th time that a host is connected to, or asked.
enum class Fate { well, lost, hangs, nonsense, late };

class FakeHosts : public ssh::Connector {
 public:
  struct Script {
    std::map<int, Fate> connects;  ///< well where there is none
    std::map<int, Fate> asks;
  };
  std::map<std::string, Script> scripts;

  Result<std::unique_ptr<ssh::Connection>> connect(const ssh::Target& target, const core::StopToken& stop) override;
  Fate ask(const std::string& host) { return next(host, asks_, &Script::asks); }
  int connects(const std::string& host) { return count(host, connects_); }
  int asks(const std::string& host) { return count(host, asks_); }

 private:
  using Counts = std::map<std::string, int>;
  int count(const std::string& host, const Counts& counts) {
    const std::lock_guard lock(mutex_);
    return counts.contains(host) ? counts.at(host) : 0;
  }
  Fate next(const std::string& host, Counts& counts, std::map<int, Fate> Script::*fates) {
    const std::lock_guard lock(mutex_);
    const int number = counts[host]++;
    const auto& script = scripts[host].*fates;
    return script.contains(number) ? script.at(number) : Fate::well;
  }
  std::mutex mutex_;
  Counts connects_;
  Counts asks_;
};

class FakeHost : public ssh::Connection {
 public:
  FakeHost(FakeHosts& hosts, std::string name) : hosts_(hosts), name_(std::move(name)) {}
  Result<ssh::ExecResult> exec(const ssh::ExecRequest&, const core::StopToken& stop) override {
    switch (hosts_.ask(name_)) {
      case Fate::well:
        break;
      case Fate::late:
        std::this_thread::sleep_for(Milliseconds(450));
        break;
      case Fate::lost:
        return fail(ErrorCode::unreachable, "the link broke");
      case Fate::hangs:
        hang_until_stopped(stop);
        return fail(ErrorCode::interrupted, "stopped");
      case Fate::nonsense: {
        ssh::ExecResult result;
        result.out = "This account is not available.\n";
        result.exit_status = 1;
        return result;
      }
    }
    ssh::ExecResult result;
    result.out = k_answer;
    return result;
  }
  Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override { return fail(ErrorCode::internal, ""); }
  Result<void> upload(const fs::path&, const std::string&, unsigned, Milliseconds, const core::StopToken&) override {
    return {};
  }
  Result<void> download(const std::string&, const fs::path&, Milliseconds, const core::StopToken&) override {
    return {};
  }

 private:
  FakeHosts& hosts_;
  std::string name_;
};

Result<std::unique_ptr<ssh::Connection>> FakeHosts::connect(const ssh::Target& target, const core::StopToken& stop) {
  switch (next(target.name, connects_, &Script::connects)) {
    case Fate::hangs:
      hang_until_stopped(stop);
      return fail(ErrorCode::interrupted, "stopped");
    case Fate::lost:
      return fail(ErrorCode::unreachable, "no route to host");
    case Fate::nonsense:
    case Fate::late:
    case Fate::well:
      break;
  }
  return std::make_unique<FakeHost>(*this, target.name);
}

class MonitorStream : public testing::Test {
 protected:
  MonitorStream() : hosts_(std::make_shared<FakeHosts>()) {
    char name[] = "/tmp/cef-stream-XXXXXX";
    folder_ = ::mkdtemp(name);
    std::ofstream(folder_ / "hosts.yaml") << "all:\n  hosts: {a: {}, b: {}, c: {}}\n";
    options_.fleet.inventory = {folder_ / "hosts.yaml"};
    options_.fleet.connector = hosts_;
    options_.metrics = static_cast<probe::Metrics>(probe::Metric::memory);
    options_.interval = Milliseconds(300);  // much longer than an answer takes, however busy the machine is
    options_.count = 4;
    events_.sampled = [this](std::uint64_t sample, const MonitorHost& host) {
      seen_[host.outcome.host].push_back(host);
      EXPECT_EQ(seen_[host.outcome.host].size(), sample + 1) << "each host is told once a sample, in order";
    };
    events_.round = [this](std::uint64_t sample, const FleetResult<MonitorHost>& round) {
      EXPECT_EQ(sample, rounds_++);
      EXPECT_EQ(round.hosts.size(), 3U);
    };
  }
  ~MonitorStream() override { fs::remove_all(folder_); }

  MonitorStreamResult run() {
    auto result = monitor_stream(options_, events_, stop_);
    EXPECT_TRUE(result);
    return result.value_or(MonitorStreamResult{});
  }
  std::vector<Status> statuses(const std::string& host) {
    std::vector<Status> all;
    for (const auto& one : seen_[host]) {
      all.push_back(one.outcome.status);
    }
    return all;
  }

  fs::path folder_;
  std::shared_ptr<FakeHosts> hosts_;
  MonitorOptions options_;
  MonitorEvents events_;
  const core::StopToken stop_;
  std::map<std::string, std::vector<MonitorHost>> seen_;
  std::uint64_t rounds_ = 0;
};

const std::vector<Status> k_four_ok(4, Status::ok);

TEST_F(MonitorStream, TakesOneConnectionAHostAndOneRoundTripASample) {
  const auto result = run();
  EXPECT_EQ(result.samples, 4U);
  EXPECT_EQ(rounds_, 4U);
  for (const char* host : {"a", "b", "c"}) {
    EXPECT_EQ(statuses(host), k_four_ok);
    EXPECT_EQ(hosts_->connects(host), 1);
    EXPECT_EQ(hosts_->asks(host), 4);
    EXPECT_EQ(seen_[host].back().report.facts.memory->available, core::Bytes{250 * 1024});
  }
  EXPECT_EQ(result.last.hosts.size(), 3U);
  EXPECT_FALSE(result.last.interrupted);
}

TEST_F(MonitorStream, ALostHostIsTriedAgainAtTheNextSample) {
  hosts_->scripts["b"].asks = {{1, Fate::lost}};
  hosts_->scripts["b"].connects = {{1, Fate::lost}};
  run();
  EXPECT_EQ(statuses("b"), (std::vector<Status>{Status::ok, Status::unreachable, Status::unreachable, Status::ok}));
  EXPECT_EQ(seen_["b"][2].outcome.error->message, "no route to host");
  EXPECT_EQ(hosts_->connects("b"), 3);
  EXPECT_EQ(statuses("a"), k_four_ok);
}

TEST_F(MonitorStream, AHostThatHangsHoldsNoOtherUp) {
  hosts_->scripts["b"].asks = {{1, Fate::hangs}};
  hosts_->scripts["c"].connects = {{0, Fate::hangs}};
  options_.fleet.connect.connect_deadline = Milliseconds(100);
  options_.fleet.timeout = Milliseconds(100);
  run();
  EXPECT_EQ(statuses("a"), k_four_ok);
  EXPECT_EQ(statuses("b"),
            (std::vector<Status>{Status::ok, Status::unreachable, Status::unreachable, Status::unreachable}));
  EXPECT_EQ(seen_["b"][1].outcome.error->message,
            "no answer in time for this sample: it is connected but does not answer");
  EXPECT_EQ(statuses("c"), std::vector<Status>(4, Status::unreachable));
  EXPECT_EQ(seen_["c"][0].outcome.error->message, "no answer in time for this sample: it is still being connected to");
}

TEST_F(MonitorStream, AnAnswerThatComesLateIsThatOfTheNextSample) {
  for (int i = 0; i < 4; ++i) {
    hosts_->scripts["b"].asks[i] = Fate::late;
  }
  run();
  const auto& seen = seen_["b"];
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].outcome.status, Status::unreachable);
  const auto heard = std::count_if(seen.begin(), seen.end(),
                                   [](const MonitorHost& host) { return host.outcome.status == Status::ok; });
  EXPECT_GT(heard, 0) << "else a host that is always slow would never be heard of";
  EXPECT_EQ(hosts_->connects("b"), 1);
  EXPECT_EQ(seen_["a"].back().outcome.status, Status::ok);
}

TEST_F(MonitorStream, AnAnswerThatIsNoneFailsTheSampleAndKeepsTheConnection) {
  hosts_->scripts["a"].asks = {{0, Fate::nonsense}};
  run();
  EXPECT_EQ(statuses("a"), (std::vector<Status>{Status::failed, Status::ok, Status::ok, Status::ok}));
  EXPECT_EQ(hosts_->connects("a"), 1);
}

TEST_F(MonitorStream, AlertsAreCountedOverAllSamplesAndAskedForAsWell) {
  options_.alerts = {*parse_alert("memory>=75")};
  const auto result = run();
  EXPECT_EQ(result.alerts, 12U);
  ASSERT_EQ(seen_["a"][0].report.alerts.size(), 1U);
  EXPECT_EQ(seen_["a"][0].report.alerts[0].value, 75);
}

TEST_F(MonitorStream, WithoutACountItGoesOnUntilStopped) {
  options_.count = 0;
  hosts_->scripts["c"].asks = {{2, Fate::hangs}};
  events_.round = [this](std::uint64_t sample, const FleetResult<MonitorHost>&) {
    if (sample == 5) {
      stop_.request();
    }
  };
  const auto result = run();
  EXPECT_EQ(result.samples, 6U);
  EXPECT_TRUE(result.last.interrupted);
}

TEST_F(MonitorStream, MoreHostsThanForksAreStillAllAsked) {
  options_.fleet.forks = 1;
  run();
  EXPECT_EQ(statuses("a"), k_four_ok);
  EXPECT_EQ(statuses("c"), k_four_ok);
}

TEST_F(MonitorStream, MoreHostsThanThreadsIsAnError) {
  if (!k_memory_can_be_limited) {
    GTEST_SKIP() << "a sanitizer takes all addresses";
  }
  std::ofstream(folder_ / "hosts.yaml") << "all:\n  hosts: {'h[001:999]': {}}\n";
  const auto refused = [&] {
    allow_few_threads();
    const auto result = monitor_stream(options_, events_, stop_);
    std::cerr << (result ? "" : result.error().line());
    std::_Exit(result ? 0 : result.error().code == ErrorCode::general ? 1 : 2);
  };
  EXPECT_EXIT(refused(), testing::ExitedWithCode(1), "gives no more than .* threads, each host needs one");
}

TEST_F(MonitorStream, NoSuchHostIsWrongUse) {
  options_.fleet.pattern = "nobody";
  const auto result = monitor_stream(options_, events_, stop_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace cef::operation
