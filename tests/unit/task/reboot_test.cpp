#include "cef/task/reboot.hpp"

#include <gtest/gtest.h>

#include "scripted.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;
using core::fail;
using core::Milliseconds;
using core::Result;

const std::string k_old = "11111111-2222-3333-4444-555555555555";
const std::string k_new = "99999999-8888-7777-6666-555555555555";
constexpr Milliseconds k_long{20'000};

class Reboot : public testing::Test {
 protected:
  Reboot() {
    before_.add([](const auto&) { return answer(0, k_old + "\n"); });
  }
  void accepted(ssh::ExecResult result = answer(0, "")) { before_.add(as_root(std::move(result))); }
  /// What the host is at each new connection: an id that it answers with, or empty when it cannot be reached.
  Result<void> reboot_it(std::vector<std::string> ids, Milliseconds wait = k_long, bool check = false) {
    const Host host(before_, {}, Milliseconds(5'000), stop_);
    return reboot(
        host,
        [&, ids = std::move(ids)](Milliseconds deadline) mutable -> Result<std::unique_ptr<ssh::Connection>> {
          EXPECT_GT(deadline.count(), 0);
          const std::string id = tries_ < ids.size() ? ids[tries_] : ids.empty() ? "" : ids.back();
          ++tries_;
          if (stop_at_ == tries_) {
            stop_.request();
          }
          if (id.empty()) {
            return fail(ErrorCode::unreachable, "connection refused");
          }
          return std::make_unique<Scripted>(std::vector{answer(0, id + "\n")});
        },
        wait, check, report_);
  }

  Scripted before_;
  const core::StopToken stop_;
  std::size_t tries_ = 0;
  std::size_t stop_at_ = 0;
  RebootReport report_;
};

TEST_F(Reboot, EndsWhenTheHostIsBackWithAnotherBootId) {
  accepted();
  const auto done = reboot_it({k_old, "", k_new});
  ASSERT_TRUE(done) << done.error().line();
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.boot_id_before, k_old);
  EXPECT_EQ(report_.boot_id_after, k_new);
  EXPECT_GT(report_.down_for.count(), 0);
  EXPECT_EQ(tries_, 3U) << "the same id, and no answer, are not the end";
  EXPECT_NE(before_.asked.at(1).command.find("reboot"), std::string::npos);
}

TEST_F(Reboot, ACheckAsksForTheBootIdOnly) {
  ASSERT_TRUE(reboot_it({}, k_long, true));
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.boot_id_before, k_old);
  EXPECT_EQ(report_.boot_id_after, "");
  EXPECT_EQ(before_.asked.size(), 1U);
  EXPECT_EQ(tries_, 0U);
}

TEST_F(Reboot, AHostThatStaysAwayIsATimeoutWithTheLastReason) {
  accepted();
  const auto gone = reboot_it({}, Milliseconds(1'200));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::timeout);
  EXPECT_EQ(gone.error().message, "the host is not back 1.2 s after it was told to reboot: connection refused");
  EXPECT_TRUE(report_.changed);
  EXPECT_EQ(report_.boot_id_after, "");
}

TEST_F(Reboot, AHostThatNeverGoesDownIsToldSo) {
  accepted();
  const auto up = reboot_it({k_old}, Milliseconds(1'200));
  ASSERT_FALSE(up);
  EXPECT_EQ(up.error().message, "the host is not back 1.2 s after it was told to reboot: it did not go down");
}

TEST_F(Reboot, ARefusalChangesNothing) {
  accepted(answer(3, "", "no program to reboot with\n"));
  const auto refused = reboot_it({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message, "asking for a reboot failed (exit status 3): no program to reboot with");
  EXPECT_FALSE(report_.changed);
  EXPECT_EQ(tries_, 0U);
}

TEST_F(Reboot, SudoThatRefusesIsSaid) {
  before_.add([](const auto&) { return answer(1, "", "sudo: a password is required\n"); });
  const auto refused = reboot_it({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "sudo asks for a password; give it with -K or --become-password-file");
  EXPECT_FALSE(report_.changed);
}

TEST_F(Reboot, WithoutABootIdNothingIsDone) {
  Scripted container({answer(1, "", "cat: /proc/sys/kernel/random/boot_id: Permission denied\n")});
  const auto refused = reboot(
      Host(container, {}, Milliseconds(1'000), stop_),
      [](Milliseconds) -> Result<std::unique_ptr<ssh::Connection>> { return fail(ErrorCode::internal, "not"); }, k_long,
      false, report_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(container.asked.size(), 1U);
}

TEST_F(Reboot, CtrlCEndsTheWaiting) {
  accepted();
  stop_at_ = 1;
  const auto left = reboot_it({""});
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, ErrorCode::interrupted);
  EXPECT_EQ(tries_, 1U);
}

}  // namespace
}  // namespace cef::task
