// Runs the real `cef bench` and `cef runner` with LibTorch. Times are never asserted: this machine may be busy.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "cef/core/digest.hpp"
#include "cef/core/json.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/stop.hpp"
#include "cef/model/catalog.hpp"
#include "cef/model/inference.hpp"
#include "cef/operation/runner.hpp"
#include "cef/registry/repository.hpp"
#include "cef/registry/serve.hpp"
#include "cef/ssh/connection.hpp"

namespace cef {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path k_shared = fs::path(CEF_SOURCE_DIR).parent_path() / "shared" / "data";
const std::string k_cef = std::string(CEF_BINARY_DIR) + "/cef";

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
  [[nodiscard]] core::Json json() const { return core::parse_json(out, "stdout").value_or(core::Json::object()); }
};

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class BenchRun : public ::testing::Test {
 protected:
  BenchRun() {
    ::setenv("CEF_DATA_DIR", CEF_SOURCE_DIR, 1);  // a build folder may lie outside the source tree
    std::string name = (fs::temp_directory_path() / "cef-bench-runs-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~BenchRun() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  /// With an empty cache of its own; few and short trials.
  Outcome bench(std::vector<std::string> arguments) {
    const std::vector<std::string> defaults = {"--min-seconds", "--min-trials", "--trial-images", "--min-saving",
                                               "--max-load-change"};
    const std::vector<std::string> values = {"0", "2", "2", "-1000", "1"};
    for (std::size_t i = 0; i < defaults.size(); ++i) {
      if (std::find(arguments.begin(), arguments.end(), defaults[i]) == arguments.end()) {
        arguments.push_back(defaults[i] + "=" + values[i]);
      }
    }
    arguments.insert(arguments.begin(), {"bench", "--json"});
    return cef(std::move(arguments));
  }
  Outcome cef(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), k_cef);
    const std::string command = "XDG_CACHE_HOME=" + core::shell_quote(folder.string()) +
                                " XDG_STATE_HOME=" + core::shell_quote(folder.string()) + " " +
                                core::shell_join(arguments) + " >" + core::shell_quote((folder / "out").string()) +
                                " 2>" + core::shell_quote((folder / "err").string()) + " </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(folder / "out"), read(folder / "err")};
  }

  fs::path folder;
};

bool embedded_models_are_there() {
  return fs::exists(fs::path(CEF_SOURCE_DIR) / "models" / "resnet18-w8.safetensors");
}

/// Lines of a predictions file: the header, then one line an image.
std::vector<std::vector<std::string>> table_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) {
      rows.back().push_back(cell);
    }
  }
  return rows;
}

/// Every index once and in order, labels as in the data set; the correct ones of each model by its column.
std::map<std::string, int> count_correct(const std::vector<std::vector<std::string>>& rows, const std::string& batch) {
  std::map<std::string, int> correct;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].size(), rows[0].size()) << "line " << i + 1;
    EXPECT_EQ(rows[i][0], std::to_string(i - 1));
    EXPECT_EQ(rows[i][1], std::to_string(static_cast<int>(batch[(i - 1) * 3073])));
    for (std::size_t column = 2; column < rows[i].size(); ++column) {
      correct[rows[0][column]] += rows[i][column] == rows[i][1] ? 1 : 0;
    }
  }
  return correct;
}

