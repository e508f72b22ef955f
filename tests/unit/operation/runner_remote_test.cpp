#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "../../../src/operation/runner_protocol.hpp"
#include "fake_edge.hpp"

namespace cef::operation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const RunnerSetup k_setup{"embedded", {fake_model("small"), fake_model("large")}, 3, ""};
const RunnerInventory k_expected{"data-digest"};

struct Connected {
  SessionStream* stream = nullptr;  ///< owned by the runner
  std::unique_ptr<EdgeRunner> runner;
};

Connected connect(std::string noise = {}) {
  auto stream = std::make_unique<SessionStream>(std::move(noise));
  auto* raw = stream.get();
  auto runner = make_remote_runner(std::move(stream), k_setup, k_expected, {});
  EXPECT_TRUE(runner) << (runner ? "" : runner.error().message);
  return {raw, runner ? std::move(*runner) : nullptr};
}

core::Error refused(std::unique_ptr<SessionStream> stream, const RunnerSetup& setup = k_setup,
                    const RunnerInventory& expected = k_expected) {
  const auto runner = make_remote_runner(std::move(stream), setup, expected, {});
  return runner ? core::Error{} : runner.error();
}

TEST(RemoteRunner, DoesWhatTheEdgeDoes) {
  const auto edge = connect();
  EXPECT_EQ(edge.runner->environment().cpu_model, "Cortex-A72");
  EXPECT_EQ(edge.runner->environment().threads, 3);
  EXPECT_EQ(edge.runner->status()->memory_available.count, 123'456'789U);
  const auto profile = edge.runner->profile({true, 2});
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->threads[0].threads, 2);
  EXPECT_EQ(profile->layers[0].layer.weight_bytes, 1e4);
  EXPECT_THAT(edge.runner->status()->on_node, ElementsAre("small"));
  const auto condition = edge.runner->condition();
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->busy_seconds, 12.5);
  EXPECT_EQ(condition->cpu_temperature_celsius, 51.5);
  EXPECT_EQ(condition->cpu_mhz, std::nullopt);
  EXPECT_EQ(condition->throttled, false);
  EXPECT_TRUE(edge.runner->fetch("small")->already_there);
  EXPECT_TRUE(edge.runner->forget("small"));
  EXPECT_TRUE(edge.runner->stage("small", 11, 4));
  const auto answer = edge.runner->run("small", 11, 4);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->load, bench::Seconds(0.25));
  EXPECT_EQ(answer->inference.elapsed, bench::Seconds(0.5));
  EXPECT_THAT(answer->inference.predicted, ElementsAre(1, 2, bench::k_failed_image, 4));
  EXPECT_TRUE(edge.runner->load("small"));
  EXPECT_TRUE(edge.runner->unload("small"));
  const auto inference = edge.runner->infer("small", 11, 4);
  ASSERT_TRUE(inference);
  EXPECT_THAT(inference->predicted, ElementsAre(1, 2, bench::k_failed_image, 4));
  EXPECT_THAT(inference->latency,
              ElementsAre(bench::Seconds(0.001), bench::Seconds(0.002), bench::Seconds(0.003), bench::Seconds(0.004)));
  EXPECT_THAT(*edge.runner->classify("small", 8, 3), ElementsAre(8, 9, 0));
}

TEST(RemoteRunner, TellsThreadsAndProbes) {
  const auto edge = connect();
  ASSERT_TRUE(edge.runner->use_threads({"large", 7}));
  const auto times = edge.runner->probe({{"small", 2}, {"large", 0}});
  ASSERT_TRUE(times) << times.error().message;
  ASSERT_EQ(times->size(), 2U);
  EXPECT_EQ((*times)[0].load, bench::Seconds(0.25));
  EXPECT_EQ((*times)[0].image, bench::Seconds(0.002));
  EXPECT_EQ((*times)[1].image, bench::Seconds(0.007));
  EXPECT_THAT(edge.runner->probe({{"gone", 1}}).error().message, HasSubstr("not given a model named 'gone'"));
  EXPECT_TRUE(edge.runner->status());
}

TEST(RemoteRunner, TakesTheLinkOfTheRepositoryFromTheEdge) {
  RunnerSetup setup = k_setup;
  setup.repository = "http://repo/";
  auto known = make_remote_runner(std::make_unique<SessionStream>(), setup, k_expected, {});
  ASSERT_TRUE(known);
  const auto link = (*known)->link();
  ASSERT_TRUE(link && *link);
  EXPECT_EQ((*link)->bytes_per_second, 2.5e5);
  EXPECT_EQ((*link)->round_trip, bench::Seconds(0.04));
  setup.repository = "http://other/";
  auto unknown = make_remote_runner(std::make_unique<SessionStream>(), setup, k_expected, {});
  ASSERT_TRUE(unknown);
  EXPECT_EQ((*unknown)->link().value(), std::nullopt);
}

