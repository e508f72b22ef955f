#include "cef/task/time.hpp"

#include <chrono>

#include <gmock/gmock.h>

namespace cef::task {
namespace {

using core::ErrorCode;
using core::Result;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A host that has certain programs and a clock that is off; what root does sets the clock.
struct FakeClock {
  std::string programs;
  std::string running;
  std::string sections;  ///< of what its service says and of its configuration
  std::int64_t offset_us = 0;
  std::int64_t offset_set_us = 0;  ///< once root has done something
  int uncertainty_us = 5;
  std::string answer = "sample";  ///< else what perl says of the server
  int root_status = 0;
  std::vector<std::string> as_root{};
  std::vector<std::string> asked{};
};

/// Talks as probe::clock_script does.
class FakeStream : public ssh::Stream {
 public:
  explicit FakeStream(FakeClock& clock) : clock_(clock), unread_("Welcome to this host\n@cef:clock\n") {}
  Result<void> write(std::string_view data, core::Milliseconds) override {
    const std::string line(data.substr(0, data.find('\n')));
    if (questions_) {
      clock_.asked.push_back(line);
      unread_ += line.empty() ? "" : "@cef:0.chronyd\n@cef:0.perl\n" + said() + "\n";
    } else if (line == "t") {
      unread_ += std::to_string(now_us() - clock_.offset_us) + "\n";
    } else {
      questions_ = true;
      unread_ += "@cef:programs\n" + clock_.programs + "@cef:running\n" + clock_.running +
                 "@cef:timedatectl\nTimezone=Etc/UTC\nNTPSynchronized=yes\n" + clock_.sections + "@cef:end\n";
    }
    return {};
  }
  Result<std::string> read(core::Milliseconds) override { return std::exchange(unread_, ""); }
  Result<ssh::ExecResult> finish(core::Milliseconds) override { return ssh::ExecResult{}; }

 private:
  std::string said() const {
    if (clock_.answer != "sample") {
      return clock_.answer;
    }
    const std::int64_t t = 1'000'000'000;
    const std::int64_t there = t + clock_.offset_us + clock_.uncertainty_us;
    return "sample " + std::to_string(t) + " " + std::to_string(there) + " " + std::to_string(there) + " " +
           std::to_string(t + 2 * clock_.uncertainty_us) + " 2 0 0 0 -25";
  }
  FakeClock& clock_;
  std::string unread_;
  bool questions_ = false;
};

class FakeConnection : public ssh::Connection {
 public:
  explicit FakeConnection(FakeClock& clock) : clock_(clock) {}
  Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken&) override {
    clock_.as_root.push_back(request.command);
    clock_.offset_us = clock_.offset_set_us;
    ssh::ExecResult result;
    result.exit_status = clock_.root_status;
    result.err = request.input + (clock_.root_status == 0 ? "" : "506 Cannot talk to daemon\n");  // sudo's mark, first
    return result;
  }
  Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override {
    return std::make_unique<FakeStream>(clock_);
  }
  Result<void> upload(const std::filesystem::path&, const std::string&, unsigned, core::Milliseconds,
                      const core::StopToken&) override {
    return {};
  }
  Result<void> download(const std::string&, const std::filesystem::path&, core::Milliseconds,
                        const core::StopToken&) override {
    return {};
  }

