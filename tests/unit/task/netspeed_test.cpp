#include "cef/task/netspeed.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"

namespace cef::task {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::Result;

/// The local machine; `change` may give another command to run in place of a stream's.
class Changed : public ssh::Connection {
 public:
  explicit Changed(std::unique_ptr<ssh::Connection> real) : real_(std::move(real)) {}
  Result<ssh::ExecResult> exec(const ssh::ExecRequest& request, const core::StopToken& stop) override {
    return real_->exec(request, stop);
  }
  Result<std::unique_ptr<ssh::Stream>> start(const std::string& command) override {
    return real_->start(change ? change(command) : command);
  }
  Result<void> upload(const fs::path& from, const std::string& to, unsigned mode, core::Milliseconds deadline,
                      const core::StopToken& stop) override {
    return real_->upload(from, to, mode, deadline, stop);
  }
  Result<void> download(const std::string& from, const fs::path& to, core::Milliseconds deadline,
                        const core::StopToken& stop) override {
    return real_->download(from, to, deadline, stop);
  }
  std::function<std::string(const std::string&)> change;

 private:
  std::unique_ptr<ssh::Connection> real_;
};

class Netspeed : public testing::Test {
 protected:
  Netspeed() {
    ssh::Target target;
    target.name = target.address = "localhost";
    target.transport = ssh::Transport::local;
    auto connector = ssh::make_connector({});
    auto connection = connector->connect(target, stop_);
    EXPECT_TRUE(connection);
    connection_ = std::make_unique<Changed>(std::move(*connection));
    folder_ = fs::temp_directory_path() / ("cef-netspeed-" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "bin");
    options_.time = core::Milliseconds(400);
    options_.max_bytes = core::Bytes{8U * 1024U * 1024U};
  }
  ~Netspeed() override {
    ::setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }
  Result<void> run(core::Milliseconds deadline = std::chrono::seconds(20)) {
    return netspeed(Host(*connection_, {}, deadline, stop_), options_, report_);
  }
  /// A program that is found before the real one.
  void program(const std::string& name, const std::string& script) {
    std::ofstream(folder_ / "bin" / name) << "#!/bin/sh\n" << script;
    fs::permissions(folder_ / "bin" / name, fs::perms::owner_all);
    ::setenv("PATH", ((folder_ / "bin").string() + ":" + path_).c_str(), 1);
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    return core::read_file(folder_ / name, core::Bytes{65536}).value_or("");
  }

  const std::string path_ = std::getenv("PATH");
  const core::StopToken stop_;
  std::unique_ptr<Changed> connection_;
  fs::path folder_;
  NetspeedOptions options_;
  NetspeedReport report_;
};

TEST_F(Netspeed, MeasuresBothWaysAndTheRoundTrip) {
  const auto done = run();
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.means, NetspeedMeans::ssh);
  ASSERT_TRUE(report_.round_trip && report_.downlink && report_.uplink);
  EXPECT_GT(report_.round_trip->min.count(), 0);
  EXPECT_GE(report_.round_trip->median, report_.round_trip->min);
  for (const auto& speed : {*report_.downlink, *report_.uplink}) {
    EXPECT_GT(speed.payload_mbit_per_s, 0);
    EXPECT_GT(speed.mbit_per_s, speed.payload_mbit_per_s);
    EXPECT_LE(speed.bytes, speed.moved);
    EXPECT_LE(speed.moved, options_.max_bytes);
    EXPECT_GT(speed.moved.count, 0U);
  }
}

TEST_F(Netspeed, WhatTheLoginShellSaysFirstDoesNotMatter) {
  connection_->change = [](const std::string& command) { return "echo 'Welcome to pi-1'; " + command; };
  const auto done = run();
  EXPECT_TRUE(done) << done.error().line();
}

TEST_F(Netspeed, ADdThatIsTooOldIsSaid) {
  program("dd", "exit 1\n");
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::host_failed);
  EXPECT_NE(done.error().message.find("dd on this host does not know iflag=fullblock"), std::string::npos)
      << done.error().message;
}

TEST_F(Netspeed, AHostThatTakesNothingStalls) {
  program("dd", "case \"$*\" in *of=/dev/null*count=1*) exit 0 ;; esac\nexec sleep 30\n");
  const auto done = run(core::Milliseconds(500));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::timeout);
  EXPECT_EQ(done.error().line().rfind("downlink: the link stalled", 0), 0U) << done.error().line();
  EXPECT_TRUE(report_.round_trip) << "what was measured stays";
}

