#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

using testing::HasSubstr;

class DeployCommand : public Daily {
 protected:
  int deploy(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "deploy");
    arguments.insert(arguments.end(), {"--dest", path("models")});
    return on(std::move(arguments));
  }
  [[nodiscard]] std::string current() const { return read("models/detector/current/weights.bin"); }
};

TEST_F(DeployCommand, AFileThereAndBack) {
  const std::string one = bundle("detector", "1.0", "one");
  EXPECT_EQ(deploy({"file", one, "a", "--check", "--json"}), 0) << err_;
  EXPECT_EQ(host().at("changed"), true);
  EXPECT_FALSE(std::filesystem::exists(path("models")));
  for (const bool first : {true, false}) {
    EXPECT_EQ(deploy({"file", one, "a", "--json"}), 0) << err_;
    EXPECT_EQ(json().at("schema"), "cef.deploy/1");
    EXPECT_EQ(host().at("changed"), first);
    EXPECT_EQ(host().at("via"), first ? "push" : "none");
    EXPECT_EQ(host().at("model"), "detector");
  }
  EXPECT_EQ(deploy({"file", bundle("detector", "2.0", "two"), "a"}), 0);
  EXPECT_EQ(current(), "two");
  EXPECT_EQ(deploy({"status", "a", "detector", "--verify", "--json"}), 0);
  EXPECT_EQ(json().at("schema"), "cef.deploy-status/1");
  EXPECT_EQ(host().at("models").at(0).at("releases").size(), 2U);
  EXPECT_EQ(deploy({"rollback", "a", "detector", "--check", "--json"}), 0);
  EXPECT_EQ(host().at("changed"), true);
  EXPECT_EQ(current(), "two");
  EXPECT_EQ(deploy({"rollback", "a", "detector", "--json"}), 0);
  EXPECT_EQ(json().at("schema"), "cef.deploy-rollback/1");
  EXPECT_EQ(current(), "one");
  EXPECT_EQ(deploy({"prune", "a", "--keep", "1", "--json"}), 0);
  EXPECT_EQ(json().at("schema"), "cef.deploy-prune/1");
  EXPECT_EQ(host().at("removed").size(), 1U);
  EXPECT_EQ(current(), "one");
  EXPECT_EQ(deploy({"rollback", "a", "detector"}), 2) << "nothing is left to go back to";
  EXPECT_TRUE(std::filesystem::is_empty(path("cache/cef"))) << "the packed archive goes with the run";
}

TEST_F(DeployCommand, AFileMayStandAtOnce) {
  const std::string tar = bundle("detector", "1.0", "one");
  EXPECT_EQ(deploy({tar, "a"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("detector@1.0"));
  EXPECT_EQ(on({"--json", "deploy", tar, "a", "--dest", path("models")}), 0) << err_;
  EXPECT_EQ(json().at("summary").at("changed"), 0);
  EXPECT_EQ(deploy({tar}), 5) << "a pattern is needed";
  EXPECT_EQ(deploy({path("none.zip"), "a"}), 5);
  EXPECT_THAT(err_, HasSubstr("none.zip"));
}

TEST_F(DeployCommand, ACommandIsNotTakenForAFile) {
  EXPECT_EQ(deploy({"stauts", "a"}), 5);
  EXPECT_THAT(err_, HasSubstr("did you mean 'status'?"));
  EXPECT_EQ(deploy({"status", "a"}), 0) << err_;
  EXPECT_EQ(cef({"deploy"}), 5);
  EXPECT_EQ(cef({"deploy", "--help"}), 0);
}

TEST_F(DeployCommand, AModelOfARepositoryIsPushed) {
  for (const char* version : {"1.9", "1.10"}) {
    ASSERT_EQ(cef({"repo", "add", bundle("detector", version, version), "--repo", path("repo"), "--task", "vision"}),
              0);
  }
  EXPECT_EQ(deploy({"model", "a", "detector", "--repo", path("repo"), "--push", "--json"}), 0) << err_;
  EXPECT_EQ(host().at("version"), "1.10") << "the newest";
  EXPECT_EQ(deploy({"model", "a", "detector@1.9", "--repo", path("repo"), "--push", "--task", "vision"}), 0) << err_;
  EXPECT_EQ(current(), "1.9");
}

TEST_F(DeployCommand, WhatNoHostCouldGetIsSaidFirst) {
  ASSERT_EQ(cef({"repo", "add", bundle("detector", "1.0", "one"), "--repo", path("repo"), "--task", "vision"}), 0);
  const auto refused = [&](std::vector<std::string> more, const std::string& why) {
    more.insert(more.begin(), {"model", "gone1"});
    EXPECT_EQ(deploy(more), 5) << why << out_;
    EXPECT_THAT(err_, HasSubstr(why));
    EXPECT_EQ(out_, "");
  };
  refused({"detector", "--repo", path("repo")}, "hosts cannot pull from '" + path("repo") + "'; give --repo its URL");
  refused({"detector", "--repo", "http://127.0.0.1:1", "--push"}, "--push sends from a folder");
  refused({"detectr", "--repo", path("repo"), "--push"}, "did you mean 'detector'?");
  refused({"detector@9", "--repo", path("repo"), "--push"}, "1.0");
  refused({"detector", "--repo", path("repo"), "--push", "--task", "speech"},
          "is for the task 'vision', not for 'speech'");
  refused({"detector", "--repo", path("none"), "--push"}, "is no model repository");
  refused({"detector", "--repo", path("repo"), "--push", "--transfer-timeout", "0"}, "--transfer-timeout: '0'");
  refused({"detector", "--repo", path("repo"), "--push", "--keep", "0"}, "--keep");
  EXPECT_EQ(deploy({"model", "gone1", "detector", "--repo", "http://127.0.0.1:1", "--connect-timeout", "2s"}), 1)
      << "no host was asked";
}

TEST_F(DeployCommand, ACheckOnTheHostThatFailsIsTwo) {
  ASSERT_EQ(deploy({bundle("detector", "1.0", "one"), "a"}), 0);
  EXPECT_EQ(deploy({bundle("detector", "2.0", "two"), "a", "--verify-cmd", "grep -q one weights.bin", "--json"}), 2);
  EXPECT_THAT(host().at("error").at("message").get<std::string>(), HasSubstr("--verify-cmd exited with status 1"));
  EXPECT_EQ(host().at("changed"), false);
  EXPECT_EQ(current(), "one");
}

TEST_F(DeployCommand, ADamagedModelIsTold) {
  ASSERT_EQ(deploy({bundle("detector", "1.0", "one"), "a"}), 0);
  write("models/detector/current/weights.bin", "0ne");
  EXPECT_EQ(deploy({"status", "a"}), 0);
  EXPECT_EQ(deploy({"status", "a", "--verify", "--json"}), 2);
  EXPECT_EQ(host().at("models").at(0).at("damaged"), core::Json({"./weights.bin"}));
}

TEST_F(DeployCommand, AHostileArchiveIsTenAndNoHostIsAsked) {
  write("pack/link/target", "");
  std::filesystem::create_symlink("/etc/passwd", path("pack/link/weights.bin"));
  const std::string tar = path("bad-1.0.tar");
  ASSERT_EQ(std::system(("tar -cf '" + tar + "' -C '" + path("pack/link") + "' weights.bin").c_str()), 0);
  EXPECT_EQ(deploy({tar, "a", "--json"}), 10);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr(R"("code":"integrity")"));
  EXPECT_FALSE(std::filesystem::exists(path("models")));
  EXPECT_TRUE(std::filesystem::is_empty(path("cache/cef")));
}

}  // namespace
}  // namespace cef::cli
