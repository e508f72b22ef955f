#include "cef/operation/repo.hpp"

#include <filesystem>

#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::operation {
namespace {

namespace fs = std::filesystem;

TEST(RepoServe, ServesWhatListReadsUntilItIsStopped) {
  const fs::path folder = fs::temp_directory_path() / ("cef-repo-serve-" + std::to_string(::getpid()));
  ASSERT_TRUE(repo_init(folder));
  const core::StopToken stop;
  int asked = 0;
  registry::ServeOptions options;
  options.dir = folder;
  options.on_request = [&](const registry::ServedRequest&) { ++asked; };
  const auto served = repo_serve(
      options,
      [&](int port) {
        const auto list = repo_list("http://127.0.0.1:" + std::to_string(port) + "/");
        EXPECT_TRUE(list) << list.error().line();
        EXPECT_TRUE(list && list->bundles.empty());
        stop.request();
      },
      stop);
  EXPECT_TRUE(served);
  EXPECT_GE(asked, 1);
  fs::remove_all(folder);
}

TEST(RepoServe, AFolderThatIsNoneIsAnError) {
  const auto refused = repo_serve({"/nonexistent", "127.0.0.1", 0, {}}, [](int) { FAIL(); }, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::usage);
}

}  // namespace
}  // namespace cef::operation
