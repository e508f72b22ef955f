#include <filesystem>

#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;
namespace fs = std::filesystem;

/// A name that reads as the line of another file, `other` in the folder where scripts run.
void change_all_below(CaseHost& host, bool follow) {
  host.fresh(
      "mkdir folder; ln -s x folder/link; touch folder/x \"$(printf 'folder/x\\n81a4 0 0 other')\" other\n"
      "chmod 600 other folder/x*");
  const fs::path before = fs::current_path();
  fs::current_path(host.folder());
  const Json result =
      host.run("file", {{"path", host.folder() + "/folder"}, {"recurse", true}, {"follow", follow}, {"mode", "a=rX"}});
  fs::current_path(before);
  EXPECT_EQ(result["changed"], true) << result.dump();
  EXPECT_EQ(host.shell("cd " + host.folder() + "; stat -c %a other folder/x folder/x?*"), "600\n444\n444\n") << follow;
  host.shell("chmod u+w " + host.folder() + "/folder");  // else only root can remove what is in it
}

TEST(File, ANameOfTwoLinesIsOneFile) {
  CaseHost host;
  change_all_below(host, true);
  change_all_below(host, false);
  if (host.use_busybox()) {
    change_all_below(host, false);
  }
}

}  // namespace
}  // namespace cef::modules
