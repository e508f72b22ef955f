#include "cef/report/repo.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

registry::Bundle bundle(const std::string& version) {
  registry::Bundle one;
  one.info = {"resnet18", version, "image-classification", "arm64"};
  one.sha256 = k_sha256;
  one.size = core::Bytes{46'000'000};
  one.unpacked = core::Bytes{45'900'000};
  one.files = 3;
  one.source_sha256 = std::string(64, 'a');
  one.added = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + std::chrono::milliseconds(3'723'250);
  return one;
}

registry::VerifyProblem problem(registry::VerifyProblem::Kind kind, const std::string& name) {
  return {kind, name, "blobs/sha256/" + k_sha256 + ".tar", "has another digest than its name"};
}

operation::RepoVerifyResult verified() {
  using Kind = registry::VerifyProblem::Kind;
  return {
      2,
      {problem(Kind::damaged, "resnet18@1.2"), problem(Kind::missing, "resnet18@1.1"), problem(Kind::unindexed, "")}};
}

TEST(RepoReport, JsonIsTheGoldenFile) {
  expect_golden(to_json(operation::RepoInitResult{"/srv/models"}), "repo-init.json");
  expect_golden(to_json(operation::RepoAddResult{{bundle("1.2"), true, false}}), "repo-add.json");
  expect_golden(to_json(operation::RepoListResult{{bundle("1.1"), bundle("1.2")}}), "repo-list.json");
  expect_golden(to_json(verified()), "repo-verify.json");
}

TEST(RepoReport, AnEmptyListIsAnArray) {
  EXPECT_EQ(to_json(operation::RepoListResult{}).at("bundles"), core::Json::array());
  EXPECT_EQ(to_json(operation::RepoVerifyResult{}).at("problems"), core::Json::array());
}

TEST(RepoReport, TextOfAnAdd) {
  const auto text = [](bool changed, bool replaced) {
    return repo_text(operation::RepoAddResult{{bundle("1.2"), changed, replaced}}, k_plain);
  };
  const std::string rest = ", 3 files, 43.9 MiB, sha256 " + k_sha256 + "\n";
  EXPECT_EQ(text(true, false), "resnet18@1.2: added" + rest);
  EXPECT_EQ(text(true, true), "resnet18@1.2: replaced" + rest);
  EXPECT_EQ(text(false, false), "resnet18@1.2: there already" + rest);
  EXPECT_EQ(repo_text(operation::RepoInitResult{"/srv/models"}, k_plain), "The model repository is /srv/models\n");
}

TEST(RepoReport, TextOfAList) {
  auto plain = bundle("2.0");
  plain.info.task.clear();
  EXPECT_EQ(repo_text(operation::RepoListResult{{bundle("1.2"), plain}}, k_plain),
            R"(MODEL         TASK                  ARCH       SIZE  FILES  ADDED             SHA256
resnet18@1.2  image-classification  arm64  43.9 MiB      3  2026-01-31T01:02  9f86d081884c
resnet18@2.0  -                     arm64  43.9 MiB      3  2026-01-31T01:02  9f86d081884c
)");
  EXPECT_EQ(repo_text(operation::RepoListResult{}, k_plain),
            "The repository is empty; cef repo add FILE.zip puts a model in.\n");
}

TEST(RepoReport, TextOfAVerification) {
  EXPECT_EQ(repo_text(verified(), k_plain), R"(damaged  resnet18@1.2: has another digest than its name
missing  resnet18@1.1: has another digest than its name
unindexed  blobs/sha256/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.tar: has another digest than its name
2 bundles: 3 problems
)");
  EXPECT_EQ(repo_text(operation::RepoVerifyResult{1, {}}, k_plain), "1 bundle: all whole\n");
}

}  // namespace
}  // namespace cef::report
