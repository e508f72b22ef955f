#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

TEST(Find, ANameWithANewLineDoesNotLeadOutOfTheFolder) {
  CaseHost host;
  host.fresh("n='\n'; mkdir -p \"folder/x$n$PWD/away\" away; touch \"folder/x$n$PWD/away/file\" away/file");
  const auto look = [&] {
    const Json result = host.run("find", {{"paths", host.folder() + "/folder"}, {"recurse", true}});
    ASSERT_EQ(result["matched"], 1) << result.dump();
    EXPECT_EQ(result["files"][0]["path"], host.folder() + "/folder/x\n" + host.folder() + "/away/file");
  };
  look();
  if (host.use_busybox()) {
    look();
  }
}

}  // namespace
}  // namespace cef::modules
