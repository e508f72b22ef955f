#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "cef/cli/command.hpp"
#include "cli/bench_options.hpp"

namespace cef::cli {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome cef(std::vector<std::string> arguments) {
  ::setenv("CEF_DATA_DIR", CEF_SOURCE_DIR, 1);  // a build folder may lie outside the source tree
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, {}, false, {}};
  const int code = run(arguments, console);
  return {code, out.str(), err.str()};
}

/// Wrong use ends before anything is measured: exit 5, one line on stderr, nothing on stdout.
void expect_refused(const std::vector<std::string>& arguments, const std::string& why) {
  const Outcome outcome = cef(arguments);
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr(why));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST(Bench, RefusesNumbersThatMakeNoSense) {
  expect_refused({"bench", "--accuracy-budget", "-1"}, "--accuracy-budget is -1");
  expect_refused({"bench", "--accuracy-budget", "nan"}, "--accuracy-budget is nan");
  expect_refused({"bench", "--max-accuracy-drop=-0.5"}, "--max-accuracy-drop is -0.5");
  expect_refused({"bench", "--min-saving", "101"}, "--min-saving");
  expect_refused({"bench", "--min-seconds", "20", "--max-seconds", "10"}, "raise --max-seconds");
  expect_refused({"bench", "--min-trials", "0"}, "--min-trials");
  expect_refused({"bench", "--trial-images", "0"}, "--trial-images");
  expect_refused({"bench", "--trial-images", "10001"}, "--trial-images is from 1 to 10000");
  expect_refused({"bench", "--threads=-2"}, "--threads");
  expect_refused({"bench", "--models", "resnet18-w8,resnet18-w8"}, "names a model twice");
  expect_refused({"bench", "--deadline", "0"}, "--deadline");
  expect_refused({"bench", "--max-load-change=-1"}, "--max-load-change is -1");
  expect_refused({"bench", "--state", "cold", "--cold-trials", "0"}, "--cold-trials");
  expect_refused({"bench", "--repository", "10.0.0.1:8080"}, "is no http:// or https:// URL");
  for (const char* wrong : {"--images=-3", "--cold-trials=-1", "--state=lukewarm", "--profile=stale"}) {
    const Outcome outcome = cef({"bench", wrong, "--models", "none-such"});
    EXPECT_EQ(outcome.code, 5);
    EXPECT_THAT(outcome.err, HasSubstr(std::string(wrong).substr(0, std::string(wrong).find('=')) + ": ")) << wrong;
    EXPECT_LT(outcome.err.size(), 120U) << "one line that can be read";
  }
}

TEST(Bench, RefusesDataAndModelsThatAreNotThere) {
  expect_refused({"bench", "--dataset", "cifar10:/nonexistent/batch.bin"}, "/nonexistent/batch.bin");
  expect_refused({"bench", "--dataset", "cifra10:x"}, "cifar10");
  expect_refused({"bench", "--models", "resnet5O-w8"}, "resnet5");
  expect_refused({"bench", "--models", "resnet18-w8:int4"}, "int4");
  expect_refused({"bench", "--precisions", "fp64"}, "write fp32, bf16 or int8");
  expect_refused({"bench", "--weights", "/nonexistent", "--models", "resnet20"}, "/nonexistent");
}

TEST(Bench, RefusesFilesThatCannotBeWrittenBeforeAnythingRuns) {
  for (const char* option : {"--predictions", "--trace"}) {
    expect_refused({"bench", option, "/proc/none/file", "--models", "none-such"}, "/proc/none/file: cannot be written");
    expect_refused({"bench", option, "/proc", "--models", "none-such"}, "/proc: is a folder");
  }
}

TEST(Bench, RefusesAPatternWithoutHosts) {
  expect_refused({"bench", "nobody", "-i", std::string(CEF_SOURCE_DIR) + "/inventory/local.yaml"}, "nobody");
}

TEST(Bench, EndsWithTenOnDamagedWeights) {
  const auto folder = std::filesystem::temp_directory_path() / ("cef-bench-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "resnet20.safetensors", std::ios::binary)
      << std::string("\x10\0\0\0\0\0\0\0{\"broken\": [1,2}", 24);
  const Outcome outcome = cef({"bench", "--models", "resnet20", "--weights", folder.string()});
  std::filesystem::remove_all(folder);
  EXPECT_EQ(outcome.code, 10) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("resnet20.safetensors"));
}

TEST(BenchProgress, SaysThatItIsStopping) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, {}, false, {}};
  console.err_is_terminal = true;
  BenchProgress progress(console, true);
  progress.show({"pi-1", "trials", 1, 20, nullptr});
  EXPECT_THAT(err.str(), ::testing::Not(HasSubstr("stopping")));
  console.stop.request();
  progress.show({"pi-1", "cold trials", 1, 3, nullptr});
  EXPECT_THAT(err.str(), HasSubstr("cold trials 1/3 (stopping; Ctrl-C again to leave now)"));
}

TEST(Bench, HelpShowsExamplesAndTheExitCodes) {
  const Outcome outcome = cef({"bench", "--help"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("cef bench --images 500"));
  EXPECT_THAT(outcome.out, HasSubstr("12: missed, or INVALID"));
}

}  // namespace
}  // namespace cef::cli