 private:
  FakeClock& clock_;
};

FakeClock chrony(std::int64_t offset_us) {
  return {"chronyd\nchronyc\nperl\n", "chronyd\n",
          "@cef:sources\n^,*,10.0.0.1,2,6,17,0,0,0,0\n@cef:conf.chrony\nserver 10.0.0.1 iburst\n", offset_us};
}
FakeClock timesyncd(std::int64_t offset_us) {
  return {"systemd-timesyncd\ntimedatectl\nperl\n", "systemd-timesyn\n",
          "@cef:timesync\nSystemNTPServers=10.0.0.1\nServerName=10.0.0.1\n@cef:conf.timesyncd\nNTP=10.0.0.1\n",
          offset_us};
}
FakeClock ntp(const std::string& programs, std::int64_t offset_us) {
  return {programs, "", "@cef:conf.ntp\nserver 10.0.0.1\n", offset_us};
}

struct Done {
  Result<void> result;
  TimeSyncReport report;
};
Done sync(FakeClock& clock, const TimeSyncOptions& options = {}) {
  FakeConnection connection(clock);
  const Host host(connection, {}, std::chrono::seconds(20), {});
  Done done;
  done.result = time_sync(host, options, done.report);
  return done;
}
TimeSyncOptions with_server(const std::string& server) {
  TimeSyncOptions options;
  options.server = server;
  return options;
}

TEST(TimeSync, AClockThatIsRightIsLeftAlone) {
  for (FakeClock clock : {chrony(900), timesyncd(-900), ntp("ntpdate\nntpd\nperl\n", 0)}) {
    const auto done = sync(clock);
    EXPECT_TRUE(done.result) << done.result.error().line();
    EXPECT_FALSE(done.report.changed);
    EXPECT_THAT(done.report.actions, IsEmpty());
    EXPECT_THAT(clock.as_root, IsEmpty());
    EXPECT_EQ(done.report.after->offset_us, done.report.before.measurement->offset_us);
  }
}

TEST(TimeSync, RightIsWithinTheToleranceOrWhatCanBeMeasured) {
  TimeSyncOptions options;
  options.tolerance = std::chrono::milliseconds(50);
  FakeClock near = chrony(49'000);
  EXPECT_FALSE(sync(near, options).report.changed);
  FakeClock vague = chrony(90'000);
  vague.uncertainty_us = 95'000;
  EXPECT_FALSE(sync(vague).report.changed) << "over a slow link nothing better is known";
}

TEST(TimeSync, ChronyThatRunsTakesNewSamplesAndSteps) {
  FakeClock clock = chrony(7'250'000);
  const auto done = sync(clock);
  ASSERT_TRUE(done.result) << done.result.error().line();
  EXPECT_TRUE(done.report.changed);
  EXPECT_THAT(done.report.actions, ElementsAre("step the clock by chronyc makestep"));
  ASSERT_EQ(clock.as_root.size(), 1U);
  EXPECT_THAT(clock.as_root[0], HasSubstr("chronyc -n makestep"));
  EXPECT_EQ(done.report.before.measurement->offset_us, 7'250'000);
  EXPECT_EQ(done.report.after->offset_us, 0);
  EXPECT_NEAR(static_cast<double>(done.report.before.control->offset_us), 7'250'000, 5e6);
}

TEST(TimeSync, ChronyThatIsOffIsUsedOnceAndSaysSo) {
  FakeClock clock = chrony(7'250'000);
  clock.running.clear();
  const auto done = sync(clock);
  ASSERT_TRUE(done.result);
  EXPECT_THAT(clock.as_root[0], HasSubstr("chronyd -q -t 20"));
  EXPECT_THAT(done.report.actions,
              ElementsAre("set the clock once by chronyd -q", "chrony does not run and will not keep the clock"));
}

TEST(TimeSync, AServerThatIsNewIsWrittenDownAlsoWhereTheClockIsRight) {
  FakeClock with_chrony = chrony(0);
  EXPECT_THAT(sync(with_chrony, with_server("10.0.0.9")).report.actions,
              ElementsAre("make 10.0.0.9 a source of chrony"));
  EXPECT_THAT(with_chrony.as_root[0], HasSubstr("cef.sources"));
  EXPECT_THAT(with_chrony.asked, ElementsAre("10.0.0.9", "10.0.0.9")) << "before and after";
  FakeClock with_timesyncd = timesyncd(0);
  const auto done = sync(with_timesyncd, with_server("10.0.0.9"));
  ASSERT_EQ(done.report.actions.size(), 2U);
  EXPECT_EQ(done.report.actions[0], "write /etc/systemd/timesyncd.conf.d/cef.conf with NTP=10.0.0.9");
  EXPECT_THAT(with_timesyncd.as_root[0], HasSubstr("NTP=10.0.0.9"));
  EXPECT_THAT(with_timesyncd.as_root[1], Not(HasSubstr("date -s"))) << "the clock is right";
  FakeClock known = timesyncd(0);
  EXPECT_FALSE(sync(known, with_server("10.0.0.1")).report.changed);
}

TEST(TimeSync, WhatTimesyncdWouldSlewIsSteppedFirst) {
  FakeClock little = timesyncd(-250'000);
  EXPECT_TRUE(sync(little).report.changed);
  EXPECT_THAT(little.as_root[0], HasSubstr("-0.250000 seconds"));
  FakeClock held_up = timesyncd(7'250'000);
  held_up.offset_set_us = 5000;
  const auto done = sync(held_up);
  EXPECT_TRUE(done.result);
  ASSERT_EQ(held_up.as_root.size(), 2U) << "once more, and no oftener";
  EXPECT_THAT(held_up.as_root[1], HasSubstr("+0.005000 seconds"));
  EXPECT_THAT(done.report.actions.back(), HasSubstr("slews the rest"));
  FakeClock much = timesyncd(7'250'000);
  EXPECT_TRUE(sync(much).report.changed);
  EXPECT_THAT(much.as_root[0], AllOf(HasSubstr("systemctl restart systemd-timesyncd"), Not(HasSubstr("date -s"))));
}

TEST(TimeSync, ProgramsThatSetTheClockOnceInTheirOrder) {
  FakeClock all = ntp("ntpdate\nntpdig\nntpd\nperl\n", 7'250'000);
  EXPECT_THAT(sync(all).report.actions, ElementsAre("step the clock by ntpdate -b"));
  EXPECT_THAT(all.as_root[0], HasSubstr("ntpdate -u -b 10.0.0.1"));
  FakeClock ntpsec = ntp("ntpdig\nntpd\nperl\n", 7'250'000);
  EXPECT_THAT(sync(ntpsec).report.actions, ElementsAre("step the clock by ntpdig -S"));
  FakeClock daemon = ntp("ntpd\nperl\n", 7'250'000);
  EXPECT_THAT(sync(daemon).report.actions, ElementsAre("set the clock once by ntpd -gq"));
  FakeClock alone = ntp("ntpdate\nperl\n", 7'250'000);
  EXPECT_THAT(sync(alone, with_server("10.0.0.9")).report.actions, ElementsAre("step the clock by ntpdate -b"));
}

TEST(TimeSync, NothingThatSetsTheClockIsSaid) {
  FakeClock none = ntp("perl\napt-get\n", 7'250'000);
  auto done = sync(none, with_server("10.0.0.9"));
  ASSERT_FALSE(done.result);
  EXPECT_EQ(done.result.error().message, "it has no program that sets the clock; --install-chrony installs chrony");
  EXPECT_THAT(none.as_root, IsEmpty());
  TimeSyncOptions options = with_server("10.0.0.9");
  options.install_chrony = options.check = true;
  done = sync(none, options);
  EXPECT_TRUE(done.result);
  EXPECT_TRUE(done.report.changed);
  EXPECT_THAT(done.report.actions, ElementsAre("install chrony"));
  EXPECT_THAT(none.as_root, IsEmpty());
  FakeClock refuses = ntp("perl\napt-get\n", 20'000'000);
  refuses.root_status = 3;
  options.check = false;
  done = sync(refuses, options);
  EXPECT_THAT(done.result.error().message, HasSubstr("setting the clock by date failed"));
  EXPECT_FALSE(done.report.changed);
  FakeClock open = ntp("openntpd\nntpctl\nntpd\nperl\n", 7'250'000);
  open.sections = "@cef:conf.openntpd\nservers 10.0.0.1\n";
  EXPECT_THAT(sync(open).result.error().message, HasSubstr("can only slew the clock"));
}

TEST(TimeSync, NoServerOrOneThatDoesNotAnswerChangesNothing) {
  FakeClock silent = timesyncd(7'250'000);
  silent.answer.clear();
  auto done = sync(silent, with_server("10.0.0.9"));
  ASSERT_FALSE(done.result);
  EXPECT_EQ(done.result.error().code, ErrorCode::host_failed);
  EXPECT_EQ(done.result.error().message, "no time server answers: 10.0.0.9: no answer");
  EXPECT_THAT(silent.as_root, IsEmpty());
  FakeClock alone = chrony(0);
  alone.sections.clear();
  EXPECT_EQ(sync(alone).result.error().message, "it has no time server; name one with --server");
}

TEST(TimeSync, CheckOnlyTells) {
  FakeClock clock = chrony(7'250'000);
  TimeSyncOptions options = with_server("10.0.0.9");
  options.check = true;
  const auto done = sync(clock, options);
  EXPECT_TRUE(done.report.changed);
  EXPECT_EQ(done.report.actions.size(), 2U);
  EXPECT_FALSE(done.report.after);
  EXPECT_THAT(clock.as_root, IsEmpty());
}

TEST(TimeSync, AStepThatFailsAndAClockThatStaysWrongAreFailures) {
  FakeClock refuses = chrony(7'250'000);
  refuses.root_status = 3;
  const auto refused = sync(refuses);
  EXPECT_EQ(refused.result.error().message,
            "step the clock by chronyc makestep failed (exit status 3): 506 Cannot talk to daemon");
  EXPECT_FALSE(refused.report.changed);
  EXPECT_FALSE(refused.report.after);
  FakeClock stubborn = chrony(7'250'000);
  stubborn.offset_set_us = 7'249'000;
  EXPECT_EQ(sync(stubborn).result.error().message, "its clock is still 7.249 s behind after it was set, says 10.0.0.1");
}

/// Says something without end, and never a whole line.
class Babbling : public FakeConnection {
 public:
  using FakeConnection::FakeConnection;
  Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override { return std::make_unique<Endless>(); }

 private:
  struct Endless : ssh::Stream {
    Result<void> write(std::string_view, core::Milliseconds) override { return {}; }
    Result<std::string> read(core::Milliseconds) override { return std::string(100'000, 'x'); }
    Result<ssh::ExecResult> finish(core::Milliseconds) override { return ssh::ExecResult{}; }
  };
};

TEST(TimeStatus, AHostThatBabblesIsNotListenedToForEver) {
  FakeClock clock;
  Babbling connection(clock);
  TimeReport report;
  const auto done = time_status(Host(connection, {}, std::chrono::seconds(20), {}), "", report);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "it answers the question for its clock without end");
}

TEST(TimeStatus, TheTrackingOfChronyIsTakenOnlyWhereASampleAgrees) {
  FakeClock clock = chrony(40);
  clock.uncertainty_us = 100;
  const std::string tracking = "@cef:tracking\n0A000001,10.0.0.1,3,1.0,";
  clock.sections += tracking + "0.000012,0,0,0,0,0,0.00002,0.00003,2.0,Normal\n";
  FakeConnection connection(clock);
  const Host host(connection, {}, std::chrono::seconds(20), {});
  TimeReport agrees;
  ASSERT_TRUE(time_status(host, "", agrees));
  EXPECT_EQ(agrees.measurement->means, "chronyc tracking");
  EXPECT_EQ(agrees.measurement->offset_us, 12);
  TimeReport asked;
  ASSERT_TRUE(time_status(host, "10.0.0.1", asked));
  EXPECT_EQ(asked.measurement->means, "perl") << "a server that is given is asked";
  clock.offset_us = 7'250'000;
  TimeReport moved;
  ASSERT_TRUE(time_status(host, "", moved));
  EXPECT_EQ(moved.measurement->means, "perl") << "the clock has moved since chrony's last poll";
  EXPECT_EQ(moved.measurement->offset_us, 7'250'000);
}

}  // namespace
}  // namespace cef::task