TEST_F(BenchRun, FindsThePublishedAccuraciesOnTheRealImages) {
  if (!fs::exists(k_shared / "cifar10/test_batch.bin")) {
    GTEST_SKIP() << "needs the CIFAR-10 test images and ResNet weights in ../shared/data";
  }
  const fs::path predictions = folder / "predictions.tsv";
  const auto outcome = bench({"--dataset", "cifar10:" + (k_shared / "cifar10/test_batch.bin").string(), "--weights",
                              (k_shared / "resnet-cifar10").string(), "--models", "resnet20,resnet32,resnet44,resnet56",
                              "--oracle", "--predictions", predictions.string()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const core::Json json = outcome.json();
  std::map<std::string, int> found;
  for (const auto& model : json["edges"][0]["models"]) {
    EXPECT_EQ(model["images"], 10'000);
    EXPECT_EQ(model["failed_images"], 0);
    found[model["model"]] = model["correct"].get<int>();
  }
  const std::map<std::string, int> published = {
      {"resnet20", 9173}, {"resnet32", 9263}, {"resnet44", 9310}, {"resnet56", 9339}};
  EXPECT_EQ(found, published);
  EXPECT_EQ(json["edges"][0]["warm"]["greedy"]["model"], "resnet56");
  EXPECT_FALSE(json["edges"][0]["warm"]["oracle"].is_null());
  EXPECT_FALSE(json["edges"][0]["cold"]["oracle"].is_null());

  const auto rows = table_of(read(predictions));
  ASSERT_EQ(rows.size(), 10'001U);
  EXPECT_EQ(rows[0].size(), 6U);
  EXPECT_EQ(count_correct(rows, read(k_shared / "cifar10/test_batch.bin")), published);
}

TEST_F(BenchRun, WorksOnTheEmbeddedModelsAloneAndRemembersTheirAccuracy) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  const auto first = bench({"--images", "100"});
  ASSERT_EQ(first.code, 0) << first.err << first.json()["verdict"];
  const core::Json json = first.json();
  EXPECT_EQ(json["schema"], "cef.bench/2");
  EXPECT_EQ(json["models"].size(), 5U);
  EXPECT_EQ(json["edges"][0]["name"], "localhost");
  EXPECT_TRUE(json["verdict"]["valid"].get<bool>());
  EXPECT_GE(json["edges"][0]["models"][0]["warm"]["trial_count"].get<int>(), 2);
  EXPECT_EQ(json["edges"][0]["models"][0]["cold"]["trial_count"], 3);
  EXPECT_GT(json["edges"][0]["models"][0]["cold"]["fetched_bytes"].get<int>(), 0);
  EXPECT_EQ(json["models"][0]["accuracy_origin"], "measured");
  const core::Json again = bench({"--images", "100"}).json();
  EXPECT_EQ(again["models"][0]["accuracy_origin"], "cached");
  EXPECT_EQ(again["models"][0]["accuracy_percent"], json["models"][0]["accuracy_percent"]);
  for (const auto& entry : fs::directory_iterator(folder / "cef" / "accuracy")) {
    std::ofstream(entry.path()) << R"({"schema":1})";
  }
  EXPECT_EQ(bench({"--images", "100"}).json()["models"][0]["accuracy_origin"], "measured") << "not a file of cef's";
}

TEST_F(BenchRun, FetchesFromARepositoryAndIsInvalidWhenThatIsDown) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  auto repository = registry::ModelRepository::init(folder / "repository");
  ASSERT_TRUE(repository);
  for (const std::string name : {"resnet18-w8", "resnet34-w8"}) {
    const std::string tar = (folder / (name + "-1.tar")).string();
    ASSERT_EQ(std::system(core::shell_join(
                              {"tar", "-C", std::string(CEF_SOURCE_DIR) + "/models", "-cf", tar, name + ".safetensors"})
                              .c_str()),
              0);
    ASSERT_TRUE(repository->add(tar, {}, {}));
  }
  registry::RepositoryServer server({folder / "repository", "127.0.0.1", 0, {}});
  const auto port = server.start();
  ASSERT_TRUE(port);
  const std::vector<std::string> arguments = {"--images",     "50",
                                              "--models",     "resnet18-w8,resnet34-w8",
                                              "--repository", "http://127.0.0.1:" + std::to_string(*port),
                                              "--state",      "cold"};
  const auto there = bench(arguments);
  EXPECT_EQ(there.json()["edges"][0]["error"], core::Json(nullptr)) << there.out;
  EXPECT_EQ(there.json()["state"], "cold");
  const auto size = fs::file_size(fs::path(CEF_SOURCE_DIR) / "models" / "resnet34-w8.safetensors");
  EXPECT_GE(there.json()["edges"][0]["models"][0]["cold"]["fetched_bytes"].get<std::uint64_t>(), 3 * size);
  EXPECT_EQ(there.json()["edges"][0]["models"][0]["warm"]["fetched_bytes"], 0);
  server.stop();
  const auto down = bench(arguments);
  EXPECT_EQ(down.code, 12) << down.err;
  EXPECT_EQ(down.json()["edges"][0]["error"]["code"], "host_failed");
  EXPECT_EQ(down.json()["verdict"]["outcome"], "invalid");
  const auto unexplained = cef({"select", "--json", "--models", arguments[3], "--repository", arguments[5]});
  EXPECT_EQ(unexplained.code, 2) << unexplained.err;  // the host was reached
  EXPECT_EQ(unexplained.json()["edges"][0]["error"]["code"], "host_failed");
}

TEST_F(BenchRun, VariantsAreCandidatesAndExactOnesCanBeHadAlone) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  const auto all = bench({"--images", "50", "--models", "resnet18-w8", "--precisions", "fp32,int8", "--oracle"});
  const core::Json models = all.json()["models"];
  if (models.size() == 1) {
    GTEST_SKIP() << "this machine does not compute int8";
  }
  EXPECT_EQ(models[1]["name"], "resnet18-w8:int8");
  EXPECT_EQ(models[1]["variant_of"], "resnet18-w8");
  EXPECT_FALSE(models[1]["exact"].get<bool>());
  EXPECT_EQ(all.json()["edges"][0]["warm"]["advanced_exact"]["model"], "resnet18-w8");
  EXPECT_EQ(all.json()["edges"][0]["warm"]["greedy"]["model"], "resnet18-w8");
  EXPECT_EQ(all.json()["edges"][0]["models"].size(), 2U);
  const auto exact = bench({"--images", "50", "--models", "resnet18-w8,resnet18-w8:int8", "--exact-only"});
  EXPECT_EQ(exact.json()["models"].size(), 1U);
}

TEST_F(BenchRun, MissedThresholdsExitWithTwelve) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  const auto same = bench({"--images", "50", "--models", "resnet18-w8", "--min-saving", "20"});
  EXPECT_EQ(same.code, 12) << same.err;
  EXPECT_EQ(same.json()["verdict"]["outcome"], "fail");
  const auto capped = bench({"--images", "50", "--models", "resnet18-w8", "--min-seconds", "1", "--max-trials", "2"});
  EXPECT_EQ(capped.code, 12) << capped.err;
  EXPECT_EQ(capped.json()["verdict"]["outcome"], "invalid");
}

