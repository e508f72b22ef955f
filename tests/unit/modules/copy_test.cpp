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

TEST(Copy, SmallContentIsLookedAtAndWrittenByOneScript) {
  CaseHost host;
  host.fresh("mkdir folder; printf old >there; chmod 4711 there; ln -s there link; chmod 750 folder");
  const auto copy = [&](const char* name, const Json& more, bool check = false, bool diff = false) {
    Json args = {{"content", "new\n"}, {"dest", host.folder() + "/" + name}};
    args.update(more.is_null() ? Json::object() : more);
    const std::size_t before = host.scripts();
    Json result = host.run("copy", args, check, diff);
    result["scripts"] = host.scripts() - before;
    return result;
  };
  const auto expect = [&](const Json& result, bool changed, int scripts, const std::string& what) {
    EXPECT_EQ(result["changed"], changed) << what << result.dump();
    EXPECT_EQ(result["scripts"], scripts) << what << result.dump();
  };
  expect(copy("made", {}), true, 1, "a new file: ");
  expect(copy("made", {}), false, 1, "the same again: ");
  EXPECT_EQ(copy("there", {})["mode"], "04711") << "what was there keeps its mode";
  expect(copy("other", {{"mode", "0600"}}, true), true, 1, "check: ");
  EXPECT_EQ(host.shell("cd " + host.folder() + "; ls other 2>&1 | wc -l; cat made there; stat -c %a made"),
            "1\nnew\nnew\n644\n");
  expect(copy("other", {{"mode", "0600"}}), true, 1, "with a mode: ");
  expect(copy("other", {{"mode", "u+x"}}), true, 2, "only the mode: ");
  expect(copy("folder/x", {{"mode", "u+x"}}), true, 2, "a mode that hangs on the one before: ");
  expect(copy("deep/er/", {{"src", host.folder() + "/made"}, {"content", nullptr}}), true, 2, "into new folders: ");
  expect(copy("y", {}, false, true), true, 2, "with a diff: ");
  expect(copy("z", {{"validate", "grep -q old %s"}}), false, 1, "a validation that fails: ");
  expect(copy("none/z", {}), false, 1, "no such folder: ");
  expect(copy("there", {{"content", "newer"}, {"backup", true}}), true, 1, "with a backup: ");
  EXPECT_EQ(host.shell("cd " + host.folder() + "; cat there.*~; ls z 2>&1 | wc -l; ls -A | grep -c tmp || :"),
            "new\n1\n0\n");
  expect(copy("link", {{"content", "through"}, {"follow", true}}), true, 2, "what a link leads to: ");
}

}  // namespace
}  // namespace cef::modules
