#include <gmock/gmock.h>

#include "../../../src/operation/runner_protocol.hpp"
#include "fake_edge.hpp"

namespace cef::operation {
namespace {

using ::testing::HasSubstr;

core::Json ask(RunnerSession& session, const core::Json& request) {
  const auto answer = session.hear(protocol::frame(request));
  EXPECT_TRUE(answer);
  protocol::FrameReader reader;
  reader.add(answer.value_or(""));
  auto reply = reader.next();
  return reply && *reply ? (*reply)->json : core::Json();
}

core::Json hello() {
  core::Json request = protocol::to_json(RunnerSetup{"embedded", {fake_model("small")}, 1, ""});
  request["op"] = "hello";
  request["id"] = 1;
  return request;
}

TEST(RunnerSession, WantsAHandshakeFirst) {
  RunnerSession session(prepare_fake);
  EXPECT_THAT(ask(session, {{"id", 1}, {"op", "status"}})["error"]["message"].get<std::string>(), HasSubstr("hello"));
  EXPECT_TRUE(ask(session, hello()).contains("ok"));
  EXPECT_TRUE(ask(session, {{"id", 2}, {"op", "status"}}).contains("ok"));
}

TEST(RunnerSession, RefusesAnotherProtocol) {
  RunnerSession session(prepare_fake);
  auto request = hello();
  request["protocol"] = 1;
  EXPECT_THAT(ask(session, request)["error"]["message"].get<std::string>(), HasSubstr("cef runner install"));
  EXPECT_TRUE(ask(session, {{"id", 2}, {"op", "status"}}).contains("error"));
}

TEST(RunnerSession, RefusesAControlNodeOfAnotherVersion) {
  RunnerSession session(prepare_fake);
  auto request = hello();
  request["cef_version"] = "9.9.9";
  const auto message = ask(session, request)["error"]["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("the control node cef 9.9.9"));
  EXPECT_THAT(message, HasSubstr("the edge has cef " CEF_VERSION));
}

/// One more operation, or a changed meaning, is another protocol: an older runner would answer with an error in the
/// middle of a bench.
TEST(RunnerSession, SpeaksTheProtocolThatHasProbeLinkAndThreads) {
  EXPECT_EQ(protocol::k_version, 3);
  RunnerSession session(prepare_fake);
  auto request = hello();
  EXPECT_EQ(request["protocol"], protocol::k_version);
  request["protocol"] = 2;
  EXPECT_THAT(ask(session, request)["error"]["message"].get<std::string>(), HasSubstr("runner protocol 3"));
}

TEST(RunnerSession, SetsThreadsAndProbes) {
  RunnerSession session(prepare_fake);
  ask(session, hello());
  EXPECT_TRUE(ask(session, {{"id", 2}, {"op", "threads"}, {"model", "small"}, {"threads", 4}}).contains("ok"));
  const core::Json small = {{"model", "small"}, {"threads", 0}};
  const auto reply = ask(session, {{"id", 3}, {"op", "probe"}, {"models", core::Json::array({small})}});
  EXPECT_EQ(reply["ok"]["times"][0]["image_seconds"], 0.004);
  EXPECT_EQ(ask(session, {{"id", 4}, {"op", "link"}})["ok"], core::Json::object());
  EXPECT_EQ(ask(session, {{"id", 5}, {"op", "link"}, {"payload", "xxxx"}})["ok"], core::Json::object());
}

TEST(RunnerSession, IgnoresPiecesThatNobodyAskedFor) {
  RunnerSession session(prepare_fake);
  ask(session, hello());
  EXPECT_EQ(session.hear(protocol::data_frame("xyz")).value(), "");
  EXPECT_TRUE(ask(session, {{"id", 2}, {"op", "status"}}).contains("ok"));
}

TEST(RunnerSession, AnswersWrongRequestsWithAnError) {
  RunnerSession session(prepare_fake);
  ask(session, hello());
  const std::vector<core::Json> wrong = {{{"id", 2}, {"op", "format-disk"}},
                                         {{"id", 2}},
                                         {{"id", 2}, {"op", 7}},
                                         {{"id", 2}, {"op", "infer"}, {"model", "small"}},
                                         {{"id", 2}, {"op", "infer"}, {"model", "small"}, {"first", -1}, {"count", 1}},
                                         {{"id", 2}, {"op", "infer"}, {"model", "small"}, {"first", 0}, {"count", 1e9}},
                                         {{"id", 2}, {"op", "classify"}, {"model", 3}, {"first", 0}, {"count", 1}},
                                         {{"id", 2}, {"op", "probe"}},
                                         {{"id", 2}, {"op", "probe"}, {"models", core::Json::array()}},
                                         {{"id", 2}, {"op", "probe"}, {"models", {{{"model", "small"}}}}},
                                         {{"id", 2}, {"op", "threads"}, {"model", "small"}},
                                         {{"id", 2}, {"op", "threads"}, {"model", "small"}, {"threads", 1e6}}};
  for (const auto& request : wrong) {
    EXPECT_TRUE(ask(session, request).contains("error")) << request;
  }
}

TEST(RunnerSession, EndsTheConversationOnAFrameThatIsTooLarge) {
  RunnerSession session(prepare_fake);
  EXPECT_FALSE(session.hear("GET / HTTP/1.1\r\n"));
}

TEST(RunnerSession, AnswersSeveralRequestsThatCameTogether) {
  RunnerSession session(prepare_fake);
  const core::Json status = {{"id", 2}, {"op", "status"}};
  const auto answers = session.hear(protocol::frame(hello()) + protocol::frame(status));
  ASSERT_TRUE(answers);
  protocol::FrameReader reader;
  reader.add(*answers);
  EXPECT_EQ((*reader.next())->json["id"], 1);
  EXPECT_EQ((*reader.next())->json["id"], 2);
  EXPECT_FALSE(*reader.next());
}

}  // namespace
}  // namespace cef::operation
