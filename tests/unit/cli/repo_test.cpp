#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

using testing::HasSubstr;

using Repo = Daily;

TEST_F(Repo, HoldsWhatWasAdded) {
  const std::string repo = path("repo");
  EXPECT_EQ(cef({"repo", "init", repo, "--json"}), 0) << err_;
  EXPECT_EQ(json().at("schema"), "cef.repo-init/1");
  EXPECT_EQ(cef({"repo", "list", "--repo", repo}), 0);
  EXPECT_THAT(out_, HasSubstr("The repository is empty"));
  const std::string tar = bundle("detector", "1.0", "one");
  for (const bool first : {true, false}) {
    EXPECT_EQ(cef({"repo", "add", tar, "--repo", repo, "--task", "detection", "--json"}), 0) << err_;
    EXPECT_EQ(json().at("changed"), first);
    EXPECT_EQ(json().at("bundle").at("name"), "detector");
    EXPECT_EQ(json().at("bundle").at("version"), "1.0");
  }
  EXPECT_EQ(cef({"repo", "list", "--repo", repo, "--jsonl"}), 0);
  EXPECT_EQ(json().at("event"), "result");
  EXPECT_EQ(json().at("bundles").size(), 1U);
  EXPECT_EQ(cef({"repo", "verify", "--repo", repo}), 0);
  EXPECT_EQ(out_, "1 bundle: all whole\n");
}

TEST_F(Repo, AnotherContentNeedsToBeTold) {
  const std::string repo = path("repo");
  ASSERT_EQ(cef({"repo", "add", bundle("detector", "1.0", "one"), "--repo", repo}), 0);
  const std::string other = bundle("detector", "1.0", "two");
  EXPECT_EQ(cef({"repo", "add", other, "--repo", repo}), 5);
  EXPECT_THAT(err_, HasSubstr("is in the repository with another content"));
  EXPECT_EQ(cef({"repo", "add", other, "--repo", repo, "--replace"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("detector@1.0: replaced, 1 files"));
}

TEST_F(Repo, VerifyOfADamagedBundleIsTen) {
  const std::string repo = path("repo");
  ASSERT_EQ(cef({"repo", "add", bundle("detector", "1.0", "one"), "--repo", repo, "--json"}), 0);
  const std::string blob = "repo/blobs/sha256/" + json().at("bundle").at("sha256").get<std::string>() + ".tar";
  std::string content = read(blob);
  content.at(600) ^= 1;
  std::filesystem::permissions(path(blob), std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  write(blob, content);
  EXPECT_EQ(cef({"repo", "verify", "--repo", repo, "--json"}), 10);
  EXPECT_EQ(json().at("schema"), "cef.repo-verify/1");
  EXPECT_EQ(json().at("problems").at(0).at("kind"), "damaged");
  std::filesystem::remove(path(blob));
  EXPECT_EQ(cef({"repo", "verify", "--repo", repo}), 10);
  EXPECT_THAT(out_, HasSubstr("missing  detector@1.0: "));
}

TEST_F(Repo, AHostileArchiveIsTenAndLeavesNothing) {
  write("pack/bad/weights.bin", "bad");
  const std::string tar = path("bad-1.0.tar");
  ASSERT_EQ(
      std::system(("tar -cPf '" + tar + "' -C '" + path("pack/bad") + "' --transform 's,^,../,' weights.bin").c_str()),
      0);
  EXPECT_EQ(cef({"repo", "add", tar, "--repo", path("repo"), "--json"}), 10);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr(R"("code":"integrity")"));
  EXPECT_EQ(cef({"repo", "list", "--repo", path("repo"), "--json"}), 0);
  EXPECT_TRUE(json().at("bundles").empty());
}

TEST_F(Repo, WrongUseIsFive) {
  EXPECT_EQ(cef({"repo", "list", "--repo", path("none")}), 5);
  EXPECT_EQ(cef({"repo", "verify", "--repo", path("none")}), 5);
  EXPECT_EQ(cef({"repo", "add", path("none-1.zip"), "--repo", path("repo")}), 5);
  EXPECT_EQ(cef({"repo", "add", bundle("detector", "1.0", "one"), "--repo", path("repo"), "--architecture", "riscv"}),
            5);
  EXPECT_EQ(cef({"repo", "serve", "--repo", path("none")}), 5);
  EXPECT_EQ(cef({"repo", "serve", "--repo", path("none"), "--port", "70000"}), 5);
  write("full/something", "");
  EXPECT_EQ(cef({"repo", "init", path("full")}), 5);
  EXPECT_THAT(err_, HasSubstr("is not empty and no model repository"));
}

}  // namespace
}  // namespace cef::cli
