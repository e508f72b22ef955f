#include "cef/operation/runner_install.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace cef::operation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

core::Error refused(const fs::path& package) {
  InstallRunnerOptions options;
  options.packages = {package};
  const auto result = install_runner(options, {}, {});
  return result ? core::Error{} : result.error();
}

TEST(InstallRunner, RefusesAPackageThatIsNotThereOrNotOne) {
  EXPECT_EQ(refused("/nonexistent/cef_1_amd64.deb").code, core::ErrorCode::usage);
  EXPECT_THAT(refused("/nonexistent/cef_1_amd64.deb").message, HasSubstr("no such package"));
  EXPECT_THAT(refused("/proc/self/status").message, HasSubstr("cef_VERSION_ARCHITECTURE.deb"));
}

}  // namespace
}  // namespace cef::operation