TEST_F(BenchRun, RefusesADataSetWithOtherClasses) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  std::ofstream(folder / "batch.bin", std::ios::binary) << std::string(3074 * 2, '\1');
  const auto outcome = bench({"--dataset", "cifar100:" + (folder / "batch.bin").string()});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("100"));
  EXPECT_EQ(outcome.out, "");
}

/// As the control node describes it to an edge; its weights are here.
operation::RunnerModel embedded_model(const std::string& name) {
  const auto catalog = model::open_catalog().value();
  const auto resolved = model::resolve_model(catalog, name, {}, 10).value();
  operation::RunnerModel model;
  model.name = name;
  model.architecture = resolved.network.architecture;
  model.normalisation = resolved.normalisation;
  model.weights = resolved.weights;
  model.digest = core::sha256_file(resolved.weights).value();
  model.file_size = core::Bytes{fs::file_size(resolved.weights)};
  return model;
}

TEST_F(BenchRun, ADamagedPhotographCountsAsWrongAndMakesTheRunInvalid) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  const fs::path samples = fs::path(CEF_SOURCE_DIR) / "tests" / "images" / "samples";
  const fs::path photos = folder / "photos";
  fs::create_directories(photos / "d");
  for (const char* name : {"420.jpg", "cmyk.jpg", "tall.jpg", "16-bit-grey.png"}) {
    fs::copy(samples / name, photos / "d");
  }
  const std::vector<std::string> arguments = {"--dataset",     "folder:" + photos.string(), "--models", "resnet18-w8",
                                              "--predictions", (folder / "p.tsv").string()};
  const auto few = bench(arguments);
  EXPECT_EQ(few.code, 5);
  EXPECT_THAT(few.err, HasSubstr("list all of them in " + (photos / "classes.txt").string()));
  std::ofstream(photos / "classes.txt") << "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
  const auto good = bench(arguments);
  EXPECT_EQ(good.json()["verdict"]["outcome"], "fail") << "one model saves nothing: " << good.err;
  EXPECT_EQ(good.json()["dataset"]["classes"], 10);
  EXPECT_EQ(good.err.find("counts as failed"), std::string::npos) << good.err;
  EXPECT_THAT(read(folder / "p.tsv"), HasSubstr("\n3\t3\t"));
  fs::copy(samples / "truncated.jpg", photos / "d");
  const auto damaged = bench(arguments);
  EXPECT_EQ(damaged.code, 12) << damaged.err;
  EXPECT_EQ(damaged.json()["verdict"]["outcome"], "invalid");
  EXPECT_THAT(damaged.err, HasSubstr("d/truncated.jpg: is a damaged JPEG"));
  EXPECT_THAT(read(folder / "p.tsv"), HasSubstr("\n4\t3\t-1\n"));
  EXPECT_NE(damaged.json()["dataset"]["digest"], good.json()["dataset"]["digest"]);
}

