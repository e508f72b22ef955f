#include <chrono>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

/// Asks until the job has ended; bounded.
Json ended(const CaseHost& host, const Json& id) {
  Json status;
  for (int i = 0; i < 200; ++i) {
    status = host.run("async_status", {{"jid", id}});
    if (status.value("finished", 1) == 1) {
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return status;
}

class Async : public testing::Test {
 protected:
  void SetUp() override { ::setenv("ANSIBLE_ASYNC_DIR", (host_.folder() + "/jobs").c_str(), 1); }
  void TearDown() override { ::unsetenv("ANSIBLE_ASYNC_DIR"); }
  CaseHost host_;
};

TEST_F(Async, ACommandGoesOnByItself) {
  const Json job =
      host_.start("shell", {{"_raw_params", "read a; echo \"<$a>\"; echo e >&2; exit 3"}, {"stdin", "in"}});
  ASSERT_EQ(job["started"], 1) << job.dump();
  EXPECT_EQ(job["finished"], 0);
  const Json status = ended(host_, job["ansible_job_id"]);
  EXPECT_EQ(status["rc"], 3) << status.dump();
  EXPECT_EQ(status["stdout"], "<in>");
  EXPECT_EQ(status["stderr"], "e");
  EXPECT_EQ(status["failed"], true);
  EXPECT_EQ(status["finished"], 1);
  const Json erased = host_.run("async_status", {{"jid", job["ansible_job_id"]}, {"mode", "cleanup"}});
  EXPECT_EQ(erased["erased"], job["results_file"]);
  EXPECT_EQ(host_.run("async_status", {{"jid", job["ansible_job_id"]}})["msg"], "could not find job");
}

TEST_F(Async, ARunningJobIsNotFinished) {
  const Json job = host_.start("command", {{"argv", {"sleep", "5"}}});
  EXPECT_EQ(host_.run("async_status", {{"jid", job["ansible_job_id"]}})["finished"], 0);
}

TEST_F(Async, AJobThatTakesTooLongIsEnded) {
  const Json job = host_.start("command", {{"argv", {"sleep", "60"}}}, std::chrono::seconds(1));
  const Json status = ended(host_, job["ansible_job_id"]);
  EXPECT_EQ(status["msg"], "Job reached maximum time limit of 1 seconds.") << status.dump();
}

TEST_F(Async, OtherModulesLeaveTheirResult) {
  const Json job = host_.start("stat", {{"path", "/none/such"}});
  EXPECT_EQ(ended(host_, job["ansible_job_id"])["stat"]["exists"], false);
}

TEST_F(Async, AnIdIsNoPath) {
  EXPECT_EQ(host_.run("async_status", {{"jid", "../x"}})["msg"], "'../x' is no id of a job");
}

}  // namespace
}  // namespace cef::modules