TEST(RemoteRunner, TimesTheChannelWhereTheModelsComeThroughIt) {
  const auto edge = connect();
  const auto link = edge.runner->link();
  ASSERT_TRUE(link && *link);
  EXPECT_GT((*link)->bytes_per_second, 0);
  EXPECT_TRUE(edge.runner->status());
}

TEST(RemoteRunner, RefusesProbesAndLinksThatAreNotProper) {
  for (const auto& times : {core::Json::array(), core::Json::array({{{"load_seconds", 0.1}}}),
                            core::Json::array({{{"load_seconds", -1}, {"image_seconds", 0.1}}}),
                            core::Json::array({{{"load_seconds", 0.1}, {"image_seconds", 0}}})}) {
    const auto edge = connect();
    edge.stream->replace = protocol::frame({{"id", 2}, {"ok", {{"times", times}}}});
    EXPECT_FALSE(edge.runner->probe({{"small", 1}})) << times;
  }
  RunnerSetup setup = k_setup;
  setup.repository = "http://repo/";
  for (const double rate : {0.0, -5.0}) {
    auto stream = std::make_unique<SessionStream>();
    auto* raw = stream.get();
    auto runner = make_remote_runner(std::move(stream), setup, k_expected, {});
    ASSERT_TRUE(runner);
    raw->replace = protocol::frame({{"id", 2}, {"ok", {{"bytes_per_second", rate}, {"round_trip_seconds", 0.1}}}});
    EXPECT_FALSE((*runner)->link()) << rate;
  }
}

/// A setup whose model "large" is a file of this size; the edge asks for it.
RunnerSetup with_file(const std::filesystem::path& file, std::size_t size, char digest = 'a') {
  std::ofstream(file, std::ios::binary) << std::string(size, 'w');
  RunnerSetup setup{"embedded", {fake_model("large", digest)}, 1, ""};
  setup.models[0].weights = file;
  setup.models[0].file_size = core::Bytes{size};
  return setup;
}

TEST(RemoteRunner, TakesAPieceOfAFileForNoAnswer) {
  const auto edge = connect();
  edge.stream->replace = protocol::data_frame("piece");
  const auto status = edge.runner->status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, core::ErrorCode::host_failed);
}

class SentFile : public ::testing::Test {
 protected:
  SentFile() : file(std::filesystem::temp_directory_path() / ("cef-sent-" + std::to_string(::getpid()))) {}
  ~SentFile() override { std::filesystem::remove(file); }
  std::filesystem::path file;
};

/// An edge that wants the file again and again.
class Greedy : public SessionStream {
 public:
  core::Result<void> write(std::string_view data, core::Milliseconds deadline) override {
    cut = ++writes_ > 1000;
    if (writes_ > 1) {  // after hello
      replace = protocol::frame({{"id", 2}, {"need_bytes", 1000}});
    }
    return SessionStream::write(data, deadline);
  }

 private:
  int writes_ = 0;
};