TEST_F(BenchRun, ARunnerInAnotherProcessGivesTheSameAnswers) {
  if (!embedded_models_are_there()) {
    GTEST_SKIP() << "needs the embedded weights in models/";
  }
  ::setenv("XDG_CACHE_HOME", (folder / "here").c_str(), 1);
  const operation::RunnerSetup setup{"embedded", {embedded_model("resnet18-w8")}, 1, ""};
  auto here = operation::prepare_runner(setup, {});
  ASSERT_TRUE(here) << here.error().message;
  ::setenv("XDG_CACHE_HOME", (folder / "there").c_str(), 1);
  ssh::Target target;
  target.name = "localhost";
  target.transport = ssh::Transport::local;
  const auto connector = ssh::make_connector({});
  auto connection = connector->connect(target, {});
  ASSERT_TRUE(connection) << connection.error().message;
  auto stream = (*connection)->start(operation::runner_command(k_cef));
  ASSERT_TRUE(stream) << stream.error().message;
  auto there = operation::make_remote_runner(std::move(*stream), setup, here->inventory, {});
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ((*there)->environment().runtime, here->runner->environment().runtime);
  const auto fetched = (*there)->fetch("resnet18-w8");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->bytes, setup.models[0].file_size.count);
  EXPECT_FALSE(fetched->already_there);
  const auto answers = (*there)->classify("resnet18-w8", 0, 100);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(*answers, here->runner->classify("resnet18-w8", 0, 100).value());
  EXPECT_TRUE((*there)->infer("resnet18-w8", 5, 3));
  EXPECT_TRUE((*there)->run("resnet18-w8", 5, 3)->fetch.already_there);
  ASSERT_TRUE((*there)->forget("resnet18-w8"));
  EXPECT_FALSE((*there)->load("resnet18-w8"));
  const auto again = (*there)->run("resnet18-w8", 5, 3);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->fetch.bytes, setup.models[0].file_size.count);
  EXPECT_EQ((*there)->condition()->status.on_node, std::vector<std::string>{"resnet18-w8"});
  const auto profile = (*there)->profile({true, 1});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->winograd, (*model::open_runtime())->uses_winograd());
}

}  // namespace
}  // namespace cef
