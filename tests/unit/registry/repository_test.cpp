#include "cef/registry/repository.hpp"

#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle_fixture.hpp"
#include "cef/core/digest.hpp"
#include "registry/repository_lock.hpp"

namespace cef::registry {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using test::make_zip;
using test::ZipItem;

class Repository : public test::BundleTest {
 protected:
  ModelRepository make() const {
    auto made = ModelRepository::init(dir());
    EXPECT_TRUE(made) << made.error().line();
    return *made;
  }
  [[nodiscard]] fs::path dir() const { return top_ / "repo"; }
  fs::path archive(const std::string& name, const std::string& content) const {
    ZipItem item;
    item.name = "weights.bin";
    item.data = content;
    return write(name, make_zip({item}));
  }
  core::Result<AddResult> add(ModelRepository& repository, const std::string& name, const std::string& content,
                              const AddOptions& options = {}) const {
    return repository.add(archive(name, content), options, stop_);
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(dir())) {
      if (!entry.is_directory()) {
        found.push_back(entry.path().lexically_relative(dir()).string());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }
};

TEST_F(Repository, InitIsIdempotentAndTakesOnlyItsOwnFolder) {
  ModelRepository repository = make();
  EXPECT_EQ(files(), (std::vector<std::string>{".lock", "cef-repository.json", "index.json"}));
  EXPECT_EQ(read(dir() / "cef-repository.json"), "{\n  \"schema\": \"cef.repository/1\"\n}\n");
  ASSERT_TRUE(add(repository, "m-1.zip", "one"));
  EXPECT_EQ(make().list()->size(), 1U);

  const auto other = ModelRepository::init(top_ / "in");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::usage);
  EXPECT_NE(other.error().message.find("is not empty and no model repository ('m-1.zip' is in it)"), std::string::npos);
  const auto none = ModelRepository::open(top_ / "out");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("cef repo init"), std::string::npos);
  std::ofstream(top_ / "out" / "cef-repository.json") << R"({"schema":"cef.repository/9"})";
  EXPECT_NE(ModelRepository::open(top_ / "out").error().message.find("another version of cef"), std::string::npos);
}

TEST_F(Repository, AddsByDigest) {
  ModelRepository repository = make();
  const auto added = add(repository, "m-1.zip", "one");
  ASSERT_TRUE(added) << added.error().line();
  EXPECT_TRUE(added->changed);
  EXPECT_FALSE(added->replaced);
  const std::string blob = "blobs/sha256/" + added->bundle.sha256 + ".tar";
  EXPECT_EQ(files(), (std::vector<std::string>{".lock", blob, "cef-repository.json", "index.json"}));
  EXPECT_EQ(core::sha256(read(dir() / blob)), added->bundle.sha256);
  EXPECT_EQ(repository.blob(added->bundle), dir() / blob);

  const std::string index = read(dir() / "index.json");
  const auto again = add(repository, "m-1.zip", "one");
  ASSERT_TRUE(again) << again.error().line();
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->bundle.added, added->bundle.added);
  EXPECT_EQ(read(dir() / "index.json"), index);

  ASSERT_TRUE(add(repository, "m-1.10.zip", "one"));  // the same content under a second version: one blob
  ASSERT_TRUE(add(repository, "m-1.9.zip", "two"));
  EXPECT_EQ(files().size(), 5U);
  const auto list = repository.list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ((*list)[0].info.version, "1");
  EXPECT_EQ((*list)[1].info.version, "1.9");
  EXPECT_EQ((*list)[2].info.version, "1.10");
  EXPECT_EQ(repository.find("m", "amd64")->info.version, "1.10");
  EXPECT_TRUE(repository.verify()->empty());
}

TEST_F(Repository, AnotherContentNeedsReplace) {
  ModelRepository repository = make();
  const auto first = add(repository, "m-1.zip", "one");
  const auto refused = add(repository, "m-1.zip", "two");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::usage);
  EXPECT_NE(refused.error().message.find("m@1 is in the repository with another content"), std::string::npos);
  EXPECT_TRUE(repository.verify()->empty());
  AddOptions options;
  options.replace = true;
  const auto replaced = add(repository, "m-1.zip", "two", options);
  ASSERT_TRUE(replaced) << replaced.error().line();
  EXPECT_TRUE(replaced->changed && replaced->replaced);
  EXPECT_FALSE(fs::exists(repository.blob(first->bundle)));
  EXPECT_EQ(repository.list()->size(), 1U);
  EXPECT_TRUE(repository.verify()->empty());
  options.given.architecture = "arm64";  // a bundle of its own
  EXPECT_FALSE(add(repository, "m-1.zip", "three", options)->replaced);
  EXPECT_EQ(repository.list()->size(), 2U);
}

TEST_F(Repository, ARefusedArchiveLeavesNoTrace) {
  ModelRepository repository = make();
  const auto before = files();
  ZipItem evil;
  evil.name = "../../evil";
  const auto refused = repository.add(write("m-1.zip", make_zip({evil})), {}, stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::integrity);
  EXPECT_EQ(files(), before);
  EXPECT_FALSE(fs::exists(dir() / "incoming"));
}

