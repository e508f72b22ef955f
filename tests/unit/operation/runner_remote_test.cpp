#include <gmock/gmock.h>

#include "fake_edge.hpp"

namespace cef::operation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const RunnerSetup k_setup{"embedded", "", {"small", "large"}, 3};
const RunnerInventory k_expected{"data-digest", {"weights-digest", "weights-digest"}};

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
  EXPECT_TRUE(edge.runner->load("small"));
  EXPECT_TRUE(edge.runner->unload("small"));
  const auto inference = edge.runner->infer("small", 11, 4);
  ASSERT_TRUE(inference);
  EXPECT_THAT(inference->predicted, ElementsAre(1, 2, bench::k_failed_image, 4));
  EXPECT_THAT(inference->latency,
              ElementsAre(bench::Seconds(0.001), bench::Seconds(0.002), bench::Seconds(0.003), bench::Seconds(0.004)));
  EXPECT_THAT(*edge.runner->classify("small", 8, 3), ElementsAre(8, 9, 0));
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
  const auto data =
      refused(std::make_unique<SessionStream>(), k_setup, {"other", {"weights-digest", "weights-digest"}});
  EXPECT_EQ(data.code, core::ErrorCode::integrity);
  EXPECT_THAT(data.message, HasSubstr("data set 'embedded' is another one on the edge"));
  const auto weights =
      refused(std::make_unique<SessionStream>(), k_setup, {"data-digest", {"weights-digest", "other"}});
  EXPECT_THAT(weights.message, HasSubstr("weights of large are others"));
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