TEST_F(Netspeed, AHostThatSaysWhatItCannotHaveReadIsNotBelieved) {
  for (const char* answer : {"many", "999999999", "-5", "8192x", ""}) {
    connection_->change = [&](const std::string&) {
      return std::string("while read -r what size count; do case $what in say) echo \"$size\" ;; *) echo '") + answer +
             "' ;; esac; done";
    };
    const auto done = run();
    ASSERT_FALSE(done) << answer;
    EXPECT_EQ(done.error().code, ErrorCode::host_failed) << done.error().line();
    EXPECT_NE(done.error().message.find("does not say how much it read"), std::string::npos) << done.error().message;
  }
}

TEST_F(Netspeed, AHostThatNeverStopsTalkingIsLeft) {
  const std::string much = "head -c 3000000 /dev/zero; ";
  const auto before = [&](const std::string& what) {
    connection_->change = [&, what](std::string command) { return command.insert(command.find(what), much); };
    const auto done = run(std::chrono::seconds(3));
    EXPECT_FALSE(done);
    return done ? core::Error{} : done.error();
  };
  for (const auto& [place, message] : {std::pair{"exec sh", "the host says something else than it was asked"},
                                       {"echo $((size", "downlink: the host does not say how much it read"},
                                       {"dd if=/dev/zero", "uplink: the host gives more than it was asked for"}}) {
    const auto error = before(place);
    EXPECT_EQ(error.code, ErrorCode::host_failed) << error.line();
    EXPECT_EQ(error.line().rfind(message, 0), 0U) << error.line();
  }
}

TEST_F(Netspeed, StopLeaves) {
  stop_.request();
  stop_.request();
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::interrupted);
}

constexpr const char* k_fake_iperf3 =
    "echo \"$*\" >>\"$(dirname \"$0\")/../asked\"\n"
    "echo '{\"end\":{\"sum_received\":{\"seconds\":1.0,\"bytes\":1250000,\"bits_per_second\":10000000}}}'\n";

TEST_F(Netspeed, AnIperf3ServerIsAskedBothWays) {
  program("iperf3", k_fake_iperf3);
  options_.server = Iperf3Server{"10.0.0.7", 5210};
  options_.time = std::chrono::seconds(5);
  const auto done = run();
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_EQ(report_.means, NetspeedMeans::iperf3);
  EXPECT_NEAR(report_.downlink->payload_mbit_per_s, 10, 1e-9);
  EXPECT_NEAR(report_.uplink->payload_mbit_per_s, 10, 1e-9);
  EXPECT_EQ(report_.uplink->moved.count, 2'500'000U);
  EXPECT_EQ(text("asked"),
            "-J -c 10.0.0.7 -p 5210 -t 1 -R\n-J -c 10.0.0.7 -p 5210 -t 3 -O 1 -R\n"
            "-J -c 10.0.0.7 -p 5210 -t 1\n-J -c 10.0.0.7 -p 5210 -t 3 -O 1\n");
}

TEST_F(Netspeed, Iperf3GetsNoMoreTimeThanTheBytesAllow) {
  program("iperf3", k_fake_iperf3);
  options_.server = Iperf3Server{};
  options_.server->address = "server";
  options_.time = std::chrono::seconds(60);
  options_.max_bytes = core::Bytes{4'000'000};  // 2.2 s at 10 Mbit/s after the first second
  ASSERT_TRUE(run());
  EXPECT_NE(text("asked").find("-t 2 -R\n"), std::string::npos) << text("asked");
  options_.max_bytes = core::Bytes{1'000'000};
  ASSERT_TRUE(run());
  EXPECT_TRUE(text("asked").ends_with("-t 1 -R\n-J -c server -p 5201 -t 1\n")) << text("asked");
}

TEST_F(Netspeed, AHostWithoutIperf3SaysSo) {
  for (const char* needed : {"sh", "dd", "timeout"}) {
    fs::create_symlink(fs::path("/bin") / needed, folder_ / "bin" / needed);
  }
  ::setenv("PATH", (folder_ / "bin").c_str(), 1);
  options_.server = Iperf3Server{"server", 5201};
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::host_failed);
  EXPECT_EQ(done.error().line(),
            "downlink: iperf3 is not installed on this host; install it, or measure without --iperf3, which needs "
            "nothing");
}

TEST_F(Netspeed, Iperf3sReasonIsHandedOn) {
  program("iperf3", "echo '{\"end\":{},\"error\":\"unable to connect to server: Connection refused\"}'\nexit 1\n");
  options_.server = Iperf3Server{"server", 5201};
  EXPECT_EQ(run().error().line(), "downlink: iperf3: unable to connect to server: Connection refused");
  program("iperf3", "echo 'error while loading shared libraries: libiperf.so.0' >&2\nexit 126\n");
  EXPECT_EQ(run().error().line(),
            "downlink: iperf3 failed (exit status 126): error while loading shared libraries: libiperf.so.0");
}

}  // namespace
}  // namespace cef::task