TEST_F(Repository, VerifyFindsWhatIsMissingDamagedOrTooMuch) {
  ModelRepository repository = make();
  const auto missing = add(repository, "a-1.zip", "a")->bundle;
  const auto damaged = add(repository, "b-1.zip", "b")->bundle;
  const auto shorter = add(repository, "c-1.zip", "c")->bundle;
  fs::remove(repository.blob(missing));
  std::fstream(repository.blob(damaged), std::ios::in | std::ios::out | std::ios::binary).seekp(600) << 'X';
  fs::resize_file(repository.blob(shorter), 512);
  std::ofstream(dir() / "blobs/sha256" / "stray.tar") << "x";
  const auto problems = repository.verify();
  ASSERT_TRUE(problems) << problems.error().line();
  ASSERT_EQ(problems->size(), 4U);
  EXPECT_EQ((*problems)[0].kind, VerifyProblem::Kind::missing);
  EXPECT_EQ((*problems)[0].bundle, "a@1");
  EXPECT_EQ((*problems)[1].kind, VerifyProblem::Kind::damaged);
  EXPECT_NE((*problems)[1].message.find("has the SHA-256"), std::string::npos);
  EXPECT_EQ((*problems)[2].kind, VerifyProblem::Kind::damaged);
  EXPECT_NE((*problems)[2].message.find("has 512 bytes"), std::string::npos);
  EXPECT_EQ((*problems)[3].kind, VerifyProblem::Kind::unindexed);
  EXPECT_EQ((*problems)[3].path.filename(), "stray.tar");
  EXPECT_STREQ(to_string((*problems)[3].kind), "unindexed");
  // To add it again mends it.
  for (const char* name : {"a", "b", "c"}) {
    const auto mended = add(repository, std::string(name) + "-1.zip", name);
    ASSERT_TRUE(mended) << mended.error().line();
    EXPECT_TRUE(mended->changed);
  }
  EXPECT_EQ(repository.verify()->size(), 1U);
}

TEST_F(Repository, ADamagedIndexIsAnErrorAndStays) {
  ModelRepository repository = make();
  std::ofstream(dir() / "index.json") << "{";
  EXPECT_EQ(repository.list().error().code, ErrorCode::integrity);
  EXPECT_FALSE(add(repository, "m-1.zip", "one"));
  EXPECT_EQ(read(dir() / "index.json"), "{");
  EXPECT_FALSE(repository.verify());
}

TEST_F(Repository, AddsAtTheSameTimeAreAllKept) {
  make();
  constexpr int k_processes = 8;
  for (int i = 0; i < k_processes; ++i) {
    archive("m-" + std::to_string(i) + ".zip", "content " + std::to_string(i % 3));
  }
  std::vector<pid_t> children;
  for (int i = 0; i < k_processes; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto repository = ModelRepository::open(dir());
      const bool added =
          repository && repository->add(top_ / "in" / ("m-" + std::to_string(i) + ".zip"), {}, stop_).has_value();
      ::_exit(added ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const ModelRepository repository = make();
  EXPECT_EQ(repository.list()->size(), static_cast<std::size_t>(k_processes));
  EXPECT_TRUE(repository.verify()->empty());
}

TEST_F(Repository, AKillAtAnyTimeLeavesTheOldOrTheNewIndex) {
  ModelRepository repository = make();
  ASSERT_TRUE(add(repository, "old-1.zip", "old"));
  const fs::path path = archive("new-1.zip", std::string(2'000'000, 'n'));
  std::size_t known = 1;
  for (int pause = 0; pause < 40; ++pause) {
    AddOptions options;
    options.given.version = std::to_string(pause);
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(repository.add(path, options, stop_) ? 0 : 1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(pause * 500));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto list = repository.list();
    ASSERT_TRUE(list) << list.error().line();
    EXPECT_TRUE(list->size() == known || list->size() == known + 1);
    known = list->size();
    const auto problems = repository.verify();
    ASSERT_TRUE(problems) << problems.error().line();
    for (const auto& problem : *problems) {
      EXPECT_EQ(problem.kind, VerifyProblem::Kind::unindexed) << problem.path << ": " << problem.message;
    }
  }
  ASSERT_TRUE(add(repository, "last-1.zip", "last"));
  EXPECT_FALSE(fs::exists(dir() / "incoming"));
  for (const auto& file : files()) {
    EXPECT_EQ(file.find("index.json."), std::string::npos) << file;
  }
}

TEST_F(Repository, WaitingForAnotherAddCanBeStopped) {
  ModelRepository repository = make();
  const auto held = RepositoryLock::take(dir(), RepositoryLock::Kind::write, {});
  ASSERT_TRUE(held);
  std::thread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop_.request();
  });
  const auto result = add(repository, "m-1.zip", "one");
  stopper.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace cef::registry