TEST_F(SentFile, GoesOnceWhateverTheEdgeWants) {
  auto runner = make_remote_runner(std::make_unique<Greedy>(), with_file(file, 1000), k_expected, {});
  ASSERT_TRUE(runner);
  const auto answer = (*runner)->run("large", 0, 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the runner gave no proper answer");
}

TEST_F(SentFile, GoesThroughTheChannelAsPartOfTheTrial) {
  auto runner = make_remote_runner(std::make_unique<SessionStream>(), with_file(file, 700'000), k_expected, {});
  ASSERT_TRUE(runner);
  auto answer = (*runner)->run("large", 0, 2);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->fetch.bytes, 700'000U);
  EXPECT_FALSE(answer->fetch.already_there);
  answer = (*runner)->run("large", 0, 2);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->fetch.already_there);
  ASSERT_TRUE((*runner)->forget("large"));
  EXPECT_EQ((*runner)->fetch("large")->bytes, 700'000U);
}

TEST_F(SentFile, StopsWhenTheEdgeHasNoRoom) {
  auto runner = make_remote_runner(std::make_unique<SessionStream>(), with_file(file, 700'000, 'f'), k_expected, {});
  ASSERT_TRUE(runner);
  const auto answer = (*runner)->run("large", 0, 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "no space left on device");
  EXPECT_TRUE((*runner)->status());
}

TEST_F(SentFile, ThatChangedOnTheControlNodeIsAnError) {
  const auto setup = with_file(file, 700'000);
  auto runner = make_remote_runner(std::make_unique<SessionStream>(), setup, k_expected, {});
  ASSERT_TRUE(runner);
  std::filesystem::resize_file(file, 300'000);
  const auto answer = (*runner)->run("large", 0, 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::integrity);
}

TEST_F(SentFile, MeetsALinkThatBreaks) {
  auto stream = std::make_unique<SessionStream>();
  auto* raw = stream.get();
  auto runner = make_remote_runner(std::move(stream), with_file(file, 700'000), k_expected, {});
  ASSERT_TRUE(runner);
  raw->cut_after_writes = 2;
  const auto answer = (*runner)->run("large", 0, 2);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::unreachable);
}

TEST(RemoteRunner, GivesTheErrorOfARepositoryThatIsDown) {
  const auto edge = connect();
  const auto answer = edge.runner->run("gone", 0, 1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::unreachable);
  EXPECT_EQ(answer.error().message, "http://repo/index.json: connection refused");
}

TEST(RemoteRunner, SkipsWhatALoginShellPrints) {
  EXPECT_TRUE(connect("Welcome to pi-1!\r\nLast login: yesterday\n").runner);
}

TEST(RemoteRunner, GivesTheEdgesErrorAndGoesOn) {
  const auto edge = connect();
  const auto loaded = edge.runner->load("broken");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, core::ErrorCode::integrity);
  EXPECT_EQ(loaded.error().message, "broken.pth: is damaged");
  EXPECT_TRUE(edge.runner->status());
}

TEST(RemoteRunner, RefusesOtherFilesOnTheEdge) {
  const auto data = refused(std::make_unique<SessionStream>(), k_setup, {"other"});
  EXPECT_EQ(data.code, core::ErrorCode::integrity);
  EXPECT_THAT(data.message, HasSubstr("data set 'embedded' is another one on the edge"));
  auto setup = k_setup;
  setup.dataset = "missing";
  EXPECT_EQ(refused(std::make_unique<SessionStream>(), setup).message, "missing: there is no such data set");
}

TEST(RemoteRunner, SaysThatThereIsNoCefOnTheEdge) {
  class NotFound : public SessionStream {
   public:
    core::Result<std::string> read(core::Milliseconds /*deadline*/) override { return std::string(); }
  };
  auto stream = std::make_unique<NotFound>();
  stream->end.exit_status = 127;
  stream->end.err = "sh: 1: exec: cef: not found\n";
  const auto error = refused(std::move(stream));
  EXPECT_EQ(error.code, core::ErrorCode::host_failed);
  EXPECT_THAT(error.message, HasSubstr("no cef on the edge (sh: 1: exec: cef: not found)"));
  EXPECT_THAT(error.message, HasSubstr("--runner-path"));
}

TEST(RemoteRunner, RefusesAProgramThatIsNotTheRunner) {
  class Chatter : public SessionStream {
   public:
    core::Result<std::string> read(core::Milliseconds /*deadline*/) override { return std::string(10'000, 'x'); }
  };
  EXPECT_THAT(refused(std::make_unique<Chatter>()).message, HasSubstr("something else than 'cef runner'"));
}

TEST(RemoteRunner, ReportsAnEdgeThatDiesInMidTrial) {
  const auto edge = connect();
  edge.stream->replace = std::string();
  edge.stream->end.signal = "KILL";
  edge.stream->end.exit_status = 137;
  const auto status = edge.runner->status();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("ended by signal KILL"));
  EXPECT_EQ(edge.runner->status().error().code, core::ErrorCode::unreachable);
}

TEST(RemoteRunner, ReportsABrokenLink) {
  const auto edge = connect();
  edge.stream->cut = true;
  EXPECT_EQ(edge.runner->status().error().code, core::ErrorCode::unreachable);
}

TEST(RemoteRunner, RefusesAnswersThatAreNotProper) {
  const std::string huge("\xFF\xFF\xFF\xFF{}", 6);
  const std::string not_json("\0\0\0\3abc", 7);
  const std::string other_id("\0\0\0\x12{\"id\":99,\"ok\":{}} ", 22);
  for (const auto& bytes : {huge, not_json, other_id}) {
    const auto edge = connect();
    edge.stream->replace = bytes;
    const auto status = edge.runner->status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, core::ErrorCode::host_failed) << status.error().message;
  }
}

TEST(RemoteRunner, StopsWaitingWhenAskedTwice) {
  const auto raw = new SessionStream;
  core::StopToken stop;
  auto runner = make_remote_runner(std::unique_ptr<ssh::Stream>(raw), k_setup, k_expected, stop);
  ASSERT_TRUE(runner);
  raw->replace = std::string();
  raw->silent_is_end = false;
  stop.request();
  stop.request();
  EXPECT_EQ((*runner)->status().error().code, core::ErrorCode::interrupted);
}

TEST(RunnerCommand, QuotesThePath) {
  EXPECT_EQ(runner_command("/opt/my cef"), "sh -c 'exec '\\''/opt/my cef'\\'' runner'");
  EXPECT_THAT(runner_command(""), HasSubstr("else exec cef runner"));
}

}  // namespace
}  // namespace cef::operation
