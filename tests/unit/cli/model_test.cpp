#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/cli/command.hpp"
#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "unit/registry/http_server.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;
using registry::test::HttpServer;
using registry::test::Request;

const fs::path k_golden = fs::path(CEF_SOURCE_DIR) / "tests" / "golden";

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

std::string read(const fs::path& path) {
  const auto text = core::read_file(path, core::operator""_MiB(1));
  return text ? *text : "unreadable: " + path.string();
}

class ModelCommand : public testing::Test {
 protected:
  ModelCommand() {
    ::unsetenv("http_proxy");
    char name[] = "/tmp/cef-model-cli-XXXXXX";
    folder_ = ::mkdtemp(name);
    ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  ~ModelCommand() override {
    ::unsetenv("XDG_CACHE_HOME");
    fs::remove_all(folder_);
  }

  static Outcome model(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "model");
    arguments.insert(arguments.end(), {"--catalog", (k_golden / "model_catalog.yaml").string()});
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err, {false, 1'000'000}, false, {}};
    const int code = run(arguments, console);
    return {code, out.str(), err.str()};
  }
  /// Paths of this machine as words that are the same on each.
  [[nodiscard]] std::string plain(std::string text) const {
    for (const auto& [path, word] :
         {std::pair(folder_.string(), std::string("CACHE")), std::pair(k_golden.string(), std::string("GOLDEN"))}) {
      for (auto at = text.find(path); at != std::string::npos; at = text.find(path)) {
        text.replace(at, path.size(), word);
      }
    }
    return text;
  }
  /// Compares with tests/golden/NAME; CEF_UPDATE_GOLDEN=1 writes it instead.
  void expect_golden(const std::string& text, const char* name) const {
    if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(k_golden / name) << plain(text);
    }
    EXPECT_EQ(plain(text), read(k_golden / name)) << name;
  }

  fs::path folder_;
};

TEST_F(ModelCommand, ListIsTheGoldenFile) {
  const Outcome json = model({"list", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_EQ(json.err, "");
  expect_golden(json.out, "model_list.json");
  expect_golden(model({"list", "--jsonl"}).out, "model_list.jsonl");
  expect_golden(model({"list"}).out, "model_list.txt");
}

TEST_F(ModelCommand, ShowIsTheGoldenFile) {
  const Outcome json = model({"show", "small", "--json"});
  EXPECT_EQ(json.code, 0) << json.err;
  expect_golden(json.out, "model_show.json");
  expect_golden(model({"show", "resnet20"}).out, "model_show.txt");
}

TEST_F(ModelCommand, FetchIsTheGoldenFileAndSendsNothingTheSecondTime) {
  const std::string body = read(k_golden / "model_small.txt");
  HttpServer server([&](const Request& r) { return registry::test::serve_file(r, body, "\"1\"", true); });
  const std::vector<std::string> fetch = {"fetch", "resnet20", "--url", server.url("/w"), "--json"};
  const Outcome first = model(fetch);
  EXPECT_EQ(first.code, 0) << first.err;
  const fs::path file = folder_ / "cef" / "models" / ("resnet20-" + core::sha256(body).substr(0, 8) + ".th");
  EXPECT_EQ(read(file), body);
  std::string out = first.out;
  out.replace(out.find(server.url("")), server.url("").size(), "http://SERVER");
  expect_golden(out, "model_fetch.json");

  const Outcome second = model(fetch);
  EXPECT_EQ(second.code, 0);
  EXPECT_NE(second.out.find("is neither safetensors nor PyTorch's zip format"), std::string::npos) << second.out;
  EXPECT_NE(second.out.find(R"("changed": false)"), std::string::npos) << second.out;
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_NE(model({"list"}).out.find("fetched"), std::string::npos);
}

TEST_F(ModelCommand, FetchResumesIntoTheFolderNamed) {
  const std::string body = read(k_golden / "model_small.txt");
  const fs::path to = folder_ / "to";
  fs::create_directories(to);
  const std::string name = "resnet20-" + core::sha256(body).substr(0, 8) + ".th";
  std::ofstream(to / (name + ".part")) << body.substr(0, 5);
  HttpServer server([&](const Request& r) { return registry::test::serve_file(r, body, "", true); });
  const Outcome outcome = model({"fetch", "resnet20", "--url", server.url("/w"), "--to", to.string()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("resumed at 5 B"), std::string::npos) << outcome.out;
  EXPECT_EQ(read(to / name), body);
}

TEST_F(ModelCommand, AWrongDigestIsExitTenAndLeavesNothing) {
  HttpServer server([](const Request& r) { return registry::test::serve_file(r, "something else", "", true); });
  const Outcome outcome = model({"fetch", "resnet20", "--url", server.url("/w"), "--json"});
  EXPECT_EQ(outcome.code, 10);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err.rfind(R"({"error":{"code":"integrity")", 0), 0U) << outcome.err;
  EXPECT_TRUE(fs::is_empty(folder_ / "cef" / "models"));
}

TEST_F(ModelCommand, AFileWithAnotherDigestIsLeftAlone) {
  const std::string body = read(k_golden / "model_small.txt");
  const fs::path file = folder_ / ("resnet20-" + core::sha256(body).substr(0, 8) + ".th");
  std::ofstream(file) << "mine";
  const Outcome outcome = model({"fetch", "resnet20", "--url", "http://127.0.0.1:1/", "--to", folder_.string()});
  EXPECT_EQ(outcome.code, 10);
  EXPECT_EQ(read(file), "mine");
}

TEST_F(ModelCommand, MistakesGetOneLine) {
  const Outcome unknown = model({"fetch", "resnet2O"});
  EXPECT_EQ(unknown.code, 5);
  EXPECT_EQ(unknown.err, "cef: no model 'resnet2O' in the catalogue; did you mean 'resnet20'?\n");
  EXPECT_EQ(model({"fetch", "small"}).code, 0) << "its file is there";
  EXPECT_EQ(model({"fetch", "resnet20", "--url", "ftp://x/y"}).code, 5);
  const Outcome nobody = model({"fetch", "resnet20", "--url", "http://127.0.0.1:1/w"});
  EXPECT_EQ(nobody.code, 4);
  EXPECT_EQ(std::count(nobody.err.begin(), nobody.err.end(), '\n'), 1);
}

}  // namespace
}  // namespace cef::cli
