#include "cef/operation/apt.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "cef/operation/reboot.hpp"
#include "unit/task/scripted.hpp"

namespace cef::operation {
namespace {

using core::ErrorCode;
using core::fail;
using core::Milliseconds;
using core::Result;
using task::answer;
using task::as_root;
using task::Scripted;

const std::string k_old = "11111111-2222-3333-4444-555555555555";
const std::string k_new = "99999999-8888-7777-6666-555555555555";
const std::string k_done = "\n==cef plan\n\n==cef difference\nbash\t5.2-1\n\tbash\t5.2-2\n\n==cef broken\n";
const std::string k_due = "\n==cef reboot-required\nlinux-image-rpi-v8\n";

/// Gives the connections it was told, one after the other.
class Prepared : public ssh::Connector {
 public:
  Scripted& next() {
    connections_.push_back(std::make_unique<Scripted>());
    return *connections_.back();
  }
  Result<std::unique_ptr<ssh::Connection>> connect(const ssh::Target& target, const core::StopToken&) override {
    deadlines.push_back(target.connect_deadline.value_or(Milliseconds(0)));
    if (connections_.empty()) {
      return fail(ErrorCode::unreachable, "connection refused");
    }
    auto one = std::move(connections_.front());
    connections_.erase(connections_.begin());
    return one;
  }
  std::vector<Milliseconds> deadlines;

 private:
  std::vector<std::unique_ptr<Scripted>> connections_;
};

class Apt : public testing::Test {
 protected:
  Apt() : file_(std::filesystem::temp_directory_path() / ("cef-apt-" + std::to_string(::getpid()) + ".yaml")) {
    std::ofstream(file_) << "all:\n  hosts: {pi-1: {}}\n";
    options_.fleet.inventory = {file_};
    options_.fleet.connector = connector_;
    options_.apt.action = task::AptAction::upgrade;
    options_.reboot = true;
    options_.reboot_wait = Milliseconds(20'000);
  }
  ~Apt() override { std::filesystem::remove(file_); }
  AptHost apt_it() {
    const auto result = apt(options_, {}, stop_);
    EXPECT_TRUE(result) << result.error().line();
    return result ? result->hosts.at(0) : AptHost{};
  }

  const std::filesystem::path file_;
  const std::shared_ptr<Prepared> connector_ = std::make_shared<Prepared>();
  AptOptions options_;
  const core::StopToken stop_;
};

TEST_F(Apt, RebootsTheHostThatNeedsItAndWaits) {
  Scripted& before = connector_->next();
  before.add(as_root(answer(0, k_done + k_due)));
  before.add([](const auto&) { return answer(0, k_old + "\n"); });
  before.add(as_root(answer(0, "")));
  connector_->next().add([](const auto&) { return answer(0, k_new + "\n"); });
  const AptHost host = apt_it();
  EXPECT_EQ(host.outcome.status, fleet::Status::ok);
  EXPECT_TRUE(host.report.rebooted);
  EXPECT_FALSE(host.report.reboot_required) << "no longer";
  EXPECT_EQ(host.report.packages.size(), 1U);
  EXPECT_EQ(connector_->deadlines.size(), 2U);
}

TEST_F(Apt, DoesNotRebootTheOthers) {
  connector_->next().add(as_root(answer(0, k_done)));
  const AptHost host = apt_it();
  EXPECT_EQ(host.outcome.status, fleet::Status::ok);
  EXPECT_FALSE(host.report.rebooted);
  options_.reboot = false;
  connector_->next().add(as_root(answer(0, k_done + k_due)));
  const AptHost asked = apt_it();
  EXPECT_EQ(asked.outcome.status, fleet::Status::ok) << "not told to reboot";
  EXPECT_TRUE(asked.report.reboot_required);
}

TEST_F(Apt, DoesNotRebootAfterAFailure) {
  connector_->next().add(as_root(answer(1, k_done + k_due + "\n==cef trouble\nE: no\n")));
  const AptHost host = apt_it();
  EXPECT_EQ(host.outcome.status, fleet::Status::failed);
  EXPECT_EQ(host.outcome.error->message, "no");
  EXPECT_TRUE(host.report.changed) << "a package was upgraded nevertheless";
  EXPECT_FALSE(host.report.rebooted);
}

TEST_F(Apt, ACheckSaysThatItWouldReboot) {
  options_.fleet.check = true;
  Scripted& before = connector_->next();
  before.add(as_root(answer(0, "\n==cef plan\n" + k_due)));
  before.add([](const auto&) { return answer(0, k_old + "\n"); });
  const AptHost host = apt_it();
  EXPECT_EQ(host.outcome.status, fleet::Status::ok);
  EXPECT_TRUE(host.report.changed);
  EXPECT_FALSE(host.report.rebooted);
  EXPECT_TRUE(host.report.reboot_required);
}

TEST_F(Apt, AHostThatDoesNotComeBackHasFailed) {
  options_.reboot_wait = Milliseconds(1'200);
  Scripted& before = connector_->next();
  before.add(as_root(answer(0, k_done + k_due)));
  before.add([](const auto&) { return answer(0, k_old + "\n"); });
  before.add(as_root(answer(0, "")));
  const AptHost host = apt_it();
  EXPECT_EQ(host.outcome.status, fleet::Status::failed);
  EXPECT_EQ(host.outcome.error->code, ErrorCode::timeout);
  EXPECT_FALSE(host.report.rebooted);
  EXPECT_EQ(host.report.packages.size(), 1U) << "what was done before is told";
}

TEST_F(Apt, NamesThatAreNoneAreSaidBeforeAnyHostIsAsked) {
  options_.apt.action = task::AptAction::install;
  options_.apt.packages = {"bash", "-y"};
  const auto refused = apt(options_, {}, stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::usage);
  EXPECT_TRUE(connector_->deadlines.empty());
}

TEST_F(Apt, ARebootAloneAsksTheSameWay) {
  Scripted& before = connector_->next();
  before.add([](const auto&) { return answer(0, k_old + "\n"); });
  before.add(as_root(answer(0, "")));
  connector_->next().add([](const auto&) { return answer(0, k_new + "\n"); });
  const auto result = reboot({options_.fleet, Milliseconds(20'000)}, {}, stop_);
  ASSERT_TRUE(result);
  const RebootHost& host = result->hosts.at(0);
  EXPECT_EQ(host.outcome.status, fleet::Status::ok);
  EXPECT_EQ(host.report.boot_id_after, k_new);
  EXPECT_EQ(connector_->deadlines.size(), 2U);
  EXPECT_LE(connector_->deadlines.at(1), Milliseconds(5'000)) << "one try must not take all the waiting";
}

}  // namespace
}  // namespace cef::operation
