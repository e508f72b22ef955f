#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

TEST(Copy, ABigFileGoesInPiecesAndOnlyOnce) {
  CaseHost host;
  host.fresh("head -c 3000000 /dev/urandom >src");
  const Json args = {{"src", host.folder() + "/src"}, {"dest", host.folder() + "/dest"}, {"mode", "0640"}};
  const Json first = host.run("copy", args);
  EXPECT_EQ(first["changed"], true) << first.dump();
  EXPECT_EQ(first["size"], 3000000);
  EXPECT_EQ(first["mode"], "0640");
  host.shell("cmp " + host.folder() + "/src " + host.folder() + "/dest");
  EXPECT_EQ(host.shell("ls -A " + host.folder()), "dest\nsrc\n") << "nothing is left beside it";
  EXPECT_EQ(host.run("copy", args)["changed"], false);
}

TEST(Copy, AFolderOfManyFilesGoesOnce) {
  CaseHost host;
  host.fresh(
      "mkdir -p src/a/b; for i in $(seq 60); do echo $i >src/a/b/$i; done; head -c 900000 /dev/urandom >src/big");
  const Json args = {{"src", host.folder() + "/src/"}, {"dest", host.folder() + "/dest"}};
  EXPECT_EQ(host.run("copy", args)["changed"], true);
  host.shell("diff -r " + host.folder() + "/src " + host.folder() + "/dest");
  EXPECT_EQ(host.run("copy", args)["changed"], false);
}

}  // namespace
}  // namespace cef::modules
