#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "cef/ssh/connection.hpp"

namespace cef::ssh {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class LocalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Target here;
    here.name = "here";
    here.transport = Transport::local;
    connector_ = make_connector({});
    auto connection = connector_->connect(here, stop_);
    ASSERT_TRUE(connection);
    connection_ = std::move(*connection);
  }
  core::Result<ExecResult> exec(const std::string& command, const std::string& input = "",
                                core::Milliseconds deadline = 30s) {
    return connection_->exec({command, input, deadline, core::Bytes{1U << 20U}}, stop_);
  }
  core::StopToken stop_;
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(LocalTest, GivesOutputsAndExitStatus) {
  const auto result = exec("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->exit_status, 3);
}

TEST_F(LocalTest, LosesNothingThatAProgramWroteAtItsEnd) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(exec("echo last")->out, "last\n") << i;
  }
}

TEST_F(LocalTest, NamesTheSignal) {
  const auto result = exec("kill -SEGV $$");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, "SEGV");
  EXPECT_EQ(result->exit_status, 139);
}

TEST_F(LocalTest, CarriesInputLargerThanAPipe) {
  const std::string input(1U << 20U, 'x');
  EXPECT_EQ(exec("cat", input)->out, input);
  EXPECT_EQ(exec("exit 0", input)->exit_status, 0);  // a program need not read its input
}

TEST_F(LocalTest, CutsAtTheCapAndReadsOn) {
  const auto result = exec("head -c 3000000 /dev/zero; echo err >&2");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out.size(), 1U << 20U);
  EXPECT_TRUE(result->out_cut);
  EXPECT_FALSE(result->err_cut);
  EXPECT_EQ(result->exit_status, 0);
}

TEST_F(LocalTest, TheDeadlineEndsTheWholeGroup) {
  const auto result = exec("sleep 307.25 & echo $!; wait", "", 300ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, core::ErrorCode::timeout);
  EXPECT_NE(exec("pgrep -x sleep -a | grep 'sleep 307.25$'")->exit_status, 0);
}

TEST_F(LocalTest, AStopLeavesAtOnce) {
  stop_.request();
  stop_.request();
  const auto result = exec("sleep 20");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, core::ErrorCode::interrupted);
}

TEST_F(LocalTest, AStreamGoesBothWays) {
  auto stream = connection_->start("while read -r l; do echo \"<$l>\"; done; echo bye >&2; exit 4");
  ASSERT_TRUE(stream);
  ASSERT_TRUE((*stream)->write("one\n", 5s));
  EXPECT_EQ(*(*stream)->read(5s), "<one>\n");
  EXPECT_EQ((*stream)->read(50ms).error().code, core::ErrorCode::timeout);
  const auto end = (*stream)->finish(5s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_status, 4);
  EXPECT_EQ(end->err, "bye\n");
}

TEST_F(LocalTest, UploadsAsideAndDownloads) {
  std::string name = (fs::temp_directory_path() / "cef-local.XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const fs::path folder = name;
  std::ofstream(folder / "from") << std::string(300'000, 'y');
  const std::string to = (folder / "it's here").string();
  ASSERT_TRUE(connection_->upload(folder / "from", to, 0640, 30s, stop_));
  EXPECT_EQ(fs::file_size(to), 300'000U);
  EXPECT_EQ(fs::status(to).permissions(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  ASSERT_TRUE(connection_->download(to, folder / "back", 30s, stop_));
  EXPECT_EQ(fs::file_size(folder / "back"), 300'000U);
  EXPECT_EQ(connection_->download((folder / "none").string(), folder / "x", 30s, stop_).error().code,
            core::ErrorCode::host_failed);
  EXPECT_FALSE(fs::exists(folder / "x"));
  EXPECT_FALSE(connection_->upload(folder / "from", "/proc/none/x", 0600, 30s, stop_));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace cef::ssh
